import OrderedCollections
import Primitives

/// A document as it is answered: raw or rendered, redacted or not.
package struct DocumentView: Sendable {
    /// Numbers all stored documents of the database.
    package let id: Int
    /// The bucket that the document belongs to.
    package let bucket: String
    /// The revision that brought this version of it.
    package let revision: Int
    /// `promenade/Node/v1`
    package let schema: String
    /// The `metadata` section.
    package let metadata: Value
    /// The `data` section; a hash where it is redacted.
    package let data: Value

    /// - Parameters:
    ///   - redacted: hides what encrypted documents hold (`docs/reference/deckhand.md` §9).
    ///   - revealed: shows it in place of the reference to it.
    package init(_ document: StoredDocument, redacted: Bool = false, revealed: Bool = false) {
        id = document.id
        bucket = document.bucket
        revision = document.revision
        schema = document.schema
        let hides = redacted && document.isEncrypted
        metadata = hides ? Redaction.metadata(document.metadata) : document.metadata
        data = hides ? Redaction.hash(document.data) : revealed ? document.payload : document.data
    }

    /// - Parameter redacted: hides what encrypted documents hold and what others received of them, by substitution or
    ///   from their parents.
    package init(_ document: RenderedDocument, redacted: Bool = false) {
        id = document.source.id
        bucket = document.source.bucket
        revision = document.source.revision
        schema = document.schema
        let hides = redacted && document.holdsSecret
        metadata =
            hides
            ? Redaction.metadata(
                document.metadata, hashedTwice: document.source.isEncrypted ? [] : document.secretSubstitutions)
            : document.metadata
        data = hides ? Redaction.hash(document.data) : document.data
    }

    /// A view of the same document under another revision, as the answer to a PUT shows it.
    package init(_ document: StoredDocument, revision: Int) {
        id = document.id
        bucket = document.bucket
        self.revision = revision
        schema = document.schema
        metadata = document.metadata
        data = document.data
    }

    /// The document as Deckhand answers it, `status` included.
    package var value: Value {
        [
            "data": data, "id": .int(id), "metadata": metadata, "schema": .string(schema), "status": status,
        ]
    }

    /// `{"bucket": …, "revision": …}`
    package var status: Value { ["bucket": .string(bucket), "revision": .int(revision)] }

    /// Whether it lists validations that a revision must pass.
    package var isValidationPolicy: Bool { schema.hasPrefix(DocumentKind.validationPolicy) }
}

extension DocumentView {
    /// The text that is shown in place of a value that may be secret.
    package static func redacted(_ value: Value) -> Value { Redaction.hash(value) }
}
