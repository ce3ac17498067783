import Glibc
import Logging
import MessageCatalog
import Primitives
import Synchronization

/// Where log records are written.
package enum LogDestination: Hashable, Sendable {
    /// The journal, with fields of our own.
    case journal
    /// One line each on standard error.
    case standardError
    /// One line each to a file descriptor, which stays open for as long as something is logged.
    case file(CInt)

    /// The journal, where standard error is connected to it (`JOURNAL_STREAM`, systemd.exec(5)), or where a service
    /// manager has started the process on a host with a journal; else standard error.
    package static func detect() -> LogDestination {
        if let stream = environment("JOURNAL_STREAM") {
            var status = stat()
            return fstat(2, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)" ? .journal : .standardError
        }
        guard environment("INVOCATION_ID") != nil, isatty(2) == 0 else { return .standardError }
        return access("/run/systemd/journal/socket", W_OK) == 0 ? .journal : .standardError
    }
}

/// The least level that is written, which may change while the program runs.
package final class LogThreshold: Sendable {
    private let current: Mutex<Logger.Level>

    package init(_ level: Logger.Level) { current = Mutex(level) }

    package var level: Logger.Level {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// The back end of swift-log.
package struct SystemLog: LogHandler {
    /// The least level that is written: that of the program, where this logger was given none of its own.
    package var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }
    private var ownLevel: Logger.Level?
    private let threshold: LogThreshold
    /// Fields of every record of this logger.
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let identifier: String
    private let destination: LogDestination

    /// Makes a back end.
    ///
    /// - Parameter identifier: the name of the program in the journal.
    package init(
        identifier: String, destination: LogDestination, threshold: LogThreshold = LogThreshold(.info)
    ) {
        self.identifier = identifier
        self.destination = destination
        self.threshold = threshold
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// To the journal where there is one, else to standard error.
    package func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        if let error = event.error { fields["error"] = "\(error.inWords)" }
        let message = "\(event.message)"
        let entry = fields.removeValue(forKey: CatalogEntry.field)
        if destination == .journal {
            let record = JournalEntry(
                message: message, id: "\(entry ?? "\(CatalogEntry.ofLibrary.rawValue)")", level: event.level,
                identifier: identifier, metadata: fields)
            if record.send() { return }
        }
        write(LogLine.format(message, level: event.level, metadata: fields, at: .now()))
    }

    /// One `write`, so that lines of several threads do not mix.
    private func write(_ line: String) {
        let descriptor = if case .file(let descriptor) = destination { descriptor } else { STDERR_FILENO }
        let bytes = Array((line + "\n").utf8)
        var offset = 0
        while offset < bytes.count {
            let written = bytes[offset...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written < 0 {
                guard errno == EINTR else { return }
            } else {
                offset += written
            }
        }
    }
}
