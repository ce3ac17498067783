import CLibsystemd
import Primitives

/// Notifies the service manager (sd_notify(3)). Without one every call does nothing.
package enum ServiceNotifier {
    /// Notifies that the start has ended.
    package static func ready(status: String) { send("READY=1\nSTATUS=\(line(status))") }

    /// Sets what `systemctl status` shows.
    package static func status(_ status: String) { send("STATUS=\(line(status))") }

    /// Notifies that the daemon is stopping.
    package static func stopping(status: String) { send("STOPPING=1\nSTATUS=\(line(status))") }

    /// Notifies that the daemon is alive. It has to be called at half of `watchdogInterval`.
    package static func alive() { send("WATCHDOG=1") }

    /// The time without a notification after which the service manager kills the daemon; nil where it does not watch
    /// it.
    package static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    private static func send(_ state: String) { sd_notify(0, state) }

    /// A line break would begin another assignment.
    private static func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
