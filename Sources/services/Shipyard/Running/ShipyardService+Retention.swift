import Logging
import MessageCatalog
import Primitives

extension ShipyardService {
    /// Removes the step logs that were last written more than `days` ago, except those of actions that have not ended.
    ///
    /// - Throws: `StoreError`.
    package func pruneLogs(olderThan days: Double) async throws {
        let open = Set(try await actions.openNames().map(\.id))
        let moment = dependencies.now().adding(seconds: -days * 86400)
        let removal = AgedFiles.remove(below: dependencies.logFolder, writtenBefore: moment) { open.contains($0) }
        guard removal.files > 0 else { return }
        dependencies.logger.info(
            .stepLogsRemoved,
            "old step logs are removed", metadata: ["files": "\(removal.files)", "bytes": "\(removal.bytes)"])
    }
}
