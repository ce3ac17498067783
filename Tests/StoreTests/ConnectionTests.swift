import Store
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test("every kind of value comes back as it went in")
    func values() async throws {
        try await withDatabase { database in
            let values: [SQLValue] = [
                nil, .int(.min), .int(.max), 1.5, "", "naïve \u{0} ☃", .blob([]), .blob([0, 255, 1]),
            ]
            let row = try await database.write { connection in
                try connection.query("SELECT ?, ?, ?, ?, ?, ?, ?, ?", values).first
            }
            #expect(row?.values == values)
        }
    }

    @Test("a getter refuses a missing column and another type")
    func getters() async throws {
        try await withDatabase { database in
            let row = try #require(try await database.read { try $0.query("SELECT 1 AS a, 'x' AS b, NULL AS c").first })
            #expect(try row.int("a") == 1)
            #expect(try row.double(0) == 1)
            #expect(try row.bool("a"))
            #expect(try row.optionalText("c") == nil)
            #expect(throws: StoreError.self) { try row.int("b") }
            #expect(throws: StoreError.self) { try row.text("c") }
            #expect(throws: StoreError.self) { try row.value("d") }
            #expect(throws: StoreError.self) { try row.value(3) }
            #expect(throws: StoreError.self) { try row.value(-1) }
        }
    }

    @Test(
        "bad statements are misuse, not crashes",
        arguments: ["", " ; ", "SELEKT 1", "SELECT 1; SELECT 2", "SELECT ?", "SELECT \u{0}"])
    func misuse(sql: String) async throws {
        try await withDatabase { database in
            let error = await #expect(throws: StoreError.self) { try await database.read { try $0.execute(sql) } }
            #expect(error?.problem == .misuse)
            try await expectCount(database, 0)
        }
    }

    @Test("the same statement may run inside itself")
    func nested() async throws {
        try await withDatabase { database in
            let total = try await database.write { connection in
                for name in ["a", "b", "c"] {
                    try connection.execute("INSERT INTO item (name) VALUES (?)", [.text(name)])
                }
                var total = 0
                try connection.forEach("SELECT id FROM item") { _ in
                    try connection.forEach("SELECT id FROM item") { _ in total += 1 }
                }
                return total
            }
            #expect(total == 9)
        }
    }

    @Test("what a row's body throws ends the query")
    func bodyThrows() async throws {
        try await withDatabase { database in
            await #expect(throws: Trouble.self) {
                try await database.read { connection in
                    try connection.forEach("VALUES (1), (2)") { _ in throw Trouble("enough") }
                }
            }
        }
    }

    @Test("changes counts the rows that a statement touched")
    func changes() async throws {
        try await withDatabase { database in
            let changes = try await database.write { connection in
                try connection.execute("INSERT INTO item (name) VALUES ('a'), ('b')")
                return connection.changes
            }
            #expect(changes == 2)
        }
    }

    @Test("a sound file passes the integrity check, and a file of other contents is corrupt")
    func integrity() async throws {
        try await withDatabase { database in
            let problems = try await database.integrityCheck()
            #expect(problems.isEmpty)
        }
        try withTemporaryFolder { folder in
            try write(Array("This is no database, but long enough to be read as one.".utf8), to: folder + "/test.db")
            let error = #expect(throws: StoreError.self) {
                _ = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            }
            #expect(error?.problem == .corrupt)
        }
    }

    @Test("a file in a folder that is not there cannot be opened")
    func unopenable() {
        let error = #expect(throws: StoreError.self) {
            _ = try Database.open(path: "/nonexistent/boatyard/test.db", migrations: [])
        }
        #expect(error?.problem == .unopenable)
    }
}
