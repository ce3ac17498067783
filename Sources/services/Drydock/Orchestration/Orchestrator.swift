import Logging
import MessageCatalog
import Netboot
import OutOfBand
import Primitives
import SiteDesign
import Store
import Synchronization

/// Carries out top-level tasks, those whose nodes do not overlap at the same time (`docs/reference/drydock.md` §10 and §11).
///
/// A task that was running when the daemon ended is run again from its root: children that have ended keep their
/// results, the others go on from what the database says of their machines.
final class Orchestrator: Sendable {
    let tasks: TaskStore
    let machines: MachineStore
    let power: PowerStore
    let deployments: DeploymentStore
    let buildData: BuildDataStore
    let bootData: BootDataService
    let designs: DesignLibrary
    let outOfBand: any OutOfBandDrivers
    let consoles: ConsoleService
    let configuration: DrydockConfiguration
    let notifier: Notifier<DrydockTopic>
    let formerSystems: FormerSystems
    let logger: Logger
    let now: @Sendable () -> Timestamp
    let reservations = NodeReservations()
    private let dhcp = Mutex<(@Sendable () async -> DHCPStatus)?>(nil)
    /// Tells how DHCP and TFTP stand; nil where this process has none.
    var dhcpStatus: (@Sendable () async -> DHCPStatus)? {
        get { dhcp.withLock { $0 } }
        set { dhcp.withLock { $0 = newValue } }
    }
    /// The tasks that have been taken up, by their ids, with what carries them out now; nil between two attempts, while there is
    /// no room on the disk.
    let present = Mutex<[String: Task<DrydockTask, any Error>?]>([:])
    /// The code of the error that keeps tasks from going on, once it is in the log.
    private let trouble = Mutex<String?>(nil)
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
        tasks: TaskStore, machines: MachineStore, power: PowerStore, deployments: DeploymentStore,
        buildData: BuildDataStore,
        bootData: BootDataService, designs: DesignLibrary, outOfBand: any OutOfBandDrivers,
        consoles: ConsoleService, configuration: DrydockConfiguration, notifier: Notifier<DrydockTopic>,
        formerSystems: FormerSystems, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        self.tasks = tasks
        self.machines = machines
        self.power = power
        self.deployments = deployments
        self.buildData = buildData
        self.bootData = bootData
        self.designs = designs
        self.outOfBand = outOfBand
        self.consoles = consoles
        self.configuration = configuration
        self.notifier = notifier
        self.formerSystems = formerSystems
        self.logger = logger
        self.now = now
        beginning = Mutex(now())
    }

    /// Carries out tasks until it is cancelled.
    ///
    /// While the database, or a file of the state, cannot be written, tasks wait. They continue once there is space on the disk.
    /// Whatever else goes wrong with a task ends that task.
    ///
    /// - Throws: `StoreError` for a database that is damaged or cannot be opened.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var hasDropped = false
            while !Task.isCancelled {
                let seen = notifier.count
                let open: [DrydockTask]
                do {
                    if !hasDropped { try await tasks.dropWaits() }
                    // What was begun before a restart comes before what waited for it.
                    let found = try await tasks.open()
                    for (id, error) in found.unreadable { try await giveUpUnread(id, because: error) }
                    if !hasDropped {
                        let begun = found.tasks.filter {
                            $0.status == .running && TaskAction.onNodes.contains($0.action)
                        }
                        reservations.expect(Dictionary(begun.map { ($0.id, $0.action) }, uniquingKeysWith: { $1 }))
                    }
                    hasDropped = true
                    open =
                        found.tasks.filter { $0.status == .running } + found.tasks.filter { $0.status != .running }
                } catch let error as any TypedError where error.isOfDisk {
                    try await pause(error)
                    continue
                }
                for task in open.prefix(configuration.parallelTasks)
                where present.withLock({ $0.updateValue($0[task.id] ?? nil, forKey: task.id) == nil }) {
                    group.addTask {
                        if try await self.carryOut(task) {
                            _ = self.present.withLock { $0.removeValue(forKey: task.id) }
                        }
                        self.notifier.notify(.queue)
                    }
                }
                await notifier.wait(for: .queue, after: seen)
            }
        }
    }

    /// Carries out a top-level task to its end, once the database lets it. Until then its nodes are its own.
    ///
    /// - Returns: whether its end is written; else it is not taken up again before the next start.
    private func carryOut(_ task: DrydockTask) async throws -> Bool {
        defer { reservations.release(task.id) }
        var obstacle: (any Error)?
        while true {
            do {
                if let obstacle { return try await giveUp(task.id, because: obstacle) }
                try await attempt(task)
                trouble.withLock { $0 = nil }
                return true
            } catch let error as any TypedError where error.isOfDisk {
                try Task.checkCancellation()
                try await pause(error)
            } catch {
                try Task.checkCancellation()
                if error.isOfDamage { throw error }
                obstacle = error
            }
        }
    }

    /// Says once why nothing goes on, and waits a moment.
    private func pause(_ error: any TypedError) async throws {
        let isKnown = trouble.withLock { trouble in
            defer { trouble = error.code }
            return trouble == error.code
        }
        if !isKnown { logger.error(.tasksHalted, "tasks stand still: \(error)") }
        try await Task.sleep(for: .seconds(1))
    }

    private func attempt(_ task: DrydockTask) async throws {
        let work = Task {
            try await BMCRequester.$words.withValue("task \(task.id) (\(task.action.rawValue))") {
                try await perform(task)
            }
        }
        present.withLock { $0[task.id] = .some(work) }
        defer { present.withLock { $0[task.id] = .some(nil) } }
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
            .taskEnded,
            "task \(task.action.rawValue) has ended: \(ended.result.status.rawValue)",
            metadata: [
                "task": "\(task.id)", "task_action": "\(task.action.rawValue)",
                "result": "\(ended.result.status.rawValue)",
            ])
    }

    /// Runs a top-level task to its end. One that works on nodes is queued until it has them (`targets`).
    private func perform(_ task: DrydockTask) async throws -> DrydockTask {
        if !TaskAction.onNodes.contains(task.action) { try await start(task) }
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

    private func start(_ task: DrydockTask) async throws {
        logger.info(
            .taskBegun, "task \(task.action.rawValue) begins",
            metadata: ["task": "\(task.id)", "task_action": "\(task.action.rawValue)"])
        try await tasks.start(task.id)
    }

    /// The nodes that a task is for, in the order of the design; nil, with a message, where there are none. Waits until no
    /// other task works on them, and says in the messages which does.
    ///
    /// - Parameter done: those that are not waited for, as the task had ended its work on them before a restart.
    func targets(
        of run: TaskRun, in site: EffectiveSite, except done: Set<String> = []
    ) async throws -> [String]? {
        try Self.requireKnown(run.task.nodeFilter, in: site)
        let names = try NodeFilter.names(run.task.nodeFilter, in: site)
        guard names.isEmpty else {
            try await reservations.reserve(
                Set(names).subtracting(done), for: run.task.id, run.task.action
            ) { holder in
                let words = try await self.tasks.told(holder).words
                try await run.appendMessage(
                    "Waits for \(holder.node), which \(words) works on or waits for.",
                    node: holder.node)
            }
            try await start(run.task)
            return names
        }
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
