/// Counts at how many ends in a row, of those that nobody had asked for, the same work was running without getting any
/// further (`docs/reference/drydock.md` §10.12.1).
///
/// A start calls `begin`, then `repeated` with all that was running. `stop` says that the end will have been asked for.
package enum UncleanEnds {
    /// Something that is resumed after an end.
    package struct Work: Sendable, Hashable {
        /// The same at every start.
        package let id: String
        /// Another text whenever the work has got further.
        package let progress: String
        /// Whether it merely waited for somebody else when the daemon ended.
        package let isIdle: Bool

        package init(id: String, progress: String, isIdle: Bool = false) {
            self.id = id
            self.progress = progress
            self.isIdle = isIdle
        }
    }

    /// At so many ends work is not resumed again.
    package static let limit = 2
    /// At so many where it was idle at each of them: it is hardly what ended the daemon then, and yet nothing is resumed for ever.
    package static let idleLimit = 6

    /// What an end counts for work that was not idle; one for idle work counts 1. At `idleLimit` it is enough.
    private static let weight = idleLimit / limit

    private static let fact = "running"

    /// Notes that the daemon runs.
    ///
    /// - Returns: whether the daemon before this one ended without being asked to.
    package static func begin(_ connection: Connection) throws -> Bool {
        let wasUnclean = try DaemonRecord.fact(fact, connection) == [1]
        if !wasUnclean {
            try DaemonRecord.setFact(fact, [1], connection)
            try forget(connection)
        }
        return wasUnclean
    }

    /// Counts the end before this start for all of `work`, and forgets whatever is not running any more.
    ///
    /// - Parameter kind: what the ids of one caller begin with; others keep their counts.
    /// - Returns: the ids of work at its limit.
    package static func repeated(_ work: [Work], kind: String, _ connection: Connection) throws -> [String] {
        let rows = try connection.query(
            "SELECT * FROM daemon_work WHERE substr(id, 1, length(?1)) = ?1", [.text(kind)])
        let known = Dictionary(
            try rows.map { (try $0.text("id"), (progress: try $0.text("progress"), ends: try $0.int("ends"))) },
            uniquingKeysWith: { first, _ in first })
        try connection.execute("DELETE FROM daemon_work WHERE substr(id, 1, length(?1)) = ?1", [.text(kind)])
        var repeated: [String] = []
        for piece in work {
            let before = known[piece.id].flatMap { $0.progress == piece.progress ? $0.ends : nil } ?? 0
            let ends = min(before, idleLimit) + (piece.isIdle ? 1 : weight)
            try connection.execute(
                "INSERT OR REPLACE INTO daemon_work (id, progress, ends) VALUES (?, ?, ?)",
                [.text(piece.id), .text(piece.progress), .int(Int64(ends))])
            if ends >= idleLimit { repeated.append(piece.id) }
        }
        return repeated
    }

    private static func forget(_ connection: Connection) throws { try connection.execute("DELETE FROM daemon_work") }

    /// The daemon was told to stop.
    package static func stop(_ connection: Connection) throws {
        try DaemonRecord.setFact(fact, [0], connection)
        try forget(connection)
    }
}
