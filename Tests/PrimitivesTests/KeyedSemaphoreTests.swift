import Primitives
import Synchronization
import TestSupport
import Testing

@Suite("Turns at keys")
struct KeyedSemaphoreTests {
    private typealias WaitError = KeyedSemaphore<String>.WaitError

    /// Time that passes when the test says so. Whoever sleeps waits for a turn, as nothing else here does.
    private final class Patience: Sendable {
        private let sleepers = Mutex<[AsyncStream<Void>.Continuation]>([])
        private let begun = AsyncStream<Void>.makeStream()

        @Sendable func sleep(_: Duration) async throws {
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            sleepers.withLock { $0.append(continuation) }
            begun.continuation.yield()
            for await _ in stream {}
            try Task.checkCancellation()
        }

        /// Returns when one more waits.
        func waiter() async { for await _ in begun.stream { break } }

        /// The time of the waiter that came as the `place`th is over.
        func end(_ place: Int) { sleepers.withLock { $0[place] }.finish() }
    }

    /// A turn that lasts until the test ends it.
    private struct HeldTurn {
        private let hold: AsyncStream<Void>.Continuation
        private let work: Task<Void, any Error>

        init(_ semaphore: KeyedSemaphore<String>, at key: String) async {
            let (holding, hold) = AsyncStream<Void>.makeStream()
            let (entered, enter) = AsyncStream<Void>.makeStream()
            self.hold = hold
            work = Task {
                try await semaphore.withTurn(at: key) {
                    enter.finish()
                    for await _ in holding {}
                }
            }
            for await _ in entered {}
        }

        func end() async throws {
            hold.finish()
            try await work.value
        }
    }

    private final class Crowd: Sendable {
        private let state = Mutex((now: [String: Int](), most: 0, mostAtOneKey: 0, turns: [Int]()))

        func enter(_ key: String, _ number: Int) {
            state.withLock {
                $0.now[key, default: 0] += 1
                $0.most = max($0.most, $0.now.values.reduce(0, +))
                $0.mostAtOneKey = max($0.mostAtOneKey, $0.now[key] ?? 0)
                $0.turns.append(number)
            }
        }

        func leave(_ key: String) { state.withLock { $0.now[key, default: 0] -= 1 } }

        var most: Int { state.withLock { $0.most } }
        var mostAtOneKey: Int { state.withLock { $0.mostAtOneKey } }
        var turns: [Int] { state.withLock { $0.turns } }
    }

    @Test("never more than the limits in all and at one key", arguments: [(1, 3), (2, 5), (4, 2), (3, Int.max)])
    func limits(limit: Int, total: Int) async throws {
        let semaphore = KeyedSemaphore<String>(limit: limit, total: total)
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let key = "bmc\(number % 7)"
                    try await semaphore.withTurn(at: key) {
                        crowd.enter(key, number)
                        for _ in 0..<5 { await Task.yield() }
                        crowd.leave(key)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most <= total)
        #expect(crowd.mostAtOneKey <= limit)
        #expect(crowd.turns.sorted() == Array(0..<200))
    }

    @Test("those who wait for a key have their turns in the order in which they asked")
    func order() async throws {
        let patience = Patience()
        let semaphore = KeyedSemaphore<String>(sleep: patience.sleep)
        let turn = await HeldTurn(semaphore, at: "a")
        let crowd = Crowd()
        var waiters: [Task<Void, any Error>] = []
        for number in 0..<20 {
            waiters.append(
                Task { try await semaphore.withTurn(at: "a", patience: .seconds(60)) { crowd.enter("a", number) } })
            await patience.waiter()
        }
        #expect(crowd.turns.isEmpty)
        try await turn.end()
        for waiter in waiters { try await waiter.value }
        #expect(crowd.turns == Array(0..<20))
    }

    @Test("a busy key holds up nobody who wants another, though it came first")
    func otherKeys() async throws {
        let patience = Patience()
        let semaphore = KeyedSemaphore<String>(total: 2, sleep: patience.sleep)
        let first = await HeldTurn(semaphore, at: "a")
        let second = await HeldTurn(semaphore, at: "b")
        let behindFirst = Task { try await semaphore.withTurn(at: "a", patience: .seconds(60)) { true } }
        await patience.waiter()
        let behindSecond = Task { try await semaphore.withTurn(at: "b", patience: .seconds(60)) { true } }
        await patience.waiter()
        try await second.end()
        #expect(try await behindSecond.value)
        try await first.end()
        #expect(try await behindFirst.value)
    }

    @Test("a cancelled waiter leaves, and those behind it have their turns")
    func cancellation() async throws {
        let patience = Patience()
        let semaphore = KeyedSemaphore<String>(total: 1, sleep: patience.sleep)
        let turn = await HeldTurn(semaphore, at: "a")
        let second = Task {
            try await semaphore.withTurn(at: "b", patience: .seconds(60)) { Issue.record("it was cancelled") }
        }
        await patience.waiter()
        let third = Task { try await semaphore.withTurn(at: "a", patience: .seconds(60)) { true } }
        await patience.waiter()
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        try await turn.end()
        #expect(try await third.value)
    }

