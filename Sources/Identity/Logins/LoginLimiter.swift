import Synchronization

/// Slows guessing down, for each user and for each source, by a clock that nobody sets.
package final class LoginLimiter: Sendable {
    private struct State {
        var users = AttemptTable(burst: 10, interval: 30)
        var sources = AttemptTable(burst: 30, interval: 5)
        /// Users and where they came in from: guessing elsewhere does not lock these out.
        var familiar: [String: Double] = [:]
    }

    private let state = Mutex(State())
    private let uptime: @Sendable () -> Double
    private static let familiarity = 86400.0
    private static let capacity = 4096

    package init(uptime: @escaping @Sendable () -> Double) { self.uptime = uptime }

    /// Whether the user logged in from there within a day.
    package func isFamiliar(user: String, source: String?) -> Bool {
        guard let source else { return true }
        let now = uptime()
        return state.withLock { $0.familiar[Self.pair(user, source)].map { $0 > now } ?? false }
    }

    /// Counts an attempt before it is known how it ends, so that a thousand at once are a thousand.
    ///
    /// - Parameter source: an address without port; nil for who is beyond suspicion.
    /// - Throws: `IdentityError` of kind `tooManyAttempts`.
    package func begin(user: String, source: String?) throws(IdentityError) {
        guard let source else { return }
        let now = uptime()
        let wait: Double? = state.withLock { state in
            if let wait = state.sources.take(source, now: now) { return wait }
            if let until = state.familiar[Self.pair(user, source)], until > now { return nil }
            guard let wait = state.users.take(user, now: now) else { return nil }
            state.sources.giveBack(source, now: now)
            return wait
        }
        guard let wait else { return }
        let seconds = Int(wait.rounded(.up))
        throw IdentityError(
            .tooManyAttempts(seconds), "Too many failed logins; try again in \(seconds) seconds.")
    }

    /// The attempt ended well, or without an answer.
    package func end(user: String, source: String?, isSuccess: Bool) {
        guard let source else { return }
        let now = uptime()
        state.withLock { state in
            state.sources.giveBack(source, now: now)
            state.users.giveBack(user, now: now)
            guard isSuccess else { return }
            if state.familiar.count >= Self.capacity {
                state.familiar = state.familiar.filter { $0.value > now }
                if state.familiar.count >= Self.capacity { state.familiar.removeAll() }
            }
            state.familiar[Self.pair(user, source)] = now + Self.familiarity
        }
    }

    private static func pair(_ user: String, _ source: String) -> String { "\(source)\n\(user)" }
}
