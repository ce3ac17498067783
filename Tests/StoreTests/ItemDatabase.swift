import Store
import TestSupport

let itemMigration = Migration(
    number: 1, name: "items",
    statements: [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER, body BLOB)",
        "CREATE TABLE part (item INTEGER NOT NULL REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)",
    ])

@discardableResult
func withDatabase<T>(_ body: (Database) async throws -> T) async throws -> T {
    try await withTemporaryFolder { folder in
        let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
        let result = try await body(database)
        await database.close()
        return result
    }
}

extension Database {
    /// What SQLite finds wrong with the file; empty where nothing is.
    func integrityCheck() async throws -> [String] {
        try await read { connection in
            var problems = try connection.query("PRAGMA integrity_check").map { try $0.text(0) }.filter { $0 != "ok" }
            try connection.forEach("PRAGMA foreign_key_check") { row in
                let table = try row.text(0)
                let target = try row.text(2)
                problems.append("a row of \(table) refers to a row of \(target) that is not there")
            }
            return problems
        }
    }
}
