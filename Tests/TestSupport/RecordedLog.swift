import Logging
import Synchronization

/// Keeps what is logged at every level, and prints nothing.
package final class RecordedLog: Sendable {
    package struct Event: Sendable {
        package let level: Logger.Level
        package let message: String
        package let metadata: Logger.Metadata

        /// `info BMC command done bmc=… command=…`, the metadata by their keys.
        package var line: String {
            let fields = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return (["\(level)", message] + fields).joined(separator: " ")
        }
    }

    private let recorded = Mutex<[Event]>([])

    package init() {}

    /// In the order in which they were logged.
    package var events: [Event] { recorded.withLock { $0 } }

    package var lines: [String] { events.map(\.line) }

    package var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let merged = metadata.merging(event.metadata ?? [:]) { $1 }
            let event = Event(level: event.level, message: event.message.description, metadata: merged)
            log.recorded.withLock { $0.append(event) }
        }
    }
}
