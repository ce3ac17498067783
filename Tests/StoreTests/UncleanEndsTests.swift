import Store
import TestSupport
import Testing

@Suite("Ends of the daemon that nobody asked for")
struct UncleanEndsTests {
    private typealias Work = UncleanEnds.Work

    private let folder: OwnedFolder
    private let database: Database

    init() throws {
        folder = try OwnedFolder()
        database = try Database.open(path: folder.path + "/test.db", migrations: [DaemonRecord.migration].withoutGaps)
    }

    private func start(_ work: [Work], kind: String = "") async throws -> [String]? {
        try await database.write { connection in
            guard try UncleanEnds.begin(connection) else { return nil }
            return try UncleanEnds.repeated(work, kind: kind, connection)
        }
    }

    @Test("the second in a row counts, where the work got no further")
    func repeated() async throws {
        #expect(try await start([]) == nil)
        #expect(try await start([Work(id: "a", progress: "1")]) == [])
        #expect(try await start([Work(id: "a", progress: "1"), Work(id: "b", progress: "1")]) == ["a"])
        // Whoever could not end it then ends it at the next start.
        #expect(try await start([Work(id: "a", progress: "1"), Work(id: "b", progress: "2")]) == ["a"])
        #expect(try await start([Work(id: "b", progress: "2")]) == ["b"])
        await database.close()
    }

    @Test("progress, an end that was asked for, and not being there start the count anew")
    func forgotten() async throws {
        let work = [Work(id: "a", progress: "1")]
        _ = try await start([])
        #expect(try await start(work) == [])
        #expect(try await start([Work(id: "a", progress: "2")]) == [])
        #expect(try await start([]) == [])
        #expect(try await start(work) == [])
        try await database.write { try UncleanEnds.stop($0) }
        #expect(try await start(work) == nil)
        #expect(try await start(work) == [])
        #expect(try await start(work) == ["a"])
        await database.close()
    }

    @Test("each kind of work is counted by itself")
    func kinds() async throws {
        _ = try await start([])
        #expect(try await start([Work(id: "x/1", progress: "")], kind: "x/") == [])
        #expect(try await start([Work(id: "y/1", progress: "")], kind: "y/") == [])
        #expect(try await start([Work(id: "x/1", progress: "")], kind: "x/") == ["x/1"])
        await database.close()
    }

    @Test("ends at which work merely waited count less, and do not start the count of others anew")
    func idle() async throws {
        let (idle, busy) = (Work(id: "a", progress: "1", isIdle: true), Work(id: "a", progress: "1"))
        _ = try await start([])
        for _ in 1..<UncleanEnds.idleLimit { #expect(try await start([idle]) == []) }
        #expect(try await start([idle]) == ["a"], "nothing is resumed for ever")
        #expect(try await start([]) == [])
        #expect(try await start([busy]) == [])
        #expect(try await start([idle]) == [])
        #expect(try await start([busy]) == ["a"])
        await database.close()
    }
}
