import Primitives
import Synchronization

/// Wakes those who wait for something to change; what has changed they read from the database.
///
/// Nothing is lost between looking and waiting: a waiter names the state of the topic at which it looked.
final class EventHub: Sendable {
    enum Topic: Hashable, Sendable {
        case queue
        case task(String)
        case machine(ULID)
        case machines
        case bootActions
    }

    private struct Waiter {
        let identity: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// Counts every announcement; a topic's last announcement bears the count at that time.
        var count: UInt64 = 0
        var last: [Topic: UInt64] = [:]
        /// Announcements before this count have been forgotten.
        var floor: UInt64 = 0
        var waiters: [Topic: [Waiter]] = [:]
        var nextIdentity: UInt64 = 0
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    func announce(_ topic: Topic) {
        let waiters = state.withLock { state in
            state.count += 1
            state.last[topic] = state.count
            if state.last.count > 10_000 {
                state.last.removeAll()
                state.floor = state.count
            }
            return state.waiters.removeValue(forKey: topic) ?? []
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    /// The first value that `look` finds, or nil at `deadline`: looks now and after every announcement of `topic`.
    ///
    /// - Throws: what `look` throws, and `CancellationError`.
    func first<T: Sendable>(
        of topic: Topic, until deadline: Timestamp, _ look: @Sendable () async throws -> T?
    ) async throws -> T? {
        while true {
            let seen = state.withLock { $0.count }
            if let value = try await look() { return value }
            let left = deadline.seconds(since: now())
            guard left > 0 else { return nil }
            try await wait(for: topic, after: seen, atMost: left)
        }
    }

    /// Returns at the first announcement of `topic` after the count `seen`, or when `seconds` have passed.
    private func wait(for topic: Topic, after seen: UInt64, atMost seconds: Double) async throws {
        try Task.checkCancellation()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.announcement(of: topic, after: seen) }
            group.addTask { try await Task.sleep(for: .seconds(min(seconds, 86400))) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    private func announcement(of topic: Topic, after seen: UInt64) async {
        let identity = state.withLock { state in
            state.nextIdentity += 1
            return state.nextIdentity
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled || state.last[topic] ?? state.floor > seen { return true }
                    state.waiters[topic, default: []].append(Waiter(identity: identity, continuation: continuation))
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let place = state.waiters[topic]?.firstIndex(where: { $0.identity == identity }) else {
                    return nil
                }
                let waiter = state.waiters[topic]?.remove(at: place)
                if state.waiters[topic]?.isEmpty == true { state.waiters[topic] = nil }
                return waiter
            }
            waiter?.continuation.resume()
        }
    }
}
