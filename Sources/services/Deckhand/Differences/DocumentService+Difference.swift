import Documents
import OrderedCollections
import Primitives
import Store

/// How the contents of a bucket differ between two revisions.
package enum BucketChange: String, Sendable {
    case unmodified, created, modified, deleted
}

extension DocumentService {
    /// Compares the buckets of two revisions, whose order does not matter (`docs/reference/deckhand.md` §11). Revision
    /// 0 is the empty one.
    ///
    /// - Returns: for each bucket that holds documents in either revision, sorted by name, how it changed.
    /// - Throws: `.revisionMissing`.
    package func diff(_ a: Int, _ b: Int) async throws -> OrderedDictionary<String, BucketChange> {
        try await database.read { connection in
            for revision in [a, b] where revision != 0 { try connection.requireRevision(revision) }
            let older = try Self.contents(connection, of: min(a, b))
            let newer = try Self.contents(connection, of: max(a, b))
            var changes: OrderedDictionary<String, BucketChange> = [:]
            for bucket in Set(older.keys).union(newer.keys).sorted() {
                switch (older[bucket], newer[bucket]) {
                case (let before?, let after?): changes[bucket] = before == after ? .unmodified : .modified
                case (nil, _): changes[bucket] = .created
                // Against the empty revision, which is always the older one, everything counts as created.
                case (_, nil): changes[bucket] = .deleted
                }
            }
            return changes
        }
    }

    /// Does what `diff` does, and adds for every modified bucket the differences of its rendered documents, as `b`
    /// compares to `a`.
    ///
    /// - Returns: the changes by the name of the bucket, the differences under `BUCKET diff`.
    /// - Throws: `.revisionMissing`, and every error of rendering.
    package func deepDiff(_ a: Int, _ b: Int) async throws -> OrderedDictionary<String, Value> {
        var answer: OrderedDictionary<String, Value> = [:]
        let changes = try await diff(a, b)
        var before: [RenderedDocument] = []
        var after: [RenderedDocument] = []
        if a != 0 { before = try await renderedUnvalidated(revision: a) }
        if b != 0 { after = try await renderedUnvalidated(revision: b) }
        for (bucket, change) in changes {
            answer[bucket] = .string(change.rawValue)
            guard change == .modified else { continue }
            answer[bucket + " diff"] = DocumentDifference.between(
                before.filter { $0.source.bucket == bucket }, after.filter { $0.source.bucket == bucket })
        }
        return answer
    }

    /// How often each bucket holds each content.
    private static func contents(
        _ connection: Connection, of revision: Int
    ) throws -> [String: [Int: Int]] {
        var contents: [String: [Int: Int]] = [:]
        try connection.forEach(
            "SELECT bucket, content FROM deckhand_documents WHERE until > ? AND since <= ?",
            [SQLValue(revision), SQLValue(revision)]
        ) { row in
            contents[try row.text(0), default: [:]][try row.int(1), default: 0] += 1
        }
        return contents
    }
}
