import Primitives
import Synchronization

/// Limits failed logins for each user and each source (`docs/reference/keystone.md` §6).
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

    /// Makes a limiter.
    ///
    /// - Parameter uptime: the seconds of a monotonic clock.
    package init(uptime: @escaping @Sendable () -> Double) { self.uptime = uptime }

    /// Whether the user has logged in from this source within a day.
    package func isFamiliar(user: String, source: String?) -> Bool {
        guard let source else { return true }
        let now = uptime()
        return state.withLock { $0.familiar[Self.pair(user, source)].map { $0 > now } ?? false }
    }

    /// What a login has been counted against, until its result is known.
    package struct Attempt: Sendable {
        fileprivate let user: String
        /// Nil where nothing is counted.
        fileprivate let source: String?
        /// Whether one of the user's attempts was taken, too.
        fileprivate let isUsers: Bool
    }

    /// Counts a login before its result is known, so that logins at the same time are all counted.
    ///
    /// - Parameters:
    ///   - user: a key that is the same however the user is named.
    ///   - source: the address that the login comes from, without port. Nil counts nothing.
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

    /// Takes the count back, for a login that succeeded or was not checked.
    ///
    /// - Parameter isSuccess: the user becomes familiar at this source.
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
