import CLibsystemd
import Primitives

/// What the service manager is told (sd_notify(3)); without one, every call does nothing.
package enum ServiceNotifier {
    /// Tells systemd that start-up is over.
    package static func ready(status: String) { send("READY=1\nSTATUS=\(line(status))") }

    /// What `systemctl status` shows.
    package static func status(_ status: String) { send("STATUS=\(line(status))") }

    /// Tells systemd that the daemon is ending.
    package static func stopping(status: String) { send("STOPPING=1\nSTATUS=\(line(status))") }

    /// Says that the daemon is alive; to be sent at half of `watchdogInterval`.
    package static func alive() { send("WATCHDOG=1") }

    /// After which silence the service manager kills us; nil if it does not watch.
    package static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    private static func send(_ state: String) { sd_notify(0, state) }

    /// A line break would begin another assignment.
    private static func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
