import Documents
import OrderedCollections
import Primitives
import Store

extension DocumentService {
    /// Tags a revision, or replaces the data of a tag that it has.
    ///
    /// - Parameter data: a mapping, or an empty value. Null counts as `{}`.
    /// - Returns: the data that the tag has now.
    /// - Throws: `.invalidTag`, `.revisionMissing`.
    @discardableResult
    package func tag(revision: Int, _ name: String, data: Value = nil) async throws -> Value {
        let data = data.isNull ? [:] : data
        if case .object = data {} else if !data.isFalsy { throw DocumentError.invalidTag(data) }
        try await database.write { connection in
            try connection.requireRevision(revision)
            try connection.execute(
                """
                INSERT INTO deckhand_tags (revision, tag, data) VALUES (?, ?, ?)
                ON CONFLICT (revision, tag) DO UPDATE SET data = excluded.data
                """,
                [SQLValue(revision), .text(name), .blob(Array(data.json(.compact).utf8))])
        }
        return data
    }

    /// The newest revision of all, and for each tag the newest revisions that have it. No other revision is read.
    ///
    /// - Parameters:
    ///   - names: the names of the tags, which need not exist.
    ///   - limit: how many revisions of each tag are returned at most.
    /// - Returns: each revision once, with all its tags, the oldest first; empty where there are no revisions.
    package func newestRevisions(tagged names: [String], each limit: Int) async throws -> [TaggedRevision] {
        try await database.read { connection in
            let latest = try connection.latestRevision()
            var found: Set<Int> = latest == 0 ? [] : [latest]
            for name in names {
                try connection.forEach(Self.newestTagged, [.text(name), SQLValue(limit)]) {
                    found.insert(try $0.int(0))
                }
            }
            return try found.sorted().map { revision in
                let tags = try connection.query(
                    "SELECT tag FROM deckhand_tags WHERE revision = ?", [SQLValue(revision)])
                return TaggedRevision(id: revision, tags: Set(try tags.map { try $0.text(0) }))
            }
        }
    }

    static let newestTagged = "SELECT revision FROM deckhand_tags WHERE tag = ? ORDER BY revision DESC LIMIT ?"

    /// All tags of a revision, by name.
    ///
    /// - Throws: `.revisionMissing`.
    package func tags(revision: Int) async throws -> OrderedDictionary<String, Value> {
        try await self.revision(revision).tags
    }

    /// The data of one tag.
    ///
    /// - Throws: `.tagMissing`, `.revisionMissing`.
    package func tagData(revision: Int, _ name: String) async throws -> Value {
        guard let data = try await tags(revision: revision)[name] else {
            throw DocumentError.tagMissing(name, revision: revision)
        }
        return data
    }

    /// Deletes one tag of a revision.
    ///
    /// - Throws: `.tagMissing`, `.revisionMissing`.
    package func deleteTag(revision: Int, _ name: String) async throws {
        try await database.write { connection in
            try connection.requireRevision(revision)
            try connection.execute(
                "DELETE FROM deckhand_tags WHERE revision = ? AND tag = ?", [SQLValue(revision), .text(name)])
            if connection.changes == 0 { throw DocumentError.tagMissing(name, revision: revision) }
        }
    }

    /// Deletes all tags of a revision.
    ///
    /// - Throws: `.revisionMissing`.
    package func deleteTags(revision: Int) async throws {
        try await database.write { connection in
            try connection.requireRevision(revision)
            try connection.execute("DELETE FROM deckhand_tags WHERE revision = ?", [SQLValue(revision)])
        }
    }
}

/// The number of a revision and the names of its tags.
package struct TaggedRevision: Sendable, Hashable {
    /// The number of the revision.
    package var id: Int
    /// The names of its tags.
    package var tags: Set<String>

    package init(id: Int, tags: Set<String>) {
        self.id = id
        self.tags = tags
    }
}
