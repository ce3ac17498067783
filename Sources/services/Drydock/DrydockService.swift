import Installation
import Logging
import Netboot
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign
import Store

/// Designs, tasks and machines of the site, as Drydock has them (`docs/reference/drydock.md`).
///
/// Every change is stored before it takes effect. Another process on the same database can go on with it.
package final class DrydockService: Sendable {
    let taskStore: TaskStore
    let machineStore: MachineStore
    let deployments: DeploymentStore
    let buildDataStore: BuildDataStore
    /// What machines fetch that are being installed.
    package let bootData: BootDataService
    let timelineStore: TimelineStore
    private let bootActions: BootActionService
    let designs: DesignLibrary
    private let installer: InstallerService
    let orchestrator: Orchestrator
    let rescues: RescueService
    let hardwareTests: HardwareTestService
    let bmcs: BMCService
    let bmcStore: BMCStore
    let consoles: ConsoleService
    let power: PowerStore
    private let sweep: PowerSweep
    private let watchdog: MachineWatchdog
    /// In seconds: how old what was seen of the power of a node may be.
    let sightLimit: Double
    private let notifier: Notifier<DrydockTopic>
    private let formerSystems = FormerSystems()
    let logger: Logger
    let now: @Sendable () -> Timestamp
    /// Installers and images.
    package let netboot: NetbootService

    package init(_ dependencies: DrydockDependencies) {
        let configuration = dependencies.configuration
        let now = dependencies.now
        let database = dependencies.database
        let notifier = Notifier<DrydockTopic>()
        let fetcher = ReferenceFetcher(
            rehearsal: configuration.rehearsal, allowsFileReferences: configuration.allowsFileReferences,
            timeouts: configuration.timeouts,
            serviceToken: dependencies.serviceToken)
        let vault = Vault(keys: dependencies.keys)
        let unreadable = UnreadableRows(dependencies.logger)
        taskStore = TaskStore(
            database: database, vault: vault, notifier: notifier, listener: dependencies.listener, now: now,
            unreadable: unreadable)
        machineStore = MachineStore(
            database: database, notifier: notifier, now: now, needsPin: configuration.pinsMachines,
            unreadable: unreadable)
        timelineStore = TimelineStore(database: database, now: now)
        power = PowerStore(database: database, now: now)
        sightLimit = configuration.sightLimit
        deployments = DeploymentStore(database: database, vault: vault, unreadable: unreadable)
        buildDataStore = BuildDataStore(database: database, stateDirectory: configuration.stateDirectory)
        let types = dependencies.outOfBand.types
        designs = DesignLibrary(
            revision: dependencies.renderedDocuments, fetcher: fetcher,
            platform: { ImageCatalogSource(configuration.netbootFolder) },
            compile: { InstallableDesign.compile($0, platform: $1, outOfBandTypes: types) })
        bootActions = BootActionService(deployments: deployments, notifier: notifier, now: now)
        bootData = BootDataService(
            deployments: deployments, designs: designs, fetcher: fetcher, documents: dependencies.renderedStream,
            configuration: configuration)
        installer = InstallerService(
            machines: machineStore, bootData: bootData, buildData: buildDataStore, configuration: configuration,
            notifier: notifier,
            log: InstallerLog(logger: dependencies.logger), formerSystems: formerSystems, now: now)
        consoles = ConsoleService(
            files: ConsoleFiles(stateDirectory: configuration.stateDirectory), stores: configuration.capturesConsoles,
            timeline: timelineStore, logger: dependencies.logger, now: now)
        orchestrator = Orchestrator(
            tasks: taskStore, machines: machineStore, power: power, deployments: deployments, buildData: buildDataStore,
            bootData: bootData,
            designs: designs, outOfBand: dependencies.outOfBand, consoles: consoles, configuration: configuration,
            notifier: notifier, formerSystems: formerSystems, logger: dependencies.logger, now: now)
        sweep = PowerSweep(
            store: power, tasks: taskStore, designs: designs, outOfBand: dependencies.outOfBand.withoutRepetition,
            reservations: orchestrator.reservations, memory: dependencies.bmcMemory,
            interval: configuration.sweepInterval,
            logger: dependencies.logger, now: now)
        watchdog = MachineWatchdog(
            tasks: taskStore, machines: machineStore, reservations: orchestrator.reservations,
            timeouts: configuration.timeouts, logger: dependencies.logger, now: now)
        let marked = MarkedMachines(
            machines: machineStore, tasks: taskStore, designs: designs, outOfBand: dependencies.outOfBand, power: power,
            reservations: orchestrator.reservations, configuration: configuration, now: now)
        rescues = RescueService(marked: marked, logger: dependencies.logger)
        hardwareTests = HardwareTestService(
            marked: marked, planner: HardwareTestPlanner(timeouts: configuration.timeouts), notifier: notifier,
            logger: dependencies.logger, started: { [orchestrator] in orchestrator.started })
        bmcStore = BMCStore(
            database: database, memory: dependencies.bmcMemory, logger: dependencies.logger,
            isKept: configuration.rehearsal == nil)
        bmcs = BMCService(
            tasks: taskStore, machines: machineStore, designs: designs, outOfBand: dependencies.outOfBand, power: power,
            memory: dependencies.bmcMemory, reservations: orchestrator.reservations,
            timeout: configuration.timeouts.drydock, logger: dependencies.logger, now: now)
        netboot = NetbootService(folder: configuration.netbootFolder, logger: dependencies.logger, now: now)
        self.notifier = notifier
        self.now = now
        logger = dependencies.logger
        database.observe { [logger] in if let news = $0 as? MachineNews { news.tell(logger) } }
    }

    /// Has `verify_site` look at DHCP and TFTP, which follow the designs of this service. Called before `run`.
    ///
    /// - Parameter status: how they stand once what is committed has been taken over, or not.
    package func lookAtDHCP(_ status: @escaping @Sendable () async -> DHCPStatus) {
        orchestrator.dhcpStatus = status
    }

    /// Resumes the task that was running, then carries out tasks. Returns when it is cancelled.
    ///
    /// - Throws: `StoreError` for a database that is damaged.
    package func run() async throws {
        defer { rescues.marked.hands.end() }
        bootData.archives.removeForeign()
        await netboot.mend()
        do {
            try await withThrowingDiscardingTaskGroup { tasks in
                tasks.addTask { [installer] in await installer.log.run() }
                tasks.addTask { [bmcStore] in await bmcStore.run() }
                tasks.addTask { [sweep] in try await sweep.run() }
                tasks.addTask { [watchdog] in try await watchdog.run() }
                tasks.addTask { [hardwareTests] in try await hardwareTests.watch() }
                try await orchestrator.run()
                tasks.cancelAll()
            }
        } catch is CancellationError {
            await consoles.end()
            return
        }
        await consoles.end()
    }
}

