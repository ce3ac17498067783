import Documents
import Primitives
import Store

extension DocumentService {
    /// Makes a new revision that holds exactly what `target` held; 0 is the empty revision
    /// (`docs/reference/deckhand.md` §12).
    ///
    /// - Returns: the new revision; its `buckets` are those that hold documents in it.
    /// - Throws: `.revisionMissing`.
    package func rollback(to target: Int) async throws -> RevisionSummary {
        let vault = vault
        let now = clock()
        return try await database.write { connection in
            if target != 0 { try connection.requireRevision(target) }
            let latest = try connection.latestRevision()
            let restored = try Self.rows(connection, of: target)
            let current = try Self.rows(connection, of: latest)
            let currentContents = Set(current.map(\.content))

            let writer = try RevisionWriter(connection: connection, vault: vault, after: latest, now: now)
            for bucket in Set((current + restored).map(\.bucket)).sorted() { try writer.open(bucket: bucket) }
            for row in restored {
                let isUnchanged = currentContents.contains(row.content)
                _ = try writer.add(
                    identity: row.identity, content: row.content, bucket: row.bucket,
                    shown: isUnchanged ? target : writer.revision)
            }
            guard let summary = try Self.summaries(connection, only: writer.revision).first else {
                throw DocumentError.revisionMissing(writer.revision)
            }
            return summary.showing(buckets: Set(restored.map(\.bucket)).sorted())
        }
    }

    private struct ContentRow {
        let identity: Int
        let content: Int
        let bucket: String
    }

    private static func rows(_ connection: Connection, of revision: Int) throws -> [ContentRow] {
        try connection.query(
            "SELECT identity, content, bucket FROM deckhand_documents WHERE until > ? AND since <= ? ORDER BY id",
            [SQLValue(revision), SQLValue(revision)]
        ).map { ContentRow(identity: try $0.int(0), content: try $0.int(1), bucket: try $0.text(2)) }
    }
}

extension RevisionSummary {
    fileprivate func showing(buckets: [String]) -> RevisionSummary {
        RevisionSummary(
            id: id, createdAt: createdAt, buckets: buckets, tags: tags, validationPolicies: validationPolicies)
    }
}