    @Test("a cancelled task has no turn, though there is room")
    func cancelledBefore() async throws {
        let semaphore = KeyedSemaphore<String>()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try await semaphore.withTurn(at: "a") { Issue.record("it was cancelled") }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a waiter whose time is over is told what it waited for and behind how many")
    func timeIsOver() async throws {
        let patience = Patience()
        let semaphore = KeyedSemaphore<String>(sleep: patience.sleep)
        let turn = await HeldTurn(semaphore, at: "a")
        let second = Task { try await semaphore.withTurn(at: "a", patience: .seconds(60)) { true } }
        await patience.waiter()
        let third = Task { try await semaphore.withTurn(at: "a", patience: .seconds(5)) { true } }
        await patience.waiter()
        patience.end(1)
        await #expect(throws: WaitError.timedOut(key: "a", waited: .seconds(5), ahead: 1)) { try await third.value }
        try await turn.end()
        // The one that stayed has its turn, and its time matters no more.
        #expect(try await second.value)
        patience.end(0)
        #expect(try await semaphore.withTurn(at: "a") { true })
    }

    @Test("without patience a turn is had at once or not at all")
    func noPatience() async throws {
        let semaphore = KeyedSemaphore<String>()
        let turn = await HeldTurn(semaphore, at: "a")
        for patience in [Duration.zero, .seconds(-1)] {
            await #expect(throws: WaitError.timedOut(key: "a", waited: .zero, ahead: 0)) {
                try await semaphore.withTurn(at: "a", patience: patience) { Issue.record("there is no room") }
            }
            #expect(try await semaphore.withTurn(at: "b", patience: patience) { true })
        }
        try await turn.end()
        #expect(try await semaphore.withTurn(at: "a", patience: .zero) { true })
    }

    @Test("no more wait than may, over all keys; a place that a waiter leaves can be had again")
    func queueLimit() async throws {
        let patience = Patience()
        let semaphore = KeyedSemaphore<String>(total: 1, queueLimit: 2, sleep: patience.sleep)
        let turn = await HeldTurn(semaphore, at: "a")
        var waiters: [Task<Bool, any Error>] = []
        for key in ["a", "b"] {
            waiters.append(Task { try await semaphore.withTurn(at: key, patience: .seconds(60)) { true } })
            await patience.waiter()
        }
        await #expect(throws: WaitError.queueFull(key: "c", limit: 2)) {
            try await semaphore.withTurn(at: "c") { Issue.record("the queue is full") }
        }
        waiters[0].cancel()
        await #expect(throws: CancellationError.self) { try await waiters[0].value }
        waiters[0] = Task { try await semaphore.withTurn(at: "c", patience: .seconds(60)) { true } }
        await patience.waiter()
        try await turn.end()
        for waiter in waiters { #expect(try await waiter.value) }
    }

    @Test("where the limit is nought nobody has a turn")
    func closed() async {
        let semaphore = KeyedSemaphore<String>(limit: 0, queueLimit: 0)
        await #expect(throws: WaitError.queueFull(key: "a", limit: 0)) {
            try await semaphore.withTurn(at: "a") { Issue.record("it is closed") }
        }
    }

    @Test("an error within a turn gives it back")
    func failure() async throws {
        struct Failure: Error {}
        let semaphore = KeyedSemaphore<String>(total: 1)
        await #expect(throws: Failure.self) { try await semaphore.withTurn(at: "a") { throw Failure() } }
        #expect(try await semaphore.withTurn(at: "a") { true })
    }

    @Test("of a thousand at once each has its turn, its cancellation or its timeout, and nobody is forgotten")
    func thousand() async throws {
        var random = SplitMix(seed: 4711)
        // Their time is over after some yields, that is at any moment of theirs.
        let semaphore = KeyedSemaphore<String>(limit: 2, total: 5) { patience in
            for _ in 0..<patience.components.seconds { await Task.yield() }
            try Task.checkCancellation()
        }
        let crowd = Crowd()
        let tasks = (0..<1000).map { number in
            let key = "bmc\(Int.random(in: 0..<9, using: &random))"
            let patience = Bool.random(using: &random) ? Duration.seconds(Int.random(in: 0..<400, using: &random)) : nil
            let length = Int.random(in: 0..<6, using: &random)
            return Task {
                try await semaphore.withTurn(at: key, patience: patience) {
                    crowd.enter(key, number)
                    for _ in 0..<length { await Task.yield() }
                    crowd.leave(key)
                }
            }
        }
        for task in tasks where Int.random(in: 0..<4, using: &random) == 0 {
            task.cancel()
            await Task.yield()
        }
        var served: [Int] = []
        for (number, task) in tasks.enumerated() {
            switch await task.result {
            case .success: served.append(number)
            case .failure(let error): #expect(error is CancellationError || error is WaitError)
            }
        }
        #expect(crowd.turns.sorted() == served)
        #expect(served.count > 100)
        #expect(crowd.most <= 5 && crowd.mostAtOneKey <= 2)
        // All turns were given back: the limits can be had in full.
        var turns: [HeldTurn] = []
        for key in ["bmc0", "bmc0", "bmc1", "bmc1", "bmc2"] { turns.append(await HeldTurn(semaphore, at: key)) }
        await #expect(throws: WaitError.timedOut(key: "bmc3", waited: .zero, ahead: 0)) {
            try await semaphore.withTurn(at: "bmc3", patience: .zero) {}
        }
        for turn in turns { try await turn.end() }
    }
}
