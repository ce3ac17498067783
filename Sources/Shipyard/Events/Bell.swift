import Synchronization

/// Wakes those who wait for something to happen; what has happened they read from the database.
///
/// Nothing is lost between looking and waiting: a waiter names the count at which it looked.
final class Bell: Sendable {
    private struct State {
        var count: UInt64 = 0
        var nextIdentity: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// How often it has rung.
    var count: UInt64 { state.withLock { $0.count } }

    func ring() {
        let waiters = state.withLock { state in
            state.count += 1
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Returns once it has rung more than `seen` times, and at cancellation.
    func wait(after seen: UInt64) async {
        let identity = state.withLock { state in
            state.nextIdentity += 1
            return state.nextIdentity
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled || state.count > seen { return true }
                    state.waiters[identity] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: identity) }?.resume()
        }
    }

    /// The first value that `look` finds, or nil after `seconds`: looks now and whenever it rings.
    ///
    /// - Throws: what `look` throws, and `CancellationError`.
    func first<T: Sendable>(
        within seconds: Double, _ look: @escaping @Sendable () async throws -> T?
    ) async throws -> T? {
        if let value = try await look() { return value }
        guard seconds > 0 else { return nil }
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { [self] in
                while true {
                    let seen = count
                    if let value = try await look() { return value }
                    await wait(after: seen)
                    try Task.checkCancellation()
                }
            }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
