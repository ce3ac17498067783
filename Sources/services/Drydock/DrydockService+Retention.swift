import Logging
import MessageCatalog
import Primitives
import Store

extension DrydockService {
    /// The task that has not ended, in words, as a reason not to delete documents; nil where there is none.
    package static func openTask(_ connection: Connection) throws -> String? { try TaskStore.openTask(connection) }

    /// When a task that has not ended was written last; nil where there is none.
    package static func newestOpenTask(_ connection: Connection) throws -> Timestamp? {
        try TaskStore.newestOpen(connection)
    }

    /// When a test of hardware that is under way, by an operator or a task, was begun last; nil where none is. It has a deadline.
    package static func newestOpenTest(_ connection: Connection) throws -> Timestamp? {
        try MachineStore.newestOpenTest(connection)
    }

    /// Removes old build data and consoles, and archives of boot data that were rendered long ago.
    ///
    /// The archives of machines that are being installed stay, and so does the newest inventory of each node, which
    /// names its devices. An archive that is asked for after all is rendered again.
    ///
    /// - Parameters:
    ///   - buildData: the age in days from which records and consoles are removed.
    ///   - bootData: the age in days from which archives are removed.
    /// - Throws: the first error; what cannot be removed of one kind does not keep what is of another.
    package func prune(buildData: Double, bootData: Double) async throws {
        var problem: (any Error)?
        func attempt<Result: Sendable>(_ removal: () async throws -> Result) async throws -> Result? {
            do { return try await removal() } catch {
                try Task.checkCancellation()
                problem = problem ?? error
                return nil
            }
        }
        let moment = now().adding(seconds: -buildData * 86400)
        _ = try await attempt { try await machineStore.removeAged() }
        _ = try await attempt { try await timelineStore.prune(before: moment) }
        _ = try await attempt {
            try await ConsoleFiles.onThread { [files = consoles.context.files] in files.prune(before: moment) }
        }
        let records = try await attempt { try await buildDataStore.prune(collectedBefore: moment, now: now()) }
        let archives = try await attempt {
            try await self.bootData.prune(writtenBefore: now().adding(seconds: -bootData * 86400))
        }
        tell(records ?? .init(), archives ?? .init())
        if let problem { throw problem }
    }

    private func tell(_ records: AgedFiles.Removal, _ archives: AgedFiles.Removal) {
        guard records.files + archives.files > 0 else { return }
        logger.info(
            .buildFilesRemoved,
            "old files are removed",
            metadata: [
                "build_data": "\(records.files)", "boot_data": "\(archives.files)",
                "bytes": "\(records.bytes + archives.bytes)",
            ])
    }
}
