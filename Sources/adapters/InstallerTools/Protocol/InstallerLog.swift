import Glibc
import Primitives
import Synchronization

/// Lines on the console and in the journal, each with the seconds since the kernel began.
package final class InstallerLog: Sendable {
    private let secrets = Mutex<[String]>([])
    private let sink: @Sendable (String) -> Void

    /// - Parameter sink: gets each line, without its end.
    package init(_ sink: @escaping @Sendable (String) -> Void = InstallerLog.standardOutput) {
        self.sink = sink
    }

    /// From now on the text is written as `[secret]`.
    package func hide(_ secret: Secret<String>) {
        let text = secret.reveal()
        if !text.isEmpty { secrets.withLock { $0.append(text) } }
    }

    /// Writes a line, or several.
    package func write(_ text: String) {
        sink("[\(Self.uptime())] \(ControlCharacters.escaped(redacted(text), keepsLines: true))")
    }

    /// The text without the secrets in it.
    package func redacted(_ text: String) -> String {
        secrets.withLock { $0 }.reduce(text) { $0.replacing($1, with: "[secret]") }
    }

    private static func uptime() -> String {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        let tenths = time.tv_nsec / 100_000_000
        return "\(time.tv_sec).\(tenths)"
    }

    /// Standard output, which the unit leads to journal and console. A line that cannot be written is lost.
    package static let standardOutput: @Sendable (String) -> Void = { line in
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
