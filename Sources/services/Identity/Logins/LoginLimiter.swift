import Primitives
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

    /// What an attempt has been counted against.
    package struct Attempt: Sendable {
        fileprivate let user: String
        /// Nil where nothing is counted.
        fileprivate let source: String?
        /// Whether one of the user's attempts was taken, too.
        fileprivate let isUsers: Bool
    }

    /// Counts an attempt before it is known how it ends, so that a thousand at once are a thousand.
    ///
    /// - Parameters:
    ///   - user: the same for a user however it is named.
    ///   - source: an address without port; nil for who is beyond suspicion.
    /// - Throws: `IdentityError` of kind `tooMany`.
    package func begin(user: String, source: String?) throws(IdentityError) -> Attempt {
        guard let source else { return Attempt(user: user, source: nil, isUsers: false) }
        let now = uptime()
        let (wait, isUsers): (Double?, Bool) = state.withLock { state in
            if let wait = state.sources.take(source, now: now) { return (wait, false) }
            if let until = state.familiar[Self.pair(user, source)], until > now { return (nil, false) }
            guard let wait = state.users.take(user, now: now) else { return (nil, true) }
            state.sources.giveBack(source, now: now)
            return (wait, false)
        }
        guard let wait else { return Attempt(user: user, source: source, isUsers: isUsers) }
        let seconds = Int(wait.rounded(.up))
        throw IdentityError(
            .tooMany, "Too many failed logins; try again in \(seconds) seconds.", retryAfter: seconds)
    }

    /// The attempt ended well, or without an answer: it is given back.
    package func end(_ attempt: Attempt, isSuccess: Bool) {
        guard let source = attempt.source else { return }
        let now = uptime()
        state.withLock { state in
            state.sources.giveBack(source, now: now)
            if attempt.isUsers { state.users.giveBack(attempt.user, now: now) }
            guard isSuccess else { return }
            if state.familiar.count >= Self.capacity {
                state.familiar = state.familiar.filter { $0.value > now }
                if state.familiar.count >= Self.capacity { state.familiar.removeAll() }
            }
            state.familiar[Self.pair(attempt.user, source)] = now + Self.familiarity
        }
    }

    private static func pair(_ user: String, _ source: String) -> String { "\(source)\n\(user)" }
}
