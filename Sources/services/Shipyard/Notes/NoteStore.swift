import OrderedCollections
import Primitives
import Store

/// Notes in the database.
package struct NoteStore: Sendable {
    /// The database, opened with `ShipyardMigration.all`.
    package let database: Database
    private let log: EventLog

    package init(database: Database) { self.init(log: EventLog(database: database)) }

    /// - Parameter log: where new notes are told of.
    init(log: EventLog) {
        database = log.database
        self.log = log
    }

    /// Stores notes. A note whose names or verbosity exceed their limits is left out, since no action should fail for a
    /// note. Secrets in texts are masked.
    ///
    /// - Throws: `StoreError`.
    package func add(_ notes: [Note]) async throws {
        guard !notes.isEmpty else { return }
        try await database.write { connection in
            for note in notes { try Self.insert(note, connection) }
        }
        log.notifier.notify()
    }

    static func insert(_ note: Note, _ connection: Connection) throws {
        let names = [note.association, note.subject, note.subType]
        guard (1...5).contains(note.verbosity), names.allSatisfy({ $0.unicodeScalars.count <= 128 }) else { return }
        var note = note
        note.text = LogRedactor.redact(note.text)
        note.machineError = note.machineError.map {
            MachineError(node: $0.node, message: LogRedactor.redact($0.message))
        }
        try connection.execute(
            """
            INSERT OR IGNORE INTO shipyard_notes
                (id, assoc_id, subject, sub_type, text, verbosity, link, is_auth_link, time, source, node, error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(note.id), .text(note.association), .text(note.subject), .text(note.subType), .text(note.text),
                .int(Int64(note.verbosity)), SQLValue(note.link), SQLValue(note.isAuthLink),
                .int(note.time.microseconds), SQLValue(note.source), SQLValue(note.machineError?.node),
                SQLValue(note.machineError?.message),
            ])
        if connection.changes > 0 { try EventLog.append([ActionEvents.note(note)], at: note.time, connection) }
    }

    /// The notes of one association up to a verbosity, the oldest first.
    package func notes(of association: String, verbosity: Int) async throws -> [Note] {
        try await select("assoc_id = ?", [.text(association)], verbosity)
    }

    /// What the notes of one association tell as errors of machines: of each machine the last one, unless it was mended since.
    func machineErrors(of association: String) async throws -> [MachineError] {
        try await database.read { connection in
            var errors: OrderedDictionary<String, String> = [:]
            try connection.forEach(
                """
                SELECT node, error FROM shipyard_notes WHERE assoc_id = ? AND node IS NOT NULL AND error IS NOT NULL
                    ORDER BY time, id
                """, [.text(association)]
            ) { errors.updateValue(try $0.text(1), forKey: try $0.text(0)) }
            return errors.map { MachineError(node: $0, message: $1) }.filter { !$0.isMended }
        }
    }

    /// The notes of all associations that begin with `prefix`, up to a verbosity, by association.
    package func notes(under prefix: String, verbosity: Int) async throws -> [String: [Note]] {
        // The byte after the prefix's last bounds the range; a prefix ends in a slash, so that byte is "0".
        let end = String(prefix.dropLast()) + "0"
        let found = try await select("assoc_id >= ? AND assoc_id < ?", [.text(prefix), .text(end)], verbosity)
        return Dictionary(grouping: found, by: \.association)
    }

    /// The notes of all associations from one to another, by association.
    func notes(from first: String, through last: String, verbosity: Int) async throws -> [String: [Note]] {
        let found = try await select("assoc_id >= ? AND assoc_id <= ?", [.text(first), .text(last)], verbosity)
        return Dictionary(grouping: found, by: \.association)
    }

    /// A note by its id; nil for an unknown id.
    package func note(_ id: String) async throws -> Note? {
        try await select("id = ?", [.text(id)], 5).first
    }

    private func select(_ condition: String, _ parameters: [SQLValue], _ verbosity: Int) async throws -> [Note] {
        guard verbosity > 0 else { return [] }
        return try await database.read { connection in
            try connection.query(
                "SELECT * FROM shipyard_notes WHERE \(condition) AND verbosity <= ? ORDER BY time, id",
                parameters + [.int(Int64(verbosity))]
            ).map { row in
                Note(
                    id: try row.text("id"), association: try row.text("assoc_id"), subject: try row.text("subject"),
                    subType: try row.text("sub_type"), text: try row.text("text"), verbosity: try row.int("verbosity"),
                    link: try row.optionalText("link"), isAuthLink: try row.bool("is_auth_link"),
                    time: Timestamp(microseconds: try row.int64("time")), source: try row.optionalText("source"),
                    machineError: try row.optionalText("node").map {
                        MachineError(node: $0, message: try row.optionalText("error") ?? "")
                    })
            }
        }
    }
}
