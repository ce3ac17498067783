/// What the daemon writes down of itself, for its next start.
package enum DaemonRecord {
    /// `daemon_facts` holds single values by name; `daemon_work` what was running when the daemon last ended unasked.
    package static let migration = Migration(
        number: 12, name: "daemon",
        statements: [
            "CREATE TABLE daemon_facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
            """
            CREATE TABLE daemon_work (
                id TEXT PRIMARY KEY, progress TEXT NOT NULL, ends INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
        ])

    /// - Returns: nil where there is no such fact.
    package static func fact(_ name: String, _ connection: Connection) throws -> [UInt8]? {
        try connection.query("SELECT value FROM daemon_facts WHERE name = ?", [.text(name)]).first?.blob("value")
    }

    package static func setFact(_ name: String, _ value: [UInt8], _ connection: Connection) throws {
        try connection.execute(
            "INSERT OR REPLACE INTO daemon_facts (name, value) VALUES (?, ?)", [.text(name), .blob(value)])
    }

    /// Removes the fact; does nothing where there is none.
    package static func removeFact(_ name: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM daemon_facts WHERE name = ?", [.text(name)])
    }
}
