import OrderedCollections
import Primitives
import SiteActions

/// A pre-run check that did not pass, as it is kept with its action.
struct FailedCheck: Sendable {
    /// `validate_intermediate_commits`
    var name: String
    /// What was wrong, in lines for people.
    var details: String
    var error: ShipyardError

    init(_ check: PreRunCheck, _ error: ShipyardError) {
        name = check.rawValue
        self.error = error
        // What could not be looked at because of another error says nothing beside that.
        let told = error.messages.filter { item in
            item["name"] != "DocumentValidationProcessingError" && item["message"]?.stringValue != error.reason
        }
        let items = (told.isEmpty ? error.messages : told).map { item in
            let level = item["level"]?.stringValue.map { "\($0): " } ?? ""
            let diagnostic = item["diagnostic"]?.stringValue.map { " (\($0))" } ?? ""
            return "\(level)\(item["message"]?.pythonText ?? "")\(diagnostic)"
        }
        details = (["\(error.title): \(error.reason)"] + items).joined(separator: "\n")
    }
}

/// A pre-run check refused an action, which was stored as failed.
package struct RefusedAction: TypedError {
    /// The action as the answer to a creation shows it.
    package var entity: Value
    /// The error of the first check that failed.
    package var error: ShipyardError

    /// Always `conflict`, whatever the kind of the check's error: the action exists, and its state does not permit it
    /// to run.
    package var kind: ErrorKind { .conflict }
    /// The code of the check's error.
    package var code: String { error.code }
    package var message: String { error.message }
    /// The cause of the check's error.
    package var cause: (any Error)? { error.cause }
}
