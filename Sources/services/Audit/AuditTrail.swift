import Logging
import MessageCatalog
import Primitives
import Store

/// What clients have changed, or wanted to change, in the order in which it was answered.
package final class AuditTrail: Sendable {
    private let database: Database
    private let logger: Logger
    private let now: @Sendable () -> Timestamp

    /// How many entries are kept, whatever their age.
    package static let kept: Int64 = 1_000_000

    /// - Parameter now: the clock of the daemon.
    package init(database: Database, logger: Logger, now: @escaping @Sendable () -> Timestamp) {
        self.database = database
        self.logger = logger
        self.now = now
    }

    /// The moment of an entry that is made now.
    package var time: Timestamp { now() }

    /// Writes an entry, and returns once it is on disk. The change has been made: where it cannot be written, the log says so.
    package func record(_ entry: AuditEntry) async {
        do {
            try await database.write { try Self.insert(entry, $0) }
        } catch {
            logger.error(
                .auditIncomplete,
                "a change is not in the audit: \(error.inWords)",
                metadata: ["request": "\(entry.request)", "user": "\(entry.user)"])
        }
    }

    /// Writes an entry in a transaction of somebody else's.
    package static func insert(_ entry: AuditEntry, _ connection: Connection) throws {
        func text(_ value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }
        try connection.execute(
            """
            INSERT INTO audit (time, request, listener, peer, user, user_id, method, path, subject, status, message, marker)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .int(entry.time.microseconds), .text(entry.request), .text(entry.listener), .text(entry.peer),
                .text(entry.user), text(entry.userID), .text(entry.method), .text(entry.path), text(entry.subject),
                .int(Int64(entry.status)), text(entry.message), text(entry.marker),
            ])
    }

    /// Which entries are asked for.
    package struct Query: Sendable {
        /// Those of this moment, and later ones.
        package var since: Timestamp?
        /// Those before this moment.
        package var until: Timestamp?
        /// Those of this user, by name.
        package var user: String?
        /// Those after the one of this number.
        package var after: Int64?
        /// At most so many: the oldest ones where `since` or `after` is given, else the newest ones.
        package var limit: Int

        package init(limit: Int) { self.limit = limit }
    }

    /// The entries in their order, the oldest first.
    package func entries(_ query: Query) async throws -> [NumberedAuditEntry] {
        try await database.read { connection in
            var conditions = ["1"]
            var values: [SQLValue] = []
            func add(_ condition: String, _ value: SQLValue?) {
                guard let value else { return }
                conditions.append(condition)
                values.append(value)
            }
            add("time >= ?", query.since.map { .int($0.microseconds) })
            add("time < ?", query.until.map { .int($0.microseconds) })
            add("user = ?", query.user.map { .text($0) })
            add("number > ?", query.after.map { .int($0) })
            let isForward = query.since != nil || query.after != nil
            let rows = try connection.query(
                "SELECT * FROM audit WHERE \(conditions.joined(separator: " AND ")) "
                    + "ORDER BY number \(isForward ? "ASC" : "DESC") LIMIT ?",
                values + [.int(Int64(query.limit))])
            let entries = try rows.map(Self.entry)
            return isForward ? entries : entries.reversed()
        }
    }

    /// How many entries there are.
    package func count() async throws -> Int {
        try await database.read { Int(try $0.query("SELECT count(*) FROM audit").first?.int(0) ?? 0) }
    }

    /// Removes old entries, and those beyond `kept`.
    package func prune(olderThan days: Double) async throws {
        let limit = now().adding(seconds: -days * 86400)
        try await database.write { connection in
            try connection.execute("DELETE FROM audit WHERE time < ?", [.int(limit.microseconds)])
            try connection.execute(
                "DELETE FROM audit WHERE number <= (SELECT max(number) FROM audit) - ?", [.int(Self.kept)])
        }
    }

    private static func entry(_ row: Row) throws -> NumberedAuditEntry {
        NumberedAuditEntry(
            number: try row.int64("number"),
            entry: AuditEntry(
                time: Timestamp(microseconds: try row.int64("time")), request: try row.text("request"),
                listener: try row.text("listener"), peer: try row.text("peer"), user: try row.text("user"),
                userID: try row.optionalText("user_id"), method: try row.text("method"), path: try row.text("path"),
                subject: try row.optionalText("subject"), status: Int(try row.int64("status")),
                message: try row.optionalText("message"), marker: try row.optionalText("marker")))
    }
}

/// The table of the audit, as it came to be.
package enum AuditMigration {
    package static let all = [
        // Times are microseconds since 1970.
        Migration(
            number: 27, name: "audit",
            statements: [
                """
                CREATE TABLE audit (
                    number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, request TEXT NOT NULL,
                    listener TEXT NOT NULL, peer TEXT NOT NULL, user TEXT NOT NULL, user_id TEXT, method TEXT NOT NULL,
                    path TEXT NOT NULL, subject TEXT, status INTEGER NOT NULL, message TEXT, marker TEXT
                ) STRICT
                """,
                "CREATE INDEX audit_time ON audit (time)",
            ])
    ]
}
