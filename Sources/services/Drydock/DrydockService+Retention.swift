import Logging
import Primitives
import Store

extension DrydockService {
    /// Why documents have to stay, in words: a task has not ended. Nil where none keeps them.
    package static func openTask(_ connection: Connection) throws -> String? { try TaskStore.openTask(connection) }

    /// Removes what nobody needs any more: unknown machines that have not been heard of for a day, old build data, and
    /// archives of boot data that have not been rendered for long.
    ///
    /// The archives of machines that are being installed stay, and so does what tells a node's devices apart. An archive
    /// that is asked for after all is rendered again.
    ///
    /// - Parameters:
    ///   - buildData: how many days records are kept.
    ///   - bootData: how many days archives are kept.
    package func prune(buildData: Double, bootData: Double) async throws {
        try await machineStore.removeAged()
        let records = try await buildDataStore.prune(
            collectedBefore: now().adding(seconds: -buildData * 86400), now: now())
        let archives = try await self.bootData.prune(writtenBefore: now().adding(seconds: -bootData * 86400))
        guard records.files + archives.files > 0 else { return }
        logger.info(
            "old files are removed",
            metadata: [
                "build_data": "\(records.files)", "boot_data": "\(archives.files)",
                "bytes": "\(records.bytes + archives.bytes)",
            ])
    }
}
