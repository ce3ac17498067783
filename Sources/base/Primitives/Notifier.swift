import Synchronization

/// Wakes the tasks that wait for a topic. It carries no data: a woken task reads the new state from where it is stored.
///
/// Nothing is lost between looking and waiting: a waiter names the count at which it looked.
package final class Notifier<Topic: Hashable & Sendable>: Sendable {
    private struct Waiter {
        let identity: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// Counts every notification; for each topic the count at its last one.
        var count: UInt64 = 0
        var last: [Topic: UInt64] = [:]
        /// Notifications before this count have been forgotten.
        var forgottenBefore: UInt64 = 0
        var waiters: [Topic: [Waiter]] = [:]
        var nextIdentity: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How many notifications there were, for any topic.
    package var count: UInt64 { state.withLock { $0.count } }

    /// Wakes every task that waits for `topic`.
    package func notify(_ topic: Topic) {
        let waiters = state.withLock { state in
            state.count += 1
            state.last[topic] = state.count
            if state.last.count > 10_000 {
                state.last.removeAll()
                state.forgottenBefore = state.count
            }
            return state.waiters.removeValue(forKey: topic) ?? []
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    /// Returns once `topic` was notified after the count `seen`, and at cancellation.
    package func wait(for topic: Topic, after seen: UInt64) async {
        let identity = state.withLock { state in
            state.nextIdentity += 1
            return state.nextIdentity
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled || state.last[topic] ?? state.forgottenBefore > seen { return true }
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

    /// As `wait(for:after:)`, but no longer than `seconds`, of which more than a day are a day.
    ///
    /// - Throws: `CancellationError`.
    package func wait(for topic: Topic, after seen: UInt64, atMost seconds: Double) async throws {
        try Task.checkCancellation()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(for: topic, after: seen) }
            group.addTask { try await Task.sleep(for: .seconds(min(max(seconds, 0), 86400))) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    /// The first value that `look` finds, or nil once no time is left: looks now and whenever `topic` is notified.
    ///
    /// - Parameter left: how many seconds may still be waited.
    /// - Throws: what `look` throws, and `CancellationError`.
    package func first<T: Sendable>(
        of topic: Topic, left: @Sendable () -> Double, _ look: @Sendable () async throws -> T?
    ) async throws -> T? {
        while true {
            let seen = count
            if let value = try await look() { return value }
            let left = left()
            guard left > 0 else { return nil }
            try await wait(for: topic, after: seen, atMost: left)
        }
    }

    /// As `first(of:left:)`, within so many seconds from now on.
    package func first<T: Sendable>(
        of topic: Topic, within seconds: Double, _ look: @Sendable () async throws -> T?
    ) async throws -> T? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        return try await first(
            of: topic,
            left: {
                let left = (deadline - .now).components
                return Double(left.seconds) + Double(left.attoseconds) / 1e18
            }, look)
    }
}

/// The topic of a notifier, or the key of a semaphore, that has but one.
package enum Anything: Hashable, Sendable { case anything }

extension Notifier<Anything> {
    /// Wakes every task that waits.
    package func notify() { notify(.anything) }

    /// As `wait(for:after:)`, for the only topic.
    package func wait(after seen: UInt64) async { await wait(for: .anything, after: seen) }
}
