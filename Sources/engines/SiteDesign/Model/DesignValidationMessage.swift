import Primitives

/// A finding of a validator, or of reading the documents.
package struct DesignValidationMessage: Sendable, Hashable {
    /// The form of the message. What stopped a compilation has the form of a task message, all else that of a
    /// validation message (§3).
    package enum Form: Sendable {
        case validation
        case task
    }

    /// `DD1001`; empty in task messages.
    package var name: String
    package var message: String
    /// Only errors make a design invalid.
    package var level: Severity
    /// What to do; empty in task messages.
    package var diagnostic: String
    /// The documents that it is about.
    package var documents: [DocumentReference]
    /// The form of the message.
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

    /// Whether it makes the design invalid.
    package var error: Bool { level == .error }

    /// The message as an element of `messageList` (`docs/reference/drydock.md` §3).
    ///
    /// - Parameter moment: when the design was validated.
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
