import Logging
import OutOfBand
import Primitives
import SiteDesign
import Store
import Synchronization

/// Carries out tasks: one top-level task at a time, oldest first (`docs/reference/drydock.md` §10 and §11).
///
/// A task that was running when the daemon ended is run again from its root: children that have ended keep their
/// results, the others go on from what the database says of their machines.
final class Orchestrator: Sendable {
    let tasks: TaskStore
    let machines: MachineStore
    let deployments: DeploymentStore
    let buildData: BuildDataStore
    let bootData: BootDataService
    let designs: DesignLibrary
    let outOfBand: any OutOfBandDrivers
    let configuration: DrydockConfiguration
    let notifier: Notifier<DrydockTopic>
    let logger: Logger
    let now: @Sendable () -> Timestamp
    /// What is being carried out.
    let present = Mutex<(id: String, work: Task<DrydockTask, any Error>)?>(nil)
    private let beginning: Mutex<Timestamp>
    /// When this process began to carry out tasks. Between tasks the clock may be set back to before that: then, when that
    /// was noticed.
    var started: Timestamp {
        let now = now()
        return beginning.withLock { beginning in
            beginning = min(beginning, now)
            return beginning
        }
    }

    init(
        tasks: TaskStore, machines: MachineStore, deployments: DeploymentStore, buildData: BuildDataStore,
        bootData: BootDataService, designs: DesignLibrary, outOfBand: any OutOfBandDrivers,
        configuration: DrydockConfiguration, notifier: Notifier<DrydockTopic>, logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.tasks = tasks
        self.machines = machines
        self.deployments = deployments
        self.buildData = buildData
        self.bootData = bootData
        self.designs = designs
        self.outOfBand = outOfBand
        self.configuration = configuration
        self.notifier = notifier
        self.logger = logger
        self.now = now
        beginning = Mutex(now())
    }

    /// Carries out tasks until it is cancelled.
    ///
    /// While the database, or a file of the state, cannot be written the running task waits. It continues once there is space on the disk.
    func run() async throws {
        var trouble: String?
        var hasDropped = false
        while !Task.isCancelled {
            let seen = notifier.count
            do {
                if !hasDropped { try await tasks.dropWaits() }
                hasDropped = true
                if let task = try await tasks.nextOpen() {
                    try await carryOut(task, isAgain: trouble != nil)
                } else {
                    await notifier.wait(for: .queue, after: seen)
                }
                trouble = nil
            } catch let error as any TypedError where error.isOfDisk {
                try Task.checkCancellation()
                if trouble != error.code { logger.error("tasks stand still: \(error)") }
                trouble = error.code
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// - Parameter isAgain: the database did not let it run a moment ago, and perhaps still does not.
    private func carryOut(_ task: DrydockTask, isAgain: Bool) async throws {
        if !isAgain {
            logger.info("a task runs", metadata: ["task": "\(task.id)", "task_action": "\(task.action.rawValue)"])
        }
        let work = Task { try await perform(task) }
        present.withLock { $0 = (task.id, work) }
        defer { present.withLock { $0 = nil } }
        // A task that was terminated before it could be found above must not begin.
        if try await tasks.task(task.id)?.isComplete != false { work.cancel() }
        let ended: DrydockTask
        do {
            ended = try await withTaskCancellationHandler {
                try await work.value
            } onCancel: {
                work.cancel()
            }
        } catch is CancellationError where !Task.isCancelled {
            // What it wrote before it noticed.
            _ = try await tasks.terminate(task.id, reason: "The task was terminated.")
            return
        }
        logger.info(
            "a task has ended",
            metadata: [
                "task": "\(task.id)", "task_action": "\(task.action.rawValue)",
                "result": "\(ended.result.status.rawValue)",
            ])
    }

    /// Runs a top-level task to its end.
    private func perform(_ task: DrydockTask) async throws -> DrydockTask {
        try await tasks.start(task.id)
        var run = TaskRun(task: task, design: DesignAddress(task.design), orchestrator: self)
        let result: TaskResult
        do {
            run.design = try await tasks.design(of: task.id)
            result =
                switch task.action {
                case .noop: try await noop(run)
                case .validateDesign: try await validateDesign(run)
                case .verifySite: try await verifySite(run)
                case .prepareSite: try await prepareSite(run)
                case .verifyNodes: try await verifyNodes(run)
                case .prepareNodes: try await prepareNodes(run)
                case .deployNodes: try await deployNodes(run)
                case .destroyNodes: try await destroyNodes(run)
                case .relabelNodes: try await relabelNodes(run)
                default: throw DrydockError(.invalid, "\(task.action.rawValue) is not an action of its own.")
                }
        } catch {
            result = try await run.failure(error)
        }
        return try await tasks.finish(task.id, result)
    }

    /// The site that a task works on.
    ///
    /// - Throws: where its design cannot be fetched, or does not pass validation.
    func site(of run: TaskRun) async throws -> EffectiveSite {
        let design = try await designs.compiled(run.design.reveal())
        guard design.status == .success, let site = design.site else {
            let errors = design.messages.filter(\.error).prefix(3).map { "\($0.name) \($0.message)" }
            throw DrydockError(
                .invalid,
                "The site design does not pass validation (\(design.errorCount) errors: "
                    + "\(errors.joined(separator: "; "))). All of them are in the answer of validatedesign for "
                    + "\(run.design).")
        }
        return site
    }

    /// The nodes that a task is for, in the order of the design; nil, with a message, where there are none.
    func targets(of run: TaskRun, in site: EffectiveSite) async throws -> [String]? {
        try Self.requireKnown(run.task.nodeFilter, in: site)
        let names = try NodeFilter.names(run.task.nodeFilter, in: site)
        guard names.isEmpty else { return names }
        try await run.appendMessage("No nodes in scope, no work to do.")
        return nil
    }

    /// Checks the names in a filter, so that a mistyped name does not let a task work on the other nodes.
    ///
    /// - Throws: `DrydockError` `.invalid` where `filter` names nodes that the design does not have.
    static func requireKnown(_ filter: Value, in site: EffectiveSite) throws {
        let unknown = try NodeFilter.unknownNames(filter, in: site)
        guard !unknown.isEmpty else { return }
        let names = unknown.prefix(10).map { "'\($0.prefix(100))'" }.joined(separator: ", ")
        throw DrydockError(
            .invalid,
            "The design has no node \(names)\(unknown.count > 10 ? ", …" : ""). Nothing was done for any node; correct the "
                + "names, or commit the documents of those nodes first.")
    }

    func node(_ name: String, in site: EffectiveSite) throws -> BaremetalNode {
        guard let node = site.node(named: name) else {
            throw DrydockError(.invalid, "The design has no node '\(name)'.")
        }
        return node
    }

    static var nothingToDo: TaskResult {
        var result = TaskResult()
        result.succeed()
        return result
    }
}
