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
                    connection.announceAtEnd("never")
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

    @Test("a commit is counted before anybody hears of it: what is counted from there on is what follows")
    func counted() async throws {
        try await withDatabase { database in
            let counts = Mutex<[Int]>([])
            database.observe { [unowned database] _ in counts.withLock { $0.append(database.commitCount) } }
            for _ in 0..<3 { try await database.write { $0.announce("a") } }
            #expect(counts.withLock { $0 } == [1, 2, 3])
        }
    }

    @Test("what follows from other news of its body comes after them, and before those of the next body")
    func outcomes() async throws {
        try await withDatabase { database in
            let told = Mutex<[String]>([])
            database.observe { news in told.withLock { $0.append("\(news)") } }
            for number in 1...2 {
                try await database.write { connection in
                    connection.announceAtEnd("\(number): outcome")
                    connection.announceAtEnd("\(number): second outcome")
                    connection.announce("\(number): event")
                }
            }
            #expect(
                told.withLock { $0 } == [
                    "1: event", "1: outcome", "1: second outcome", "2: event", "2: outcome", "2: second outcome",
                ])
        }
    }
}
