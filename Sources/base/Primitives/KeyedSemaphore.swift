import Synchronization

/// Limits how many tasks run at a time, for each key and in all.
///
/// A task that finds no free turn waits. Tasks that wait for one key get their turns in the order in which they asked.
/// A task whose key is busy does not hold up tasks behind it that wait for another key. A wait ends with a turn, by
/// cancellation, or after the time that the caller gives.
package final class KeyedSemaphore<Key: Hashable & Sendable>: Sendable {
    /// Returns after that long, or throws `CancellationError`.
    package typealias Sleep = @Sendable (Duration) async throws -> Void

    /// Why a task got no turn.
    package enum WaitError: Error, Sendable, Hashable, CustomStringConvertible {
        /// `waited` has passed, and `ahead` others wait for the same key still.
        case timedOut(key: Key, waited: Duration, ahead: Int)
        /// As many wait as may: `limit`.
        case queueFull(key: Key, limit: Int)

        package var description: String {
            switch self {
            case .timedOut(_, let waited, let ahead):
                "there was no turn within \(waited.components.seconds) s; \(ahead) others wait before this"
            case .queueFull(_, let limit): "\(limit) wait for a turn already, as many as may"
            }
        }
    }

    private struct Waiter {
        let identity: UInt64
        let key: Key
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var taken = 0
        /// Keys without turns have no entry.
        var takenAt: [Key: Int] = [:]
        /// In the order in which they asked. Whenever the lock is free there is room for none of them.
        var waiters: [Waiter] = []
        var lastIdentity: UInt64 = 0
    }

    private let limit: Int
    private let total: Int
    private let queueLimit: Int
    private let sleep: Sleep
    private let state = Mutex(State())

    /// Makes a semaphore.
    ///
    /// - Parameters:
    ///   - limit: turns at a time for each key; 0 permits none.
    ///   - total: turns at a time over all keys.
    ///   - queueLimit: how many tasks may wait, over all keys.
    ///   - sleep: waits for the time that callers give; tests bring their own.
    package init(
        limit: Int = 1, total: Int = .max, queueLimit: Int = .max,
        sleep: @escaping Sleep = { try await Task.sleep(for: $0) }
    ) {
        self.limit = limit
        self.total = total
        self.queueLimit = queueLimit
        self.sleep = sleep
    }

    /// Runs `body` in a turn at `key`. The turn ends with it.
    ///
    /// - Parameter patience: how long to wait for the turn, which itself may take any time; nil waits without an end.
    /// - Throws: `WaitError`; `CancellationError` where the task is cancelled before it has its turn; what `body`
    ///   throws.
    package func withTurn<Result: Sendable>(
        at key: Key, patience: Duration? = nil, _ body: () async throws -> Result
    ) async throws -> Result {
        try await enter(key, patience)
        defer { leave(key) }
        return try await body()
    }

    private func enter(_ key: Key, _ patience: Duration?) async throws {
        try Task.checkCancellation()
        let identity = state.withLock { state -> UInt64? in
            if take(key, &state) { return nil }
            state.lastIdentity += 1
            return state.lastIdentity
        }
        guard let identity else { return }
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A cancellation before this found nobody to end.
                let waiter = Waiter(identity: identity, key: key, continuation: continuation)
                switch state.withLock({ self.join(waiter, patience, &$0) }) {
                case .success(true): continuation.resume()
                case .success(false): timer = patience.map { self.timer(for: identity, $0) }
                case .failure(let error): continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            giveUp(identity) { _, _ in CancellationError() }
        }
    }

    /// - Returns: whether it has its turn; else it waits.
    private func join(
        _ waiter: Waiter, _ patience: Duration?, _ state: inout State
    ) -> Swift.Result<Bool, any Error> {
        if Task.isCancelled { return .failure(CancellationError()) }
        if take(waiter.key, &state) { return .success(true) }
        guard state.waiters.count < queueLimit else {
            return .failure(WaitError.queueFull(key: waiter.key, limit: queueLimit))
        }
        if let patience, patience <= .zero {
            let ahead = state.waiters.count { $0.key == waiter.key }
            return .failure(WaitError.timedOut(key: waiter.key, waited: .zero, ahead: ahead))
        }
        state.waiters.append(waiter)
        return .success(false)
    }

    private func timer(for identity: UInt64, _ patience: Duration) -> Task<Void, Never> {
        Task { [weak self, sleep] in
            do { try await sleep(patience) } catch { return }
            self?.giveUp(identity) { WaitError.timedOut(key: $0, waited: patience, ahead: $1) }
        }
    }

    /// Ends the waiting of `identity`, if it waits.
    ///
    /// - Parameter error: made of its key and the number of those who wait for the same before it.
    private func giveUp(_ identity: UInt64, _ error: (Key, Int) -> any Error) {
        let found = state.withLock { state -> (waiter: Waiter, ahead: Int)? in
            guard let place = state.waiters.firstIndex(where: { $0.identity == identity }) else { return nil }
            let waiter = state.waiters.remove(at: place)
            return (waiter, state.waiters[..<place].count { $0.key == waiter.key })
        }
        guard let found else { return }
        found.waiter.continuation.resume(throwing: error(found.waiter.key, found.ahead))
    }

    private func take(_ key: Key, _ state: inout State) -> Bool {
        let taken = state.takenAt[key] ?? 0
        guard taken < limit, state.taken < total else { return false }
        state.takenAt[key] = taken + 1
        state.taken += 1
        return true
    }

    /// Gives the turn back, and to the first who can use it.
    private func leave(_ key: Key) {
        let next = state.withLock { state -> Waiter? in
            state.taken -= 1
            let left = (state.takenAt[key] ?? 1) - 1
            state.takenAt[key] = left == 0 ? nil : left
            for place in state.waiters.indices where take(state.waiters[place].key, &state) {
                return state.waiters.remove(at: place)
            }
            return nil
        }
        next?.continuation.resume()
    }
}
