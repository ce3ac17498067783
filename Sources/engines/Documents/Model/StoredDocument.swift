import Primitives

/// A raw document as one revision holds it; shared, never changed.
package final class StoredDocument: Sendable {
    package let id: Int
    package let bucket: String
    /// `status.revision`: the revision that is shown as the one that wrote this version.
    package let revision: Int
    package let identity: DocumentIdentity
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

    package var schema: String { identity.schema }
    package var name: String { identity.name }
    package var layer: String? { identity.layer }

    /// What layering and substitution work on.
    package var payload: Value { secret?.reveal() ?? data }

    package var isEncrypted: Bool { metadata["storagePolicy"]?.stringValue == "encrypted" }
}
