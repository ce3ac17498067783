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
        let rollback = Rollback(target: target, vault: vault, now: clock())
        return try await database.write { connection in
            let (revision, buckets) = try rollback.apply(connection)
            guard let summary = try Self.summaries(connection, only: revision).first else {
                throw DocumentError.revisionMissing(revision)
            }
            return summary.showing(buckets: buckets)
        }
    }
}

/// Makes a revision that holds what an older one held, in one transaction.
struct Rollback: Sendable {
    /// 0 is the empty revision.
    let target: Int
    let vault: SecretVault
    let now: Timestamp

    /// - Returns: the new revision, and the buckets that hold documents in it.
    /// - Throws: `.revisionMissing`.
    func apply(_ connection: Connection) throws -> (revision: Int, buckets: [String]) {
        if target != 0 { try connection.requireRevision(target) }
        let latest = try connection.latestRevision()
        let restored = try Self.buckets(connection, of: target)
        let ended = try Self.buckets(connection, of: latest)

        let writer = try RevisionWriter(connection: connection, vault: vault, after: latest, now: now)
        for bucket in restored.union(ended).sorted() { try writer.open(bucket: bucket) }
        try writer.restore(target)
        return (writer.revision, restored.sorted())
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
