import Documents
import OrderedCollections
import Primitives
import SiteDesign

/// Messages of other components in the form that all validation messages have (`docs/reference/shipyard.md` §5.1).
enum ComponentMessages {
    private static let keys = ["message", "error", "name", "documents", "level", "diagnostic", "source", "kind"]

    /// The message with exactly the keys of the form; its own values win over `defaults`.
    static func shaped(_ message: Value, defaults: Value.Object = [:]) -> Value {
        let given = message.objectValue ?? [:]
        var shaped = Value.Object()
        for key in keys { shaped[key] = given[key] ?? defaults[key] ?? .null }
        if shaped["documents"]?.isNull != false { shaped["documents"] = [] }
        if shaped["level"]?.isNull != false { shaped["level"] = shaped["error"] == true ? "Error" : "Info" }
        shaped["kind"] = "ValidationMessage"
        return .object(shaped)
    }

    /// An error of a validation that Deckhand stored.
    static func deckhand(_ message: Value, validation: String) -> Value {
        func text(_ key: String) -> String { message[key]?.pythonText ?? "not specified" }
        var defaults: Value.Object = ["error": true, "level": "Error", "source": "Deckhand"]
        defaults["name"] = .string(validation)
        defaults["diagnostic"] = .string(
            "Section: \(text("error_section")) at \(text("path")) (schema \(text("validation_schema")) at "
                + "\(text("schema_path")))")
        if let name = message["name"], let schema = message["schema"] {
            defaults["documents"] = [["name": name, "schema": schema]]
        }
        return shaped(message, defaults: defaults)
    }

    /// What Drydock found in the design.
    static func drydock(_ message: DesignValidationMessage) -> Value {
        var members: Value.Object = [
            "message": .string(message.message), "error": .bool(message.error), "source": "Drydock",
        ]
        if message.form == .validation {
            members["name"] = .string(message.name)
            members["documents"] = .array(message.documents.map(\.value))
            members["level"] = .string(message.level.rawValue)
            members["diagnostic"] = .string(message.diagnostic)
        }
        // Of what stopped a compilation Drydock says no more than whether it is an error.
        if message.form == .task, message.level == .warning { members["level"] = .string(message.level.title) }
        return shaped(.object(members))
    }

    /// The same with where it is written, and the remedy, as further keys: `documents[].place`, `remedy`.
    ///
    /// - Parameter document: in which it is written.
    static func drydock(
        _ message: DesignValidationMessage, document: DocumentReference, place: SourcePlace?
    ) -> Value {
        guard case .object(var body) = drydock(message) else { return .null }
        let found = message.finding(
            at: .now(), document: place == nil ? nil : document, place: place?.text, spelling: place?.spelling)
        if place != nil { body["documents"] = found["documents"] }
        if let remedy = found["remedy"] { body["remedy"] = remedy }
        return .object(body)
    }

    /// What the `validatedesign` of a component elsewhere answered.
    static func component(_ name: String, _ body: Value) -> [Value] {
        guard let details = body["details"] else {
            return [shaped(["message": .string(body.pythonText), "error": true], defaults: ["source": .string(name)])]
        }
        return (details["messageList"]?.arrayValue ?? []).map { shaped($0, defaults: ["source": .string(name)]) }
    }

    /// What is said of documents that are staged, while what is wrong with them could not be found.
    static func stagedUnvalidated(_ error: any Error) -> Value {
        shaped([
            "message": "The documents are in the buffer, but could not be validated", "error": false,
            "level": .string(Severity.warning.title), "source": "Shipyard",
            "diagnostic": .string(
                "\(type(of: error)): \(error.inWords). A commit, or a dry run of one, validates them again."),
        ])
    }

    /// What is said of a component that could not be asked.
    static func unable(_ name: String, _ error: any Error) -> Value {
        shaped([
            "message": .string(
                "\(name) unable to validate configdocs or an invalid response has been returned"),
            "error": true, "level": "Error", "source": .string(name),
            "diagnostic": .string("\(type(of: error)): \(error.inWords)"),
        ])
    }
}
