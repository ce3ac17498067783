import Documents
import OrderedCollections
import Primitives
import Store
import Synchronization

extension DocumentService {
    /// All revisions, the oldest first.
    package func revisions() async throws -> [RevisionSummary] {
        try await database.read { try Self.summaries($0) }
    }

    /// The summary of one revision.
    ///
    /// - Throws: `.revisionMissing`.
    package func revision(_ id: Int) async throws -> RevisionSummary {
        try await database.read { connection in
            guard let summary = try Self.summaries(connection, only: id).first
            else { throw DocumentError.revisionMissing(id) }
            return summary
        }
    }

    /// The number of the newest revision; 0 where there is none.
    package func latestRevision() async throws -> Int { try await database.read { try $0.latestRevision() } }

    /// Deletes all revisions and documents. The next revision has the number 1.
    ///
    /// - Throws: `DocumentError` with the problem `revisionsInUse` while an action or a task works with the documents.
    package func deleteAll() async throws {
        let obstacles = deletionObstacles.withLock { $0 }
        try await database.write { connection in
            for obstacle in obstacles {
                if let reason = try obstacle(connection) { throw DocumentError.revisionsInUse(reason) }
            }
            for table in DeckhandSchema.tables { try connection.execute("DELETE FROM \(table)") }
        }
        await renderings.removeAll()
        places.removeAll()
    }

    /// - Parameter id: only this revision; nil for all.
    static func summaries(_ connection: Connection, only id: Int? = nil) throws -> [RevisionSummary] {
        let parameters = id.map { [SQLValue($0)] } ?? []
        func only(_ column: String, _ word: String = "WHERE") -> String { id == nil ? "" : "\(word) \(column) = ?" }

        var buckets: [Int: [String]] = [:]
        try connection.forEach(
            "SELECT revision, bucket FROM deckhand_buckets \(only("revision")) ORDER BY bucket", parameters
        ) {
            buckets[try $0.int(0), default: []].append(try $0.text(1))
        }
        var tags: [Int: OrderedDictionary<String, Value>] = [:]
        try connection.forEach(
            "SELECT revision, tag, data FROM deckhand_tags \(only("revision")) ORDER BY tag", parameters
        ) {
            tags[try $0.int(0), default: [:]][try $0.text(1)] = try Value(json: try $0.blob(2))
        }
        var policies: [Int: [ValidationPolicyReference]] = [:]
        let kind = DocumentKind.validationPolicy
        try connection.forEach(
            """
            SELECT d.since, i.name, d.id FROM deckhand_identities i JOIN deckhand_documents d ON d.identity = i.id
            WHERE i.schema >= '\(kind)' AND i.schema < '\(kind)~' \(only("d.since", "AND")) ORDER BY d.id
            """, parameters
        ) {
            let policy = ValidationPolicyReference(name: try $0.text(1), document: try $0.int(2))
            policies[try $0.int(0), default: []].append(policy)
        }
        return try connection.query(
            "SELECT id, created FROM deckhand_revisions \(only("id")) ORDER BY id", parameters
        ).map { row in
            let id = try row.int(0)
            return RevisionSummary(
                id: id, createdAt: Timestamp(microseconds: try row.int64(1)), buckets: buckets[id] ?? [],
                tags: tags[id] ?? [:], validationPolicies: policies[id] ?? [])
        }
    }
}
