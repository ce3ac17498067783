import Synchronization

/// Limits how many requests are held until something happens.
///
/// Requests beyond that are answered at once, as if their time were up, so that waiting clients do not take all
/// connections.
package final class HeldRequests: Sendable {
    private struct State {
        var count = 0
        var askers: [String: Int] = [:]
    }

    private let held = Mutex(State())
    private let limit: Int
    private let limitForEach: Int

    /// Makes a limit.
    ///
    /// - Parameters:
    ///   - limit: how many requests are held in all.
    ///   - limitForEach: how many are held for one asker.
    package init(limit: Int, limitForEach: Int) {
        self.limit = limit
        self.limitForEach = limitForEach
    }

    /// For the clients of a controller, who share its places.
    static func forClients() -> HeldRequests { HeldRequests(limit: 64, limitForEach: 64) }

    /// Runs `body`, and tells it whether the request may be held.
    package func hold<Answer>(
        for asker: String, _ body: (_ isHeld: Bool) async throws -> Answer
    ) async rethrows -> Answer {
        let isHeld = held.withLock { held in
            guard held.count < limit, held.askers[asker, default: 0] < limitForEach else { return false }
            held.count += 1
            held.askers[asker, default: 0] += 1
            return true
        }
        defer { if isHeld { release(asker) } }
        return try await body(isHeld)
    }

    private func release(_ asker: String) {
        held.withLock { held in
            held.count -= 1
            held.askers[asker, default: 1] -= 1
            if held.askers[asker] == 0 { held.askers[asker] = nil }
        }
    }
}
