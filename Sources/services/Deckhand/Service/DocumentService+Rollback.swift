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
            let restored = try Self.buckets(connection, of: target)
            let ended = try Self.buckets(connection, of: latest)

            let writer = try RevisionWriter(connection: connection, vault: vault, after: latest, now: now)
            for bucket in restored.union(ended).sorted() { try writer.open(bucket: bucket) }
            try writer.restore(target)
            guard let summary = try Self.summaries(connection, only: writer.revision).first else {
                throw DocumentError.revisionMissing(writer.revision)
            }
            return summary.showing(buckets: restored.sorted())
        }
    }

    private static func buckets(_ connection: Connection, of revision: Int) throws -> Set<String> {
        let rows = try connection.query(
            "SELECT DISTINCT bucket FROM deckhand_documents WHERE until > ? AND since <= ?",
            [SQLValue(revision), SQLValue(revision)])
        return Set(try rows.map { try $0.text(0) })
    }
}

extension RevisionSummary {
    fileprivate func showing(buckets: [String]) -> RevisionSummary {
        RevisionSummary(
            id: id, createdAt: createdAt, buckets: buckets, tags: tags, validationPolicies: validationPolicies)
    }
}