/// Designs and tasks.
extension DrydockService {
    /// Compiles and validates a design.
    ///
    /// - Parameter reference: where the design is (`docs/reference/drydock.md` §4).
    /// - Throws: `DrydockError`: `.invalid` or `.unreachable` where the reference cannot be resolved.
    package func validateDesign(_ reference: String) async throws -> DesignStatus {
        let design = try await designs.compiled(reference)
        return DesignStatus(status: design.status, messages: design.messages, time: now())
    }

    /// Creates a task, or returns the one that was created with the same key. A design that has to be fetched is looked
    /// at only when the task runs.
    ///
    /// - Throws: `DrydockError`: `.invalid` for an action that cannot be asked for, for a reference that nobody reads, and for
    ///   a filter that is malformed or names nodes that the design does not have; `.missing` for an unknown revision.
    package func createTask(_ request: TaskRequest) async throws -> DrydockTask {
        guard TaskAction.requestable.contains(request.action) || request.action == .noop else {
            throw DrydockError(.invalid, "Unsupported action \(request.action.rawValue)")
        }
        if request.action != .noop || !request.design.isEmpty { try await designs.require(request.design) }
        if !request.nodeFilter.isNull, case .revision = try? DesignReference(request.design),
            let site = try? await designs.compiled(request.design).site
        {
            do {
                try Orchestrator.requireKnown(request.nodeFilter, in: site)
            } catch {
                throw DrydockError(.invalid, error.inWords)
            }
        }
        return try await taskStore.create(request)
    }

