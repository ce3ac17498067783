import IPMI
import OrderedCollections
import Primitives

/// What the clock of a BMC shows, beside this host's: `docs/api.md` has its members.
struct BMCClock: Sendable, Hashable {
    /// Nil where the BMC has none, or does not know the time.
    var time: Timestamp?
    /// By how many seconds the BMC's clock is ahead of this host's; below zero where it is behind.
    var ahead: Double?

    /// A clock below this counts from where the BMC was started, says the format of timestamps of IPMI 2.0.
    private static let lowest: UInt32 = 0x2000_0000

    /// - Parameters:
    ///   - seconds: since 1970, as `GetEventLogTime` has them.
    ///   - before: this host's time at the question.
    ///   - after: this host's time at the answer.
    init(seconds: UInt32, asked before: Timestamp, answered after: Timestamp) {
        let isKnown = seconds != .max
        self.init(
            isKnown ? Timestamp(microseconds: 0).adding(seconds: Double(seconds)) : nil, asked: before, answered: after)
        if seconds < Self.lowest { time = nil }
    }

    init(_ time: Timestamp?, asked before: Timestamp, answered after: Timestamp) {
        guard let time else { return }
        self.time = time
        let middle = before.adding(seconds: after.seconds(since: before) / 2)
        ahead = (time.seconds(since: middle) * 10).rounded() / 10
    }

    var value: Value { ["time": Value(time?.formatted(.isoSeconds)), "seconds_ahead": Value(ahead)] }
}
