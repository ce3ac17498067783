import Documents
import Primitives

/// Tells a revision from all others that ever had its number: numbers begin again once all revisions are deleted.
struct RevisionKey: Hashable, Sendable {
    let number: Int
    let created: Timestamp
}

/// All rendered documents of one revision, secrets in clear; shared by whoever asks for it, never changed.
package final class RenderedRevision: Sendable {
    /// What the documents follow from: renderings with the same identity hold the same documents.
    ///
    /// What was derived from a rendering can be kept under it. It outlives the rendering, and means nothing to another
    /// process.
    package struct Identity: Hashable, Sendable {
        let revision: RevisionKey
        /// The number of another revision's LayeringPolicy that governed the layers; nil where the revision has its own.
        let borrowedPolicy: Int?
    }

    package let identity: Identity
    /// Concrete documents in the order of rendering, without ValidationPolicies.
    package let documents: [RenderedDocument]

    package var revision: Int { identity.revision.number }

    init(_ identity: Identity, documents: [RenderedDocument]) {
        self.identity = identity
        self.documents = documents
    }
}
