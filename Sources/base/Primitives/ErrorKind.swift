/// What a failure means to the caller. Controllers choose the status of an answer by it.
package enum ErrorKind: String, Sendable, Hashable, CaseIterable {
    /// The input cannot be used; the same input fails again.
    case invalid
    /// What was asked for does not exist.
    case missing
    /// Credentials are missing or not valid.
    case unauthenticated
    /// The credentials do not permit it.
    case forbidden
    /// The present state does not permit it: a name is taken, an action has ended.
    case conflict
    /// This caller has tried too often; the error says how long to wait.
    case tooMany
    /// More work at once than the daemon takes on; the same request succeeds later.
    case busy
    /// Something outside of the daemon did not answer, or not usably: a server, a machine, a file of a design.
    case unreachable
    /// Something outside of the daemon answers and will not do it: a BMC refuses the account, or lacks what is asked for.
    /// The same request fails until somebody mends that.
    case refused
    /// The daemon cannot do its own work now: its disk is full or read-only, its database is locked, or it is stopping.
    case unavailable
    /// The daemon's database is damaged, closed, or was used wrongly: another try does not help.
    case storage
    /// It went wrong in the daemon.
    case failed

    /// Whether the daemon's own state could not be read or written.
    package var concernsState: Bool { self == .unavailable || self == .storage }

    /// Whether it is nobody's mistake in a request: the daemon's state cannot be used, or something does not answer.
    package var passes: Bool { isWorthRetrying || self == .storage }

    /// Whether the same request can succeed at another try.
    package var isWorthRetrying: Bool {
        switch self {
        case .tooMany, .busy, .unreachable, .unavailable: true
        case .invalid, .missing, .unauthenticated, .forbidden, .conflict, .refused, .storage, .failed: false
        }
    }
}
