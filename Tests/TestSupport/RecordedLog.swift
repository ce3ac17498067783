import Logging
import MessageCatalog
import Synchronization

/// Keeps what is logged at every level, and prints nothing.
package final class RecordedLog: Sendable {
    package struct Event: Sendable {
        package let level: Logger.Level
        package let message: String
        /// Without the id of the entry.
        package let metadata: Logger.Metadata
        /// What the catalog says about it; nil where a library has logged.
        package let entry: CatalogEntry?

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
            var merged = metadata.merging(event.metadata ?? [:]) { $1 }
            let entry = merged.removeValue(forKey: CatalogEntry.field).flatMap { CatalogEntry(rawValue: "\($0)") }
            let event = Event(
                level: event.level, message: event.message.description, metadata: merged, entry: entry)
            log.recorded.withLock { $0.append(event) }
        }
    }
}
