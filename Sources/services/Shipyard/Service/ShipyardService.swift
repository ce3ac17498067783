import Deckhand
import Logging
import MessageCatalog
import Primitives
import Store
import Workflow

/// Staging of documents, and actions on the site (`docs/reference/shipyard.md`).
///
/// Every method belongs to a route of the controller, and throws `ShipyardError` for what that route refuses.
package final class ShipyardService: Sendable {
    let dependencies: ShipyardDependencies
    let actions: ActionStore
    let notes: NoteStore
    let events: EventLog
    let environment: StepEnvironment
    let lock: CollectionLock
    let runners: RunnerRegistry

    package init(_ dependencies: ShipyardDependencies) {
        self.dependencies = dependencies
        events = dependencies.events ?? EventLog(database: dependencies.database)
        actions = ActionStore(log: events, unreadable: UnreadableRows(dependencies.logger))
        notes = NoteStore(log: events)
        lock = CollectionLock(now: dependencies.now)
        environment = StepEnvironment(
            documents: dependencies.documents, provisioner: dependencies.provisioner, armada: dependencies.armada,
            promenade: dependencies.promenade, deckhandEndpoint: dependencies.deckhandEndpoint, notes: notes,
            actions: actions, deploysGroupsConcurrently: dependencies.deploysGroupsConcurrently,
            deploymentPause: dependencies.deploymentPause, now: dependencies.now)
        runners = RunnerRegistry(
            operations: dependencies.operations, environment: environment, logFolder: dependencies.logFolder,
            logger: dependencies.logger)
    }

    /// Resumes every action that has not ended. When it is cancelled it lets go of running actions, which the next
    /// start resumes, and returns.
    package func run() async throws {
        await terminateLeftovers()
        for (id, name) in try await actions.openNames() {
            do {
                guard let action = try await actions.action(id) else { continue }
                dependencies.logger.notice(.actionResumed, "resuming action \(id) (\(name))")
                try await runners.obtain(action)?.receive(.resumed)
            } catch {
                // One action that cannot be read must not keep the others from going on.
                dependencies.logger.error(
                    .actionNotResumed, "action \(id) (\(name)) cannot be resumed: \(error.inWords)")
            }
        }
        try? await Task.sleep(for: .seconds(Int64(Int32.max)))
        await runners.shutDown()
    }

    /// Ends the tasks of actions whose stop was written down, but not carried out any more.
    func terminateLeftovers() async {
        func complain(_ error: any Error) {
            dependencies.logger.error(
                .tasksNotTerminated, "tasks of stopped actions cannot be terminated: \(error.inWords)")
        }
        do {
            for action in try await actions.lastStopped() {
                do {
                    try await dependencies.provisioner.terminateTasks(
                        keyPrefix: action + "/", reason: "The action \(action) was stopped.")
                } catch { complain(error) }
            }
        } catch { complain(error) }
    }

    /// The action that has not ended, in words, as a reason not to delete documents; nil where there is none.
    package static func openAction(_ connection: Connection) throws -> String? {
        try ActionStore.openAction(connection)
    }

    /// When the newest action that has not ended was created; nil where there is none.
    package static func newestOpenAction(_ connection: Connection) throws -> Timestamp? {
        try ActionStore.newestOpen(connection)
    }

    /// Waits until the action has ended. Returns at once for an unknown action.
    package func waitUntilFinished(_ id: String) async { await runners.runner(id)?.waitUntilFinished() }

    /// The newest committed revision, however it was committed; nil where there is none.
    package func committedRevision() async throws -> Int? { try await roles().committed }

    /// Calls `notify` at every event, which every commit is, until it is cancelled.
    package func followEvents(_ notify: @Sendable () -> Void) async {
        while !Task.isCancelled {
            let seen = events.notifier.count
            notify()
            await events.notifier.wait(after: seen)
        }
    }

    /// Reads a few revisions, however many there are.
    func roles() async throws -> RevisionRoles {
        do {
            return RevisionRoles(
                try await dependencies.documents.newestRevisions(tagged: RevisionRoles.tags, each: 2))
        } catch {
            throw ShipyardError(
                .deckhandFailed, "Unable to retrieve revisions",
                "Deckhand has responded unexpectedly: 500:\(error.inWords)",
                cause: error)
        }
    }
}

/// The runners of all actions that have not ended.
actor RunnerRegistry {
    private let operations: [String: StepOperation]
    private let environment: StepEnvironment
    private let logFolder: String
    private let logger: Logger
    private var runners: [String: ActionRunner] = [:]
    private var isShuttingDown = false

    init(operations: [String: StepOperation], environment: StepEnvironment, logFolder: String, logger: Logger) {
        self.operations = operations
        self.environment = environment
        self.logFolder = logFolder
        self.logger = logger
    }

    func runner(_ id: String) -> ActionRunner? { runners[id] }

    /// The action's runner, a new one if need be; nil while the program is ending.
    func obtain(_ action: SiteAction) -> ActionRunner? {
        if let runner = runners[action.id] { return runner }
        guard !isShuttingDown else { return nil }
        let runner = ActionRunner(
            action, operations: operations, environment: environment, logFolder: logFolder, logger: logger
        ) { [weak self] runner in
            await self?.release(runner, of: action.id)
        }
        runners[action.id] = runner
        return runner
    }

    /// Forgets a runner that has ended; the action may have another by now.
    func release(_ runner: ActionRunner, of id: String) {
        if runners[id] === runner { runners[id] = nil }
    }

    func shutDown() async {
        isShuttingDown = true
        for runner in runners.values { await runner.shutDown() }
    }
}