    /// A task by its id; nil for an unknown id.
    package func task(_ id: String) async throws -> DrydockTask? { try await taskStore.task(id) }

    /// All of them, oldest first, with the children of tasks.
    package func tasks() async throws -> [DrydockTask] { try await taskStore.all() }

    /// How many top-level tasks there are of each status.
    package func taskCounts() async throws -> [(status: TaskStatus, count: Int)] {
        let counts = try await taskStore.counts()
        return TaskStatus.allCases.map { ($0, counts[$0.rawValue] ?? 0) }
    }

    /// The subtasks of a task, the oldest first; empty for an unknown id.
    package func children(of task: String) async throws -> [DrydockTask] { try await taskStore.children(of: task) }

    /// The task once it has ended, or as it is at `deadline`.
    ///
    /// - Throws: `DrydockError` `.missing` where there is none.
    package func awaitTask(_ id: String, until deadline: Timestamp) async throws -> DrydockTask {
        let ended = try await notifier.first(of: .task(id), left: { [now] in deadline.seconds(since: now()) }) {
            [taskStore] in
            guard let task = try await taskStore.task(id) else {
                throw DrydockError(.missing, "Task \(id) does not exist")
            }
            return task.isComplete ? task : nil
        }
        if let ended { return ended }
        guard let task = try await taskStore.task(id) else {
            throw DrydockError(.missing, "Task \(id) does not exist")
        }
        return task
    }

    /// A task that works on each node by itself (`prepare_nodes`) once it has succeeded for more nodes than are known, or has ended, or
    /// as it is at `deadline`.
    ///
    /// - Parameter known: names of nodes for which it has succeeded.
    /// - Returns: the task; while it runs, `result.successes` and `result.failures` have the nodes that it does nothing with any more.
    /// - Throws: `DrydockError` `.missing` where there is none.
    package func awaitTask(_ id: String, beyond known: Set<String>, until deadline: Timestamp) async throws
        -> DrydockTask
    {
        let found = try await notifier.first(of: .task(id), left: { [now] in deadline.seconds(since: now()) }) {
            let task = try await self.progress(of: id)
            return task.isComplete || !known.isSuperset(of: task.result.successes) ? task : nil
        }
        if let found { return found }
        return try await progress(of: id)
    }

    private func progress(of id: String) async throws -> DrydockTask {
        guard var task = try await taskStore.task(id) else {
            throw DrydockError(.missing, "Task \(id) does not exist")
        }
        guard !task.isComplete else { return task }
        let done = try await taskStore.nodesDone(in: task)
        task.result.successes = done.successes.sorted()
        task.result.failures = done.failures.sorted()
        return task
    }

    /// The top-level tasks that were made with a key that begins with `prefix`, by their keys, the oldest first.
    package func tasks(keyPrefix prefix: String) async throws -> OrderedDictionary<String, DrydockTask> {
        try await taskStore.tasks(keyPrefix: prefix)
    }

    /// As `awaitTask(_:until:)`, for so many seconds from now on.
    package func awaitTask(_ id: String, within seconds: Double) async throws -> DrydockTask {
        try await awaitTask(id, until: now().adding(seconds: seconds))
    }

