import Primitives

/// Why documents were refused, could not be found, or could not be rendered (`spec/deckhand.md` §14).
package struct DocumentError: Error, Sendable, CustomStringConvertible {
    /// The name of Deckhand's exception, which clients tell errors by.
    package var errorType: String
    /// The HTTP status that belongs to it.
    package var status: Int
    package var message: String
    package var reason: String
    /// What validation found; empty for every other error.
    package var messages: [DocumentValidationMessage]

    package init(
        _ errorType: String, _ status: Int, _ message: String, reason: String = "Unspecified",
        messages: [DocumentValidationMessage] = []
    ) {
        self.errorType = errorType
        self.status = status
        self.message = message
        self.reason = reason
        self.messages = messages
    }

    package var description: String {
        messages.isEmpty ? message : "\(message): " + messages.map(\.message).joined(separator: "; ")
    }
}

extension DocumentError {
    package static func invalidFormat(_ messages: [DocumentValidationMessage], status: Int = 400) -> DocumentError {
        DocumentError(
            "InvalidDocumentFormat", status, "The provided documents failed schema validation",
            reason: "Validation", messages: messages)
    }

    package static var layeringPolicyNotFound: DocumentError {
        DocumentError("LayeringPolicyNotFound", 409, "Required LayeringPolicy was not found for layering")
    }

    package static func duplicate(_ identity: DocumentIdentity, bucket: String) -> DocumentError {
        DocumentError("DuplicateDocumentExists", 409, "Document \(identity) already exists in bucket: \(bucket)")
    }

    package static func singletonConflict(
        existing: DocumentIdentity, new: DocumentIdentity
    ) -> DocumentError {
        DocumentError(
            "SingletonDocumentConflict", 409,
            "A singleton document \(existing) already exists in the system. The new document(s) \(new) cannot be "
                + "created. To create a document with a new name, delete the current one first")
    }

    package static func revisionNotFound(_ revision: String) -> DocumentError {
        DocumentError("RevisionNotFound", 404, "The requested revision=\(revision) was not found")
    }

    package static func revisionNotFound(_ revision: Int) -> DocumentError { revisionNotFound(String(revision)) }

    package static func revisionsInUse(_ reason: String) -> DocumentError {
        DocumentError(
            "RevisionsInUse", 409,
            "The revisions cannot be deleted, because \(reason). Wait for its end, or stop it first")
    }

    package static func tagNotFound(_ tag: String, revision: Int) -> DocumentError {
        DocumentError(
            "RevisionTagNotFound", 404, "The requested tag '\(tag)' for revision \(revision) was not found")
    }

    package static func tagBadFormat(_ data: Value) -> DocumentError {
        DocumentError(
            "RevisionTagBadFormat", 400,
            "The requested tag data \(data.pythonText) must either be null or dictionary")
    }

    package static func validationNotFound(entry: Int, name: String, revision: Int) -> DocumentError {
        DocumentError(
            "ValidationNotFound", 404,
            "The requested validation entry \(entry) was not found for validation name \(name) and revision ID "
                + "\(revision)")
    }

    static func documentNotFound(_ message: String) -> DocumentError {
        DocumentError("DocumentNotFound", 404, message)
    }

    static func pathNotFound(_ message: String) -> DocumentError { DocumentError("PathNotFound", 404, message) }
}
