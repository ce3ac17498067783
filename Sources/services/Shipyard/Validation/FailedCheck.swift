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
        let items = error.messages.map { item in
            let level = item["level"]?.stringValue.map { "\($0): " } ?? ""
            let diagnostic = item["diagnostic"]?.stringValue.map { " (\($0))" } ?? ""
            return "\(level)\(item["message"]?.pythonText ?? "")\(diagnostic)"
        }
        details = (["\(error.title): \(error.reason)"] + items).joined(separator: "\n")
    }
}

/// An action that was refused, and kept for the record (the seed document's 409).
package struct RefusedAction: Error, Sendable, CustomStringConvertible {
    /// What the answer to a creation would have shown.
    package var entity: Value
    /// With the status 409.
    package var error: ShipyardError

    package var description: String { error.description }
}
