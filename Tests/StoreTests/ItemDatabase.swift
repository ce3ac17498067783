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