    /// Terminates the top-level tasks whose keys begin with `prefix` and that have not ended, with all their subtasks.
    ///
    /// - Parameter reason: becomes an error message of the tasks.
    package func terminateTasks(keyPrefix prefix: String, reason: String) async throws {
        try await orchestrator.terminate(keyPrefix: prefix, reason: reason)
    }

    /// Removes the tasks that have ended and were created more than `days` ago, with their subtasks. One that was terminated and
    /// is being carried out until it notices stays.
    package func purgeTasks(olderThan days: Int) async throws {
        let seconds = Double(max(0, min(days, 36500))) * 86400
        try await taskStore.purge(before: now().adding(seconds: -seconds), except: orchestrator.carriedOut)
    }

    /// The names of the nodes that a filter chooses, in the order of the design.
    ///
    /// - Parameters:
    ///   - design: where the design is (`docs/reference/drydock.md` §4).
    ///   - filter: null for all nodes, or a filter (`docs/reference/drydock.md` §8).
    /// - Throws: `DrydockError`: `.invalid` for a malformed filter or a design that cannot be compiled, `.unreachable`
    ///   for one that cannot be fetched.
    package func nodeNames(design: String, filter: Value) async throws -> [String] {
        let compiled = try await designs.compiled(design)
        guard let site = compiled.site else {
            throw DrydockError(.invalid, "The site design cannot be compiled; see the answer of validatedesign.")
        }
        do {
            return try NodeFilter.names(filter, in: site)
        } catch {
            throw DrydockError(.invalid, error.inWords)
        }
    }
}

/// What is known of machines besides.
extension DrydockService {
    /// The timeline of a machine: what happened to it from power-on to its last signal, and what it is at now.
    ///
    /// - Parameters:
    ///   - name: the name of a node, or the MAC address of a machine.
    ///   - after: the id of the last event that is known already; 0 for none.
    /// - Returns: at most `limit` events, the newest of them, the oldest first.
    /// - Throws: `DrydockError` `.missing` for a node that is not known.
    package func timeline(of name: String, committed: Int? = nil, after: Int64, limit: Int) async throws -> Timeline {
        if let timeline = try await timelineStore.timeline(of: name, after: after, limit: limit) { return timeline }
        // What is seen on the wire is known by the address until a machine is the node's.
        if let mac = try await documentedMAC(of: name, committed: committed),
            let timeline = try await timelineStore.timeline(of: mac.description, after: after, limit: limit)
        {
            return timeline
        }
        throw DrydockError(
            .missing,
            "There is no machine \(name): give the name of a node that documents name or that was prepared, or a MAC address."
        )
    }

    /// The build data of a node, the oldest record first (`docs/reference/drydock.md` §17).
    ///
    /// - Parameter latest: returns only the newest record of each generator, sorted by generator.
    /// - Returns: the records as clients get them; empty where there are none.
    package func buildData(node: String, latest: Bool) async throws -> [Value] {
        try await buildDataStore.records(node: node, latest: latest)
    }

    /// The build data that a task collected, the oldest record first, as clients get it; empty where there is none.
    package func buildData(task: String) async throws -> [Value] { try await buildDataStore.records(task: task) }

    /// The problems of the service, one sentence each; empty where it works.
    package func healthProblems() async -> [String] {
        do {
            _ = try await machineStore.database.read { try $0.query("SELECT 1") }
            return []
        } catch {
            return ["Unable to connect to database"]
        }
    }
}

/// What machines ask (`docs/reference/node-protocol.md`).
extension DrydockService {
    /// The iPXE script for the next boot of a machine (`docs/reference/node-protocol.md` §1). A script for the
    /// installer contains a new boot token, which voids the one before.
    ///
    /// - Parameter peer: the address of the client with its port, `203.0.113.7:51944`.
    /// - Throws: `IPXEScriptError` where an address cannot be written into a script.
    package func bootScript(mac: MACAddress, peer: String) async throws -> String {
        try await installer.bootScript(mac: mac, peer: peer)
    }

