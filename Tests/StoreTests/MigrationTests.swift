import Store
import TestSupport
import Testing

@Suite struct MigrationTests {
    private static let second = Migration(number: 2, name: "colours", statements: ["ALTER TABLE item ADD colour TEXT"])

    @Test("a file is brought forward, once, and keeps its rows")
    func forward() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/test.db"
            let old = try Database.open(path: path, migrations: [itemMigration])
            try await old.write { try $0.execute("INSERT INTO item (name) VALUES ('kept')") }
            await old.close()
            for _ in 0..<2 {
                let new = try Database.open(path: path, migrations: [Self.second, itemMigration])
                let rows = try await new.read { try $0.query("SELECT name, colour FROM item") }
                #expect(try rows.map { try $0.text("name") } == ["kept"])
                #expect(try rows.first?.optionalText("colour") == nil)
                await new.close()
            }
        }
    }

    @Test("a file of a newer program is refused, naming both forms")
    func newer() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/test.db"
            try await Database.open(path: path, migrations: [itemMigration, Self.second]).close()
            let error = #expect(throws: StoreError.self) {
                _ = try Database.open(path: path, migrations: [itemMigration])
            }
            #expect(error?.problem == .newer)
            #expect(error?.message.contains("form 2") == true)
            #expect(error?.message.contains("up to 1") == true)
        }
    }

    @Test("a form that no program writes is told as damage", arguments: [-1, Int(Int32.min)])
    func damaged(form: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/test.db"
            let database = try Database.open(path: path, migrations: [itemMigration])
            try await database.write { try $0.execute("PRAGMA user_version = \(form)") }
            await database.close()
            let error = #expect(throws: StoreError.self) {
                _ = try Database.open(path: path, migrations: [itemMigration])
            }
            #expect(error?.problem == .corrupt && error?.message.contains("form \(form)") == true)
        }
    }

    @Test("numbers with a gap or twice are refused")
    func gap() throws {
        try withTemporaryFolder { folder in
            for migrations in [[Self.second], [itemMigration, itemMigration]] {
                let error = #expect(throws: StoreError.self) {
                    _ = try Database.open(path: folder + "/test.db", migrations: migrations)
                }
                #expect(error?.problem == .misuse)
            }
        }
    }

    @Test("a migration that fails half way leaves nothing of itself")
    func failing() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/test.db"
            let broken = Migration(
                number: 2, name: "broken", statements: ["CREATE TABLE extra (id)", "CREATE TABEL x"])
            #expect(throws: StoreError.self) {
                _ = try Database.open(path: path, migrations: [itemMigration, broken])
            }
            let database = try Database.open(path: path, migrations: [itemMigration])
            let tables = try await database.read { try $0.query("SELECT name FROM sqlite_schema WHERE name = 'extra'") }
            #expect(tables.isEmpty)
            await database.close()
        }
    }
}
