import Logging
import MessageCatalog
import Primitives
import Store

/// Records that the daemon runs and that it was told to stop, so that the next start knows whether it crashed, and keeps
/// the record of its clock.
actor DaemonLife {
    private let database: Database
    private let clock: DaemonClock
    private let logger: Logger
    private let endRepeatedWork: @Sendable () async throws -> Void
    private let pause: @Sendable () async throws -> Void
    private var beginning: Task<Void, Never>?

    /// - Parameters:
    ///   - endRepeatedWork: fails the work that was running at `UncleanEnds.limit` crashes in a row.
    ///   - pause: lasts a minute, between two records of the clock.
    init(
        database: Database, clock: DaemonClock, logger: Logger,
        endRepeatedWork: @escaping @Sendable () async throws -> Void,
        pause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(60)) }
    ) {
        self.database = database
        self.clock = clock
        self.logger = logger
        self.endRepeatedWork = endRepeatedWork
        self.pause = pause
    }

    /// Returns once the work that must not be resumed has failed; to be awaited before anything is resumed.
    func begin() async {
        if let beginning { return await beginning.value }
        let task = Task { await self.setAside() }
        beginning = task
        await task.value
    }

    private func setAside() async {
        do {
            guard try await database.write({ try UncleanEnds.begin($0) }) else { return }
            logger.notice(.uncleanEnd, "the daemon before this one ended without being asked to")
            try await endRepeatedWork()
        } catch {
            // A disk without room must not keep the daemon from what needs none.
            logger.error(
                .repetitionUnchecked,
                "work that was running when the daemon crashed could not be checked; it is resumed",
                metadata: ["error": "\(error.inWords)"])
        }
    }

    /// Returns at cancellation. However long the daemon lives, work that gets no further stays under suspicion: it may end
    /// the daemon late.
    func run() async throws {
        await begin()
        while true {
            await clock.keep()
            try await pause()
        }
    }

    /// Records that the daemon was told to stop.
    func stop() async {
        await clock.keep()
        do {
            try await database.write { try UncleanEnds.stop($0) }
        } catch {
            logger.error(
                .stopUnrecorded,
                "the stop could not be recorded; the next start takes it for a crash",
                metadata: ["error": "\(error.inWords)"])
        }
    }
}
