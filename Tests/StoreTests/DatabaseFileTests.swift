import Glibc
import Primitives
import Store
import TestSupport
import Testing

@Suite("What is found where a database is to be")
struct DatabaseFileTests {
    private let folder: OwnedFolder
    private var path: String { folder.path + "/test.db" }

    init() throws { folder = try OwnedFolder() }

    private func problem() throws -> String? {
        if case .damaged(let problem) = try DatabaseFile(at: path) { problem } else { nil }
    }

    private func make() async throws {
        let database = try Database.open(path: path, migrations: [itemMigration])
        try await database.write { connection in
            try connection.execute("CREATE TABLE filler (text TEXT)")
            for _ in 0..<200 { try connection.execute("INSERT INTO filler VALUES (hex(randomblob(500)))") }
        }
        await database.close()
    }

    @Test("nothing, and a database")
    func whole() async throws {
        #expect(try DatabaseFile(at: path) == .missing)
        try await make()
        #expect(try DatabaseFile(at: path) == .usable)
    }

    @Test("an empty file, one that is cut off, one with something else in it, and one without anything in it")
    func damaged() async throws {
        try FileContents.write([], to: path)
        #expect(try problem() == "is empty")
        try FileContents.write(Array("hello".utf8), to: path)
        #expect(try problem()?.contains("it has 5 bytes that do not begin as one") == true)
        unlink(path)
        try await make()
        let bytes = try FileContents.read(path)
        for size in [99, 4096, bytes.count / 2, bytes.count - 1] {
            try FileContents.write(bytes.prefix(size), to: path)
            #expect(try problem() != nil, "\(size) of \(bytes.count)")
        }
        unlink(path)
        // What `sqlite3 boatyard.db VACUUM` leaves where there was nothing.
        let empty = try Database.open(path: path, migrations: [])
        await empty.close()
        #expect(try problem() == "has nothing in it")
    }

    @Test("a log whose database is gone")
    func log() async throws {
        try FileContents.write(Array("log".utf8), to: path + "-wal")
        #expect(try problem()?.contains("-wal, which belongs to it, is there") == true)
    }

    @Test("a page that cannot be made sense of is told by the health of the database")
    func page() async throws {
        try await make()
        var bytes = try FileContents.read(path)
        for place in (bytes.count / 2)..<(bytes.count / 2 + 4096) { bytes[place] = 0xa5 }
        try FileContents.write(bytes, to: path, mode: 0o600)
        let database = try Database.open(path: path, migrations: [itemMigration])
        let health = DatabaseHealth(database, patience: .seconds(20))
        await health.inspect()
        let problems = await health.problems()
        #expect(
            problems.contains { $0.contains("the database is damaged") && $0.contains("restore the newest backup") })
        await database.close()
    }
}
