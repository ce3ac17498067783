import Primitives

/// A raw document as one revision holds it; shared, never changed.
package final class StoredDocument: Sendable {
    /// Numbers all stored documents of the database.
    package let id: Int
    /// The bucket that it belongs to.
    package let bucket: String
    /// `status.revision`: the revision that is shown as the one that wrote this version.
    package let revision: Int
    /// Schema, name and layer, which are unique in a revision.
    package let identity: DocumentIdentity
    /// The `metadata` section as it was put.
    package let metadata: Value
    /// As it is shown: of an encrypted document the reference of its secret.
    package let data: Value
    /// What `data` refers to; nil where `data` is the payload itself.
    package let secret: Secret<Value>?

    package init(
        id: Int, bucket: String, revision: Int, identity: DocumentIdentity, metadata: Value, data: Value,
        secret: Secret<Value>? = nil
    ) {
        self.id = id
        self.bucket = bucket
        self.revision = revision
        self.identity = identity
        self.metadata = metadata
        self.data = data
        self.secret = secret
    }

    /// The schema of the document.
    package var schema: String { identity.schema }
    /// The name of the document.
    package var name: String { identity.name }
    /// The layer of the document; nil for a control document without one.
    package var layer: String? { identity.layer }

    /// What layering and substitution work on.
    package var payload: Value { secret?.reveal() ?? data }

    /// `storagePolicy: encrypted`: its data is sealed at rest and hidden from those who may not see secrets.
    package var isEncrypted: Bool { LayeringMetadata.isEncrypted(metadata) }
}
