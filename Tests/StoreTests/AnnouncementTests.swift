import Store
import Synchronization
import TestSupport
import Testing

@Suite("What bodies announce")
struct AnnouncementTests {
    private struct Undone: Error {}

    @Test("observers are told in order once it is on disk, and of nothing that was undone")
    func order() async throws {
        try await withDatabase { database in
            let told = Mutex<[String]>([])
            database.observe { news in told.withLock { $0.append("\(news)") } }
            try await database.write { connection in
                try connection.execute("INSERT INTO item (name) VALUES ('a')")
                connection.announce("a")
                connection.announce("b")
            }
            #expect(told.withLock { $0 } == ["a", "b"], "before the write returns")
            await #expect(throws: Undone.self) {
                try await database.write { connection in
                    connection.announce("never")
                    throw Undone()
                }
            }
            // A reference to nothing is found when the body has ended.
            await #expect(throws: StoreError.self) {
                try await database.write { connection in
                    connection.announce("never")
                    try connection.execute("INSERT INTO part (item) VALUES (99)")
                }
            }
            try await database.write { $0.announce("c") }
            #expect(told.withLock { $0 } == ["a", "b", "c"])
        }
    }
}
