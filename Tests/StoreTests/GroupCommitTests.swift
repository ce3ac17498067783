import Store
import TestSupport
import Testing

@Suite struct GroupCommitTests {
    @Test("what a body wrote can be read once it has returned")
    func writeThenRead() async throws {
        try await withDatabase { database in
            let id = try await database.write { connection in
                try connection.execute("INSERT INTO item (name) VALUES (?)", ["first"])
                return connection.lastInsertRowID
            }
            let name = try await database.read { connection in
                try connection.query("SELECT name FROM item WHERE id = ?", [.int(id)]).first?.text("name")
            }
            #expect(name == "first")
        }
    }

    @Test("a hundred writes at once share a few commits")
    func groups() async throws {
        try await withDatabase { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await database.write { connection in
                            try connection.execute("INSERT INTO item (name) VALUES (?)", [.text("item \(number)")])
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await expectCount(database, 100)
            #expect(database.commitCount < 60, "\(database.commitCount) commits")
        }
    }

    @Test("a body that throws undoes only itself")
    func isolation() async throws {
        try await withDatabase { database in
            let failures = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        do {
                            try await database.write { connection in
                                try connection.execute("INSERT INTO item (name) VALUES (?)", [.text("item \(number)")])
                                if number.isMultiple(of: 2) { throw Trouble("even") }
                            }
                            return false
                        } catch {
                            return (error as? Trouble)?.description == "even"
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(failures == 20)
            try await expectCount(database, 20)
        }
    }

    @Test("a broken rule of the schema is a constraint error and spares the neighbours")
    func constraint() async throws {
        try await withDatabase { database in
            async let good: Void = database.write { try $0.execute("INSERT INTO item (name) VALUES ('good')") }
            for sql in ["INSERT INTO item (name) VALUES (NULL)", "INSERT INTO part (item) VALUES (77)"] {
                let error = await #expect(throws: StoreError.self) {
                    try await database.write { try $0.execute(sql) }
                }
                #expect(error?.problem == .constraint, "\(sql)")
            }
            try await good
            try await expectCount(database, 1)
        }
    }

    @Test("a body may not end the transaction it runs in, and the next write is not hurt")
    func endsTransaction() async throws {
        try await withDatabase { database in
            let error = await #expect(throws: StoreError.self) { try await database.write { try $0.execute("COMMIT") } }
            #expect(error?.problem == .misuse)
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('next')") }
            try await expectCount(database, 1)
        }
    }

    @Test("a reader keeps the moment at which it began while writers go on")
    func snapshot() async throws {
        try await withDatabase { database in
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('before')") }
            let (began, beganContinuation) = AsyncStream<Void>.makeStream()
            let latch = Latch()
            async let counts = database.read { connection in
                let first = try connection.query("SELECT count(*) FROM item").first?.int(0)
                beganContinuation.finish()
                latch.wait()
                return [first, try connection.query("SELECT count(*) FROM item").first?.int(0)]
            }
            for await _ in began {}
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('after')") }
            latch.open()
            #expect(try await counts == [1, 1])
            try await expectCount(database, 2)
        }
    }

    @Test("a reader cannot write")
    func readOnly() async throws {
        try await withDatabase { database in
            let error = await #expect(throws: StoreError.self) {
                try await database.read { try $0.execute("DELETE FROM item") }
            }
            #expect(error?.problem == .readOnly)
        }
    }

    @Test("after closing, everything is refused")
    func closed() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            await database.close()
            for attempt in [database.read, database.write]
                as [((@escaping @Sendable (Connection) throws -> Int) async throws -> Int)]
            {
                let error = await #expect(throws: StoreError.self) { _ = try await attempt { _ in 1 } }
                #expect(error?.problem == .closed)
            }
        }
    }
}

func expectCount(_ database: Database, _ wanted: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let found = try await database.read { try $0.query("SELECT count(*) FROM item").first?.int(0) }
    #expect(found == wanted, sourceLocation: sourceLocation)
}
