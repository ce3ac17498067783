import Primitives
import Synchronization

/// Says once a minute that unknown machines are to be looked through for those that are silent.
final class AgingTimer: Sendable {
    /// In seconds.
    static let interval = 60.0

    private let last = Mutex<Timestamp?>(nil)

    /// Whether the last time is a minute ago, or in the future by a clock that was set back; `time` is the last time then.
    func isDue(at time: Timestamp) -> Bool {
        last.withLock { last in
            if let last, abs(time.seconds(since: last)) < Self.interval { return false }
            last = time
            return true
        }
    }
}
