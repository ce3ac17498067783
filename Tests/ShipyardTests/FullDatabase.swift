import Store

extension Database {
    /// Has every insertion into a table whose name begins so, and every update, end as on a disk that is full.
    func fill(_ prefix: String) async throws {
        try await write { connection in
            let tables = try connection.query(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, ?) = ?",
                [.int(Int64(prefix.utf8.count)), .text(prefix)]
            ).map { try $0.text(0) }
            try connection.execute("CREATE TABLE ballast (body BLOB)")
            for table in tables {
                for event in ["INSERT", "UPDATE"] {
                    try connection.execute(
                        "CREATE TRIGGER fill_\(table)_\(event) BEFORE \(event) ON \(table) "
                            + "BEGIN INSERT INTO ballast VALUES (zeroblob(4000000)); END")
                }
            }
        }
        try await write { connection in
            let pages = try connection.query("PRAGMA page_count").first?.int(0) ?? 0
            _ = try connection.query("PRAGMA max_page_count = \(pages + 8)")
        }
    }

    /// Ends that.
    func freeSpace() async throws {
        try await write { connection in
            _ = try connection.query("PRAGMA max_page_count = 1000000")
            let triggers = try connection.query(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 5) = 'fill_'")
            for row in triggers { try connection.execute("DROP TRIGGER \(try row.text(0))") }
        }
    }
}