    /// The same for a boot program that cannot ask, as the signed GRUB: the installer asks.
    package func boot(mac: MACAddress, peer: String) async throws -> MachineBoot {
        try await installer.boot(mac: mac, peer: peer)
    }

    /// The image of an installer for the drive of a machine's BMC (`docs/reference/netboot.md` §2.14).
    ///
    /// - Parameters:
    ///   - generation: the installer's id.
    ///   - mac: by which the machine is known.
    /// - Returns: nil where there is none.
    /// - Throws: `BoatyardError` for a damaged installer.
    package func media(of generation: String, mac: MACAddress) async throws -> InstallerMedia? {
        try await installer.media(of: generation, mac: mac)
    }

    /// Stores the inventory that an installer has sent (`docs/reference/node-protocol.md` §2).
    ///
    /// - Parameter peer: the address of the client with its port; nil where it is not known.
    /// - Returns: the body of the answer: `machine`, and `node`, which is null for a machine that is no node.
    /// - Throws: `DrydockError`: `.forbidden` for the token, `.invalid` for the body, `.conflict` for a machine
    ///   that is not the one that its address is known as, or is installed.
    package func inventory(token: String, _ body: Value, peer: String? = nil) async throws -> Value {
        try await installer.inventory(token: token, body, peer: peer.map(InstallerService.host))
    }

    /// The installation plan of the machine that a boot token belongs to.
    ///
    /// - Parameters:
    ///   - wait: how long to wait for a plan, at most a minute.
    ///   - peer: the address of the client with its port; nil where it is not known.
    /// - Throws: `DrydockError` `.forbidden` for an unknown or void token.
    package func installPlan(
        token: String, wait: Duration, peer: String? = nil
    ) async throws -> InstallPlanResult {
        try await installer.plan(token: token, wait: wait, peer: peer.map(InstallerService.host))
    }

    /// As `requireToken`, for whoever reports what has happened. Where its token is over, it is remembered that a system of an earlier
    /// installation may have spoken.
    ///
    /// - Parameter peer: the address of the client with its port; nil where it is not known.
    package func requireReporter(_ token: String, peer: String?) async throws {
        do {
            try await requireToken(token)
        } catch let error as DrydockError {
            if error.kind == .forbidden { formerSystems.note(peer.map(InstallerService.host), at: now()) }
            throw error
        }
    }

    /// What the machine is that asks for a plan: nodes wait for theirs before others do.
    ///
    /// - Throws: `DrydockError` `.forbidden` for an unknown or void token.
    package func role(token: String) async throws -> MachineRole { try await installer.role(token: token) }

    /// Stores what an installer reports (`docs/reference/node-protocol.md` §2).
    ///
    /// - Parameter peer: the address of the client with its port; nil where it is not known.
    /// - Returns: the body of the answer: `next`.
    /// - Throws: `DrydockError`: `.forbidden` for the token, `.invalid` for the body, `.conflict` for an event that
    ///   does not fit the state of the machine.
    package func installEvent(token: String, _ body: Value, peer: String? = nil) async throws -> Value {
        try await installer.event(token: token, body, peer: peer.map(InstallerService.host))
    }

    /// Stores what an agent says of one of its operations (`docs/reference/node-protocol.md` §2).
    ///
    /// - Parameter peer: the address of the client with its port; nil where it is not known.
    /// - Throws: `DrydockError`: `.forbidden` for the token, `.invalid` for the body, `.conflict` for a boot that has begun no work.
    package func installOperation(token: String, _ body: Value, peer: String? = nil) async throws {
        try await installer.operation(token: token, body, peer: peer.map(InstallerService.host))
    }

