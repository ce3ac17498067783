import Primitives

/// What a validator, or ingest, found.
package struct DesignValidationMessage: Sendable, Hashable {
    /// Drydock writes what stopped a compilation as a message of a task, all else as a validation message (§3).
    package enum Form: Sendable {
        case validation
        case task
    }

    /// `DD1001`; empty in task messages.
    package var name: String
    package var message: String
    /// Only errors make a design invalid.
    package var level: Severity
    package var diagnostic: String
    package var documents: [DocumentReference]
    package var form: Form
    /// Where in the data of the first document, or of a profile that it has it from; empty for the whole.
    package var path: [DesignStep] = []
    /// Whether it is the key at `path` that is wrong, and not its value.
    package var concernsKey = false
    /// What stands at `path`, where that is wrong.
    package var offending: Value?
    /// What to do about it, in more words than Drydock's `diagnostic` has; nil where that says it.
    package var remedy: String?

    package init(
        name: String, message: String, level: Severity, diagnostic: String = "", documents: [DocumentReference] = [],
        form: Form = .validation
    ) {
        self.name = name
        self.message = message
        self.level = level
        self.diagnostic = diagnostic
        self.documents = documents
        self.form = form
    }

    package var error: Bool { level == .error }

    /// As it stands in `messageList`, `docs/reference/drydock.md` §3.
    package func body(at moment: Timestamp) -> Value {
        switch form {
        case .validation:
            [
                "kind": "ValidationMessage", "name": .string(name), "message": .string(message),
                "error": .bool(error), "level": .string(level.title), "diagnostic": .string(diagnostic),
                "ts": .string(moment.formatted(.offset)), "documents": .array(documents.map(\.value)),
            ]
        case .task:
            [
                "message": .string(message), "error": .bool(error), "context_type": "NA", "context": "NA",
                "ts": .string(moment.formatted(.naive)), "extra": "{}",
            ]
        }
    }
}
