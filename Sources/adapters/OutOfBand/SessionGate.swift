/// Lets one session at a time to each BMC, and a limited number in all, in the order in which they were asked for.
///
/// Many BMCs have but four sessions, and some mix up two that are opened at once.
actor SessionGate {
    private struct Waiter {
        let identifier: Int
        let key: String
        let continuation: CheckedContinuation<Void, any Error>
    }

    private var free: Int
    private var busy: Set<String> = []
    private var waiters: [Waiter] = []
    private var lastIdentifier = 0

    init(limit: Int) { free = max(1, limit) }

    /// Runs `body` when it is the key's turn and there is room; what waits can be cancelled.
    nonisolated func withTurn<Result: Sendable>(
        _ key: String, _ body: () async throws -> Result
    ) async throws -> Result {
        try await enter(key)
        do {
            let result = try await body()
            await leave(key)
            return result
        } catch {
            await leave(key)
            throw error
        }
    }

    private func enter(_ key: String) async throws {
        try Task.checkCancellation()
        if free > 0, busy.insert(key).inserted {
            free -= 1
            return
        }
        lastIdentifier += 1
        let identifier = lastIdentifier
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                waiters.append(Waiter(identifier: identifier, key: key, continuation: continuation))
            }
        } onCancel: {
            Task { await self.giveUp(identifier) }
        }
    }

    private func giveUp(_ identifier: Int) {
        guard let index = waiters.firstIndex(where: { $0.identifier == identifier }) else { return }
        waiters.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func leave(_ key: String) {
        busy.remove(key)
        free += 1
        while free > 0, let index = waiters.firstIndex(where: { !busy.contains($0.key) }) {
            let next = waiters.remove(at: index)
            busy.insert(next.key)
            free -= 1
            next.continuation.resume()
        }
    }
}
