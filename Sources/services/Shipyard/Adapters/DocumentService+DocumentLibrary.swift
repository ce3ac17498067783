import Deckhand
import Documents
import OrderedCollections
import Primitives

extension DocumentService: DocumentLibrary {
    package func revisionFacts() async throws -> [RevisionFacts] {
        try await revisions().map { RevisionFacts(id: $0.id, tags: Set($0.tags.keys)) }
    }

    package func replace(bucket: String, documents: [Value], lines: StreamLines) async throws -> Int? {
        try await put(bucket: bucket, documents: documents, lines: lines).revision
    }

    package func documents(revision: Int, bucket: String, cleartext: Bool) async throws -> [Value] {
        try await documents(revision: revision, filter: DocumentFilter(buckets: [bucket]))
            .map { DocumentView($0, redacted: !cleartext).value }
    }

    package func renderedDocuments(revision: Int) async throws -> [RenderedDocument] {
        try await rendered(revision: revision).documents
    }

    package func renderedValues(revision: Int, cleartext: Bool) async throws -> [Value] {
        try await rendered(revision: revision).documents.map { DocumentView($0, redacted: !cleartext).value }
    }

    package func addTag(_ name: String, revision: Int) async throws { _ = try await tag(revision: revision, name) }

    package func bucketChanges(from old: Int, to new: Int) async throws -> OrderedDictionary<String, String> {
        try await diff(old, new).mapValues(\.rawValue)
    }

    package func rollBack(to revision: Int) async throws { _ = try await rollback(to: revision) }

    package func storedValidations(revision: Int) async throws -> [Value] {
        try await validationDetails(revision: revision).enumerated().map { $1.detail(id: $0) }
    }
}
