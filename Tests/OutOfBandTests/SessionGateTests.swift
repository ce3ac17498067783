import Primitives
import Synchronization
import Testing

@testable import OutOfBand

@Suite("Session gate")
struct SessionGateTests {
    private final class Crowd: Sendable {
        private let state = Mutex((now: [String: Int](), most: 0, mostAtOneKey: 0))

        func enter(_ key: String) {
            state.withLock {
                $0.now[key, default: 0] += 1
                $0.most = max($0.most, $0.now.values.reduce(0, +))
                $0.mostAtOneKey = max($0.mostAtOneKey, $0.now[key] ?? 0)
            }
        }

        func leave(_ key: String) { state.withLock { $0.now[key, default: 0] -= 1 } }

        var most: Int { state.withLock { $0.most } }
        var mostAtOneKey: Int { state.withLock { $0.mostAtOneKey } }
    }

    @Test("never more than the limit in all, nor more than one at a key")
    func limits() async throws {
        let gate = SessionGate(limit: 3)
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let key = "bmc\(number % 7)"
                    try await gate.withTurn(key) {
                        crowd.enter(key)
                        for _ in 0..<5 { await Task.yield() }
                        crowd.leave(key)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most <= 3)
        #expect(crowd.mostAtOneKey == 1)
    }

    @Test("a cancelled waiter leaves, and those behind it come in")
    func cancellation() async throws {
        let gate = SessionGate(limit: 1)
        let (holding, hold) = AsyncStream<Void>.makeStream()
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await gate.withTurn("a") {
                enter.yield()
                for await _ in holding {}
            }
        }
        for await _ in entered { break }
        let second = Task { try await gate.withTurn("b") { Issue.record("it was cancelled") } }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        let third = Task { try await gate.withTurn("a") { true } }
        hold.finish()
        try await first.value
        #expect(try await third.value)
    }

    @Test("an error inside gives the turn back")
    func failure() async throws {
        struct Failure: Error {}
        let gate = SessionGate(limit: 1)
        await #expect(throws: Failure.self) { try await gate.withTurn("a") { throw Failure() } }
        #expect(try await gate.withTurn("a") { true })
    }
}