    /// Stores what the test of a machine's hardware has found (`docs/reference/node-protocol.md` 2.26.2).
    ///
    /// - Parameter peer: the address of the client with its port; nil where it is not known.
    /// - Returns: the body of the answer: `next`.
    /// - Throws: `DrydockError`: `.forbidden` for the token, `.invalid` for the body, `.conflict` for a test that nobody waits for.
    package func hardwareReport(token: String, _ body: Value, peer: String? = nil) async throws -> Value {
        try await installer.test(token: token, body, peer: peer.map(InstallerService.host)) {
            try await hardwareTests.takeOutImage(of: $0)
        }
    }

    /// Notes what DHCP or TFTP did for a machine.
    package func note(_ event: NetbootEvent) async throws {
        switch event.kind {
        case .asked: break
        case .leased: try await timelineStore.record(.dhcp, TimelineStore.lease, event.detail, mac: event.mac)
        case .leasedToSystem:
            try await timelineStore.record(.dhcp, TimelineStore.systemLease, event.detail, mac: event.mac)
        case .leaseEnded: try await timelineStore.record(.dhcp, "lease-ended", event.detail, mac: event.mac)
        case .fileSent: try await timelineStore.record(.tftp, "sent", event.detail, mac: event.mac)
        }
    }

    /// Notes that a file of the installer is about to be sent to a machine.
    ///
    /// - Parameter peer: the address of the client with its port.
    package func noteDownload(_ file: String, peer: String) async throws {
        try await timelineStore.recordDownload(file, peer: InstallerService.host(of: peer))
    }

    /// Checks a boot token.
    ///
    /// - Throws: `DrydockError` `.forbidden` for an unknown or void token.
    package func requireToken(_ token: String) async throws {
        guard try await machineStore.isKnown(token: token) else { throw MachineStore.voidToken }
    }

    /// Checks the key for the signal of a boot action.
    ///
    /// - Throws: `DrydockError`: `.missing`, `.unauthenticated`, `.forbidden`, as `signal` does.
    package func requireKey(action: String, key: String?) async throws {
        _ = try await bootActions.action(action, key: key)
    }

    /// Stores the signal of a boot action (`docs/reference/drydock.md` §15).
    ///
    /// - Parameters:
    ///   - action: the id of the boot action.
    ///   - key: the value of `X-Bootaction-Key`; nil where the request has none.
    ///   - body: the JSON of the request.
    ///   - peer: the address of the client with its port; nil where it is not known.
    /// - Returns: the body of the answer.
    /// - Throws: `DrydockError`: `.missing`, `.unauthenticated`, `.forbidden`, `.invalid` for the body, `.conflict` for
    ///   a boot action that has reported its final status.
    package func signal(action: String, key: String?, body: [UInt8], peer: String? = nil) async throws -> Value {
        let host = peer.map(InstallerService.host)
        do {
            return try await bootActions.signal(action: action, key: key, body: body, peer: host)
        } catch let error as DrydockError {
            if [.missing, .forbidden].contains(error.kind) { formerSystems.note(host, at: now()) }
            throw error
        }
    }
}

/// The result of the validation of a design.
package struct DesignStatus: Sendable, Hashable {
    /// Whether the design could be read, and passes.
    package var status: CompiledDesign.Status
    /// The messages of reading the documents, then those of the validators in their order.
    package var messages: [DesignValidationMessage]
    /// When the design was validated.
    package var time: Timestamp

    package init(status: CompiledDesign.Status, messages: [DesignValidationMessage], time: Timestamp) {
        self.status = status
        self.messages = messages
        self.time = time
    }

    /// Whether the design may be deployed.
    package var isSuccess: Bool { status == .success }
    /// The number of messages that are errors.
    package var errorCount: Int { messages.count(where: \.error) }
}

/// What Drydock's waiters wait for.
enum DrydockTopic: Hashable, Sendable {
    case queue
    case task(String)
    case machine(ULID)
    /// A node has got a machine, or its machine has changed.
    case node(String)
    case bootActions
    /// A test of a machine's hardware was begun.
    case tests
}
