import Glibc
import Primitives
import Synchronization

/// The log of one try of a step, `LOGS/ACTION/STEP/TRY.log`.
package final class StepLog: Sendable {
    /// The path of the file.
    package let path: String
    private let file: Mutex<Int32>
    private let now: @Sendable () -> Timestamp

    /// Opens the file for appending, so that a step that is resumed goes on in the same log.
    ///
    /// Where the file cannot be opened nothing is written, since no deployment should fail for its log.
    package init(
        folder: String, action: String, step: String, tryNumber: Int, now: @escaping @Sendable () -> Timestamp
    ) {
        path = Self.path(folder: folder, action: action, step: step, tryNumber: tryNumber)
        try? FileContents.makeFolder("\(folder)/\(action)/\(step)")
        file = Mutex(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640))
        self.now = now
    }

    deinit { file.withLock { if $0 >= 0 { close($0) } } }

    /// The path of the log of a try.
    package static func path(folder: String, action: String, step: String, tryNumber: Int) -> String {
        "\(folder)/\(action)/\(step)/\(tryNumber).log"
    }

    /// Appends a line for each line of `text`, with time and severity. Secrets are masked, control characters escaped.
    package func write(_ text: String, _ severity: Severity = .info) {
        let moment = now().formatted(.iso)
        let level = severity.rawValue.uppercased()
        let lines = LogRedactor.redact(text).split(separator: "\n", omittingEmptySubsequences: false)
        let bytes = Array(
            lines.map { "[\(moment)] \(level) - \(ControlCharacters.escaped(String($0), keepsLines: true))\n" }
                .joined().utf8)
        file.withLock { file in
            if file >= 0 { _ = Glibc.write(file, bytes, bytes.count) }
        }
    }
}
