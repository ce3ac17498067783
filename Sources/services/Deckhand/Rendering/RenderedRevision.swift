import Documents
import Primitives

/// Tells a revision from all others that ever had its number: numbers begin again once all revisions are deleted.
struct RevisionKey: Hashable, Sendable {
    let number: Int
    let created: Timestamp
}

/// All rendered documents of one revision, with secrets in clear. It is shared by all requests, and never changed.
package final class RenderedRevision: Sendable {
    /// Identifies what a rendering was made from. Renderings with the same identity hold the same documents.
    ///
    /// Results that were derived from a rendering can be cached under it. It may be kept for longer than the rendering,
    /// but is of no use to another process.
    package struct Identity: Hashable, Sendable {
        let revision: RevisionKey
        /// The number of another revision's LayeringPolicy that governed the layers; nil where the revision has its own.
        let borrowedPolicy: Int?
    }

    /// What the documents were rendered from.
    package let identity: Identity
    /// The concrete documents in the order of rendering, without ValidationPolicies.
    package let documents: [RenderedDocument]
    /// What the documents do together that can hardly be meant.
    package let remarks: CombinationRemarks

    /// The number of the revision.
    package var revision: Int { identity.revision.number }

    init(_ identity: Identity, documents: [RenderedDocument], remarks: CombinationRemarks) {
        self.identity = identity
        self.documents = documents
        self.remarks = remarks
    }
}
