import Glibc
import Primitives
import Store
import TestSupport
import Testing

@Suite struct NewFileTests {
    private static func names(_ folder: String) -> Set<String> { Set(FolderContents.names(in: folder) ?? []) }

    @Test("a new file is its owner's alone, keeps a log, and leaves no draft")
    func form() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/test.db"
            try Array("what a crash left".utf8).withUnsafeBytes { bytes in
                let draft = open(path + ".new", O_WRONLY | O_CREAT, 0o644)
                try #require(write(draft, bytes.baseAddress, bytes.count) == bytes.count)
                close(draft)
            }
            let database = try Database.open(path: path, migrations: [itemMigration])
            #expect(Self.names(folder) == ["test.db"])
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('a')") }
            #expect(try await database.read { try $0.query("PRAGMA journal_mode").first?.text(0) } == "wal")
            #expect(Self.names(folder).contains("test.db-wal"))
            #expect(try await database.integrityCheck().isEmpty)
            await database.close()
        }
    }

    @Test("a migration that fails leaves no file at all")
    func failure() throws {
        try withTemporaryFolder { folder in
            let broken = Migration(number: 1, name: "broken", statements: ["CREATE TABLE a (b)", "CREATE TABEL c"])
            #expect(throws: StoreError.self) {
                _ = try Database.open(path: folder + "/test.db", migrations: [broken])
            }
            #expect(Self.names(folder).isEmpty)
        }
    }

    @Test("an empty file, which an older program may have left, is filled")
    func empty() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/test.db"
            close(open(path, O_WRONLY | O_CREAT, 0o600))
            let database = try Database.open(path: path, migrations: [itemMigration])
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('a')") }
            #expect(try await database.integrityCheck().isEmpty)
            await database.close()
        }
    }
}

@Suite struct DatabaseHealthTests {
    @Test("many askers share one small write, and the next one after a while")
    func sharing() async throws {
        try await withDatabase { database in
            let health = DatabaseHealth(database, interval: .seconds(3600), patience: .seconds(20))
            let before = database.commitCount
            let answers = await withTaskGroup(of: [String].self) { group in
                for _ in 0..<50 { group.addTask { await health.problems() } }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(answers.isEmpty)
            #expect(await health.problems().isEmpty)
            #expect(database.commitCount == before + 1)
            let eager = DatabaseHealth(database, interval: .zero, patience: .seconds(20))
            _ = await eager.problems()
            _ = await eager.problems()
            #expect(database.commitCount == before + 3)
        }
    }

    @Test("a writer that is at work keeps nobody waiting, and is a problem only after long")
    func busy() async throws {
        try await withDatabase { database in
            let latch = Latch()
            let (begun, begin) = AsyncStream<Void>.makeStream()
            async let work: Void = database.write { _ in
                begin.finish()
                latch.wait()
            }
            for await _ in begun {}
            let patient = DatabaseHealth(database, patience: .milliseconds(5))
            #expect(await patient.problems().isEmpty)
            let anxious = DatabaseHealth(database, patience: .milliseconds(5), alarm: .milliseconds(1))
            let problems = await anxious.problems()
            #expect(problems.first?.contains("nothing has been written") == true)
            latch.open()
            try await work
        }
    }

    @Test("a closed database is a problem")
    func closed() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            await database.close()
            let problems = await DatabaseHealth(database, patience: .seconds(20)).problems()
            #expect(problems.first?.contains("store.closed") == true)
        }
    }
}
