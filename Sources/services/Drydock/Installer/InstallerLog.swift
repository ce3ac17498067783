import Logging
import MessageCatalog
import Primitives

/// What the log tells of machines that ask for a script or send an inventory. Anybody on their network can do that as often
/// as they like: beyond a number of lines a minute the log gets a count.
final class InstallerLog: Sendable {
    private let logger: Logger
    /// In lines a minute: from one address, which may be that of a relay with many machines behind it, and of all.
    private let events = RepeatedEvents(each: 120, all: 600)

    /// How many kinds the line about the others names.
    private static let named = 20

    init(logger: Logger) { self.logger = logger }

    /// - Parameters:
    ///   - entry: what the catalog says about it.
    ///   - kind: one of a few texts, never a part of a request.
    ///   - peer: the address that asks, without its port.
    func record(
        _ entry: CatalogEntry, _ kind: String, from peer: String, at level: Logger.Level = .info,
        message: String? = nil,
        metadata: Logger.Metadata
    ) {
        guard events.take("\(kind) from \(peer)") else { return }
        logger.log(level: level, entry, "\(message.map { LogRedactor.redact($0) } ?? kind)", metadata: metadata)
    }

    /// Tells once a minute what was only counted, until the task is cancelled, and then the rest.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(60))
            summarize()
        }
    }

    /// Tells what was only counted since the last time.
    func summarize() {
        guard let rest = events.drain(limit: Self.named) else { return }
        logger.notice(
            .machineRequestsCounted,
            "machines' requests that were repeated and not logged one by one: \(rest.text)",
            metadata: ["repeated": "\(rest.count)"])
    }
}
