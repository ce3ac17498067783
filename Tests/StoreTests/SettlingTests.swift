import Store
import Synchronization
import Testing

@Suite("Waiting for those who read")
struct SettlingTests {
    @Test("a read that is under way is waited for, however many come and go meanwhile", .timeLimit(.minutes(1)))
    func settle() async throws {
        try await withDatabase { database in
            await database.settle()
            let latch = Latch()
            let hasEnded = Atomic(false)
            let (entries, enter) = AsyncStream<Void>.makeStream()
            let reading = Task {
                try await database.read { _ in
                    enter.yield()
                    latch.wait()
                    hasEnded.store(true, ordering: .relaxed)
                }
            }
            var entered = entries.makeAsyncIterator()
            await entered.next()
            let opening = Task {
                for _ in 0..<50 { _ = try await database.read { try $0.query("SELECT 1").count } }
                latch.open()
            }
            await database.settle()
            let wasWaitedFor = hasEnded.load(ordering: .relaxed)
            #expect(wasWaitedFor)
            try await reading.value
            try await opening.value
        }
    }
}
