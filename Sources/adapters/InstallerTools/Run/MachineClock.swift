import CLinux
import Glibc
import Primitives

/// The clock of this machine, which may have stood still for years, or go by local time.
package enum MachineClock {
    /// In seconds: what a clock may be off. Signatures of packages and certificates bear more.
    private static let tolerance = 60

    /// How many seconds a clock is ahead.
    ///
    /// - Parameter date: what the daemon said with its answer.
    /// - Returns: nil where it is not known what is right.
    static func offset(of now: Timestamp, from date: String?) -> Int? {
        date.flatMap(HTTPDate.time).map { Int((now.microseconds - $0.microseconds) / 1_000_000) }
    }

    /// How many seconds a clock is to be moved.
    ///
    /// - Parameter date: what the daemon said with its answer.
    /// - Returns: nil where the clock is right, and where it is not known what is right.
    package static func correction(from now: Timestamp, to date: String?) -> Int? {
        guard let offset = offset(of: now, from: date), abs(offset) > tolerance else { return nil }
        return -offset
    }

    /// Sets this machine's clock, and the one that runs while it is off, by what the daemon said.
    ///
    /// A clock that cannot be set stops no installation: the log has it.
    static func set(by date: String?, log: InstallerLog) {
        guard let seconds = correction(from: .now(), to: date), let date, let time = HTTPDate.time(date) else { return }
        let text = "the clock of this machine was \(abs(seconds)) s \(seconds > 0 ? "behind" : "ahead")"
        var set = timespec()
        set.tv_sec = Int(time.microseconds / 1_000_000)
        guard clock_settime(CLOCK_REALTIME, &set) == 0 else {
            return log.write("warning: \(text), and cannot be set: \(systemErrorText())")
        }
        log.write("\(text): it is set to \(date)")
        var parts = tm()
        gmtime_r(&set.tv_sec, &parts)
        let clock = open("/dev/rtc0", O_RDONLY | O_CLOEXEC)
        guard clock >= 0 else { return log.write("warning: there is no hardware clock: \(systemErrorText())") }
        defer { close(clock) }
        if clinux_set_hardware_clock(clock, &parts) != 0 {
            log.write("warning: the hardware clock cannot be set: \(systemErrorText())")
        }
    }
}
