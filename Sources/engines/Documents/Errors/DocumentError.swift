import JSONSchema
import Primitives

/// An error of documents: they are refused, not found, or cannot be rendered (`docs/reference/deckhand.md` §14).
package struct DocumentError: TypedError {
    /// What went wrong.
    package var problem: Problem
    package var message: String
    /// Clients get it as `reason`; nil where the message says everything.
    package var reason: String?
    /// The findings of validation; empty for every other error.
    package var messages: [DocumentValidationMessage]
    /// The raw document that has to be corrected, where that is known.
    package var document: DocumentIdentity?
    /// Where in it, from its top downwards; empty for the whole.
    package var path: [PathElement] = []
    /// What to do, beyond what `message` says.
    package var remedy: String?

    package init(
        _ problem: Problem, _ message: String, reason: String? = nil,
        messages: [DocumentValidationMessage] = []
    ) {
        self.problem = problem
        self.message = message
        self.reason = reason
        self.messages = messages
    }

    /// The same error with what it is about.
    func about(
        _ document: DocumentIdentity, _ path: PathElement..., remedy: String? = nil
    ) -> DocumentError {
        var error = self
        error.document = document
        error.path = path
        error.remedy = remedy
        return error
    }

    /// The kind of the problem.
    package var kind: ErrorKind { problem.kind }

    /// The code of the problem, such as `documents.duplicate`.
    package var code: String { problem.rawValue }

    package var description: String {
        messages.isEmpty ? message : "\(message): " + messages.map(\.message).joined(separator: "; ")
    }
}

extension DocumentError {
    /// Every problem that validation found.
    package static func invalidFormat(_ messages: [DocumentValidationMessage]) -> DocumentError {
        DocumentError(
            .invalidFormat, "The provided documents failed schema validation", reason: "Validation",
            messages: messages)
    }

    /// There is no LayeringPolicy in the revision, nor in a newer one.
    package static var layeringPolicyMissing: DocumentError {
        var error = DocumentError(.layeringPolicyMissing, "Required LayeringPolicy was not found for layering")
        error.remedy =
            "Add a document of the schema deckhand/LayeringPolicy/v1, whose data.layerOrder lists the layers of all "
            + "documents, the most general first."
        return error
    }

    /// - Parameter bucket: where the document is already.
    package static func duplicate(_ identity: DocumentIdentity, bucket: String) -> DocumentError {
        DocumentError(.duplicate, "Document \(identity) already exists in bucket: \(bucket)")
    }

    /// A second LayeringPolicy.
    package static func singletonConflict(
        existing: DocumentIdentity, new: DocumentIdentity
    ) -> DocumentError {
        DocumentError(
            .singletonConflict,
            "A singleton document \(existing) already exists in the system. The new document(s) \(new) cannot be "
                + "created. To create a document with a new name, delete the current one first")
    }

    /// The error for input that cannot be read.
    ///
    /// - Parameter what: which input it is, and what is wrong with it.
    package static func invalidInput(_ what: String) -> DocumentError {
        DocumentError(.invalidInput, "Failed to process request due to invalid input: \(what)")
    }

    /// - Parameter revision: as it was asked for.
    package static func revisionMissing(_ revision: String) -> DocumentError {
        DocumentError(.revisionMissing, "The requested revision=\(revision) was not found")
    }

    /// The error for a revision that does not exist.
    package static func revisionMissing(_ revision: Int) -> DocumentError { revisionMissing(String(revision)) }

    /// - Parameter reason: what uses them, `action X has not ended`.
    package static func revisionsInUse(_ reason: String) -> DocumentError {
        DocumentError(
            .revisionsInUse,
            "The revisions cannot be deleted, because \(reason). Wait for its end, or stop it first")
    }

    /// The error for a tag that the revision does not have.
    package static func tagMissing(_ tag: String, revision: Int) -> DocumentError {
        DocumentError(.tagMissing, "The requested tag '\(tag)' for revision \(revision) was not found")
    }

    /// The error for the data of a tag that is no mapping.
    package static func invalidTag(_ data: Value) -> DocumentError {
        DocumentError(
            .invalidTag, "The requested tag data \(data.pythonText) must either be null or dictionary")
    }

    /// The error for a validation entry that does not exist.
    package static func validationMissing(entry: Int, name: String, revision: Int) -> DocumentError {
        DocumentError(
            .validationMissing,
            "The requested validation entry \(entry) was not found for validation name \(name) and revision ID "
                + "\(revision)")
    }

    static func documentMissing(_ message: String) -> DocumentError { DocumentError(.documentMissing, message) }

    static func pathMissing(_ message: String) -> DocumentError { DocumentError(.pathMissing, message) }
}
