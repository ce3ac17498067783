import Drydock
import Logging
import Shipyard
import Store

/// From a start to its end: sees to it that what the daemon dies of is not resumed for ever.
actor DaemonLife {
    private let database: Database
    private let drydock: DrydockService
    private let shipyard: ShipyardService
    private let clock: DaemonClock
    private let logger: Logger
    private var beginning: Task<Void, Never>?

    /// How long the daemon has to live with what it resumed until that is no suspect any more. A daemon that dies of its
    /// work does so at once.
    static let trial = Duration.seconds(60)

    init(
        database: Database, drydock: DrydockService, shipyard: ShipyardService, clock: DaemonClock, logger: Logger
    ) {
        self.database = database
        self.clock = clock
        self.drydock = drydock
        self.shipyard = shipyard
        self.logger = logger
    }

    /// Returns once what must not be resumed has failed; for everybody who is about to resume something.
    func begin() async {
        if let beginning { return await beginning.value }
        let task = Task { await self.setAside() }
        beginning = task
        await task.value
    }

    private func setAside() async {
        do {
            guard try await database.write({ try UncleanEnds.begin($0) }) else { return }
            logger.notice("the daemon before this one ended without being asked to")
            try await drydock.endRepeatedTasks()
            try await shipyard.endRepeatedSteps()
        } catch {
            // A disk without room must not keep the daemon from what needs none.
            logger.error("what the daemon ended at could not be told", metadata: ["error": "\(error)"])
        }
    }

    /// Returns at cancellation.
    func run() async throws {
        await begin()
        await clock.keep()
        try await Task.sleep(for: Self.trial)
        try? await database.write { try UncleanEnds.forget($0) }
        while true {
            await clock.keep()
            try await Task.sleep(for: .seconds(60))
        }
    }

    /// The daemon was told to stop, however it ends then.
    func stop() async {
        await clock.keep()
        do {
            try await database.write { try UncleanEnds.stop($0) }
        } catch {
            logger.error("that the daemon was told to stop could not be written down", metadata: ["error": "\(error)"])
        }
    }
}
