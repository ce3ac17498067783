import Documents
import OrderedCollections
import Primitives

/// What Shipyard needs of Deckhand.
package protocol DocumentLibrary: Sendable {
    /// All revisions, the oldest first.
    func revisionFacts() async throws -> [RevisionFacts]

    /// Replaces the contents of a bucket.
    ///
    /// - Parameter lines: of each document in the stream it came in.
    /// - Returns: the new revision; nil where the contents were the same already.
    /// - Throws: `DocumentError`.
    func replace(bucket: String, documents: [Value], lines: StreamLines) async throws -> Int?

    /// The documents of a bucket as clients see them; empty where the revision has no such bucket.
    func documents(revision: Int, bucket: String, cleartext: Bool) async throws -> [Value]

    /// The rendered documents, secrets in clear.
    func renderedDocuments(revision: Int) async throws -> [RenderedDocument]

    /// The rendered documents as clients see them.
    func renderedValues(revision: Int, cleartext: Bool) async throws -> [Value]

    func addTag(_ name: String, revision: Int) async throws

    /// For each bucket of either revision `unmodified`, `created`, `modified` or `deleted`; revision 0 is empty.
    func bucketChanges(from old: Int, to new: Int) async throws -> OrderedDictionary<String, String>

    /// Makes a new revision with the contents of `revision`, 0 for none.
    func rollBack(to revision: Int) async throws

    /// The stored validations in detail: `name`, `status`, `errors` and so on.
    func storedValidations(revision: Int) async throws -> [Value]
}

/// A revision's number and tags.
package struct RevisionFacts: Sendable, Hashable {
    package var id: Int
    package var tags: Set<String>

    package init(id: Int, tags: Set<String>) {
        self.id = id
        self.tags = tags
    }
}
