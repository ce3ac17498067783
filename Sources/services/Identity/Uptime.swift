import Glibc

/// A monotonic clock, which nobody can set.
package enum Uptime {
    /// The seconds since the host was started, including the time in which it was suspended.
    package static let seconds: @Sendable () -> Double = {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
