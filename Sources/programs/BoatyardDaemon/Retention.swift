import Audit
import Drydock
import Logging
import MessageCatalog
import Primitives
import Settings
import Shipyard

/// Removes old files at the start and once a day.
struct Retention: Sendable {
    let settings: @Sendable () async -> Settings.Retention
    let drydock: DrydockService
    let shipyard: ShipyardService
    let audit: AuditTrail
    let logger: Logger

    /// Returns at cancellation; what goes wrong is tried again on the next day.
    func run() async throws {
        while !Task.isCancelled {
            await removeAged()
            try? await Task.sleep(for: .seconds(86400))
        }
    }

    /// Removes what is old now.
    func removeAged() async {
        let settings = await settings()
        await attempt { try await audit.prune(olderThan: settings.audit) }
        await attempt { try await shipyard.pruneLogs(olderThan: settings.logs) }
        await attempt { try await drydock.prune(buildData: settings.buildData, bootData: settings.bootData) }
    }

    /// What cannot be removed of one kind does not keep what is of another.
    private func attempt(_ removal: () async throws -> Void) async {
        do { try await removal() } catch {
            guard !Task.isCancelled else { return }
            logger.warning(.oldFilesKept, "old files cannot be removed: \(error.inWords)")
        }
    }
}
