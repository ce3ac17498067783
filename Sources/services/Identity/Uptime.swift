import Glibc

/// A clock that nobody sets.
package enum Uptime {
    /// Since the start of the machine, suspension included.
    package static let seconds: @Sendable () -> Double = {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
