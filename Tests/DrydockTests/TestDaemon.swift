import Cryptography
import Deckhand
import Drydock
import Logging
import Netboot
import OutOfBand
import Primitives
import Store
import Synchronization
import TestSupport

/// The service on one database, killed and started anew as often as a test likes.
///
/// A machine that talks to it while it is away waits, and an answer that was under way when it was killed is lost.
final class TestDaemon: Sendable {
    private struct State {
        var service: DrydockService?
        var run: Task<Void, Never>?
        var generation = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// Calls of the clock, which every step of the service makes.
        var ticks = 0
        var killAt: Int?
        var dying: Task<Void, Never>?
    }

    let folder: String
    let database: Database
    let documents: DocumentService
    let outOfBand: any OutOfBandDrivers
    let configure: @Sendable (inout DrydockConfiguration) -> Void
    private let log: RecordedLog?
    private let state = Mutex(State())
    private let recentTree = Mutex("")
    private static let masterKey = [UInt8](repeating: 7, count: 32)
    let keys = Keyring(Secret(masterKey))

    /// - Parameter log: what the service logs is kept there, or nowhere.
    init(
        folder: String, outOfBand: any OutOfBandDrivers, log: RecordedLog? = nil,
        configure: @escaping @Sendable (inout DrydockConfiguration) -> Void = { _ in }
    ) throws {
        self.folder = folder
        self.outOfBand = outOfBand
        self.configure = configure
        self.log = log
        database = try Database.open(
            path: folder + "/boatyard.db", migrations: (DeckhandSchema.migrations + DrydockMigration.all).withoutGaps)
        documents = try DocumentService(database: database, masterKey: Secret(Self.masterKey))
    }

    /// Seconds that suit a loaded test machine, where the defaults are minutes.
    static func shortTimeouts() -> DrydockConfiguration.Timeouts {
        var timeouts = DrydockConfiguration.Timeouts(
            drydock: 300, identifyNode: 600, configureHardware: 1800, deployNode: 2700, bootActionFinalStatus: 900,
            destroyNode: 1800)
        timeouts.installerSilence = 1.5
        timeouts.installerBoot = 20
        timeouts.powerWatch = 20
        timeouts.fetchRetryDelays = []
        return timeouts
    }

    func start() {
        let dependencies = makeDependencies()
        let service = DrydockService(dependencies)
        let run = Task {
            do {
                try await service.run()
            } catch {
                print("the service ended: \(error)")
            }
        }
        let waiting = state.withLock { state in
            state.service = service
            state.run = run
            state.generation += 1
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func makeDependencies() -> DrydockDependencies {
        var configuration = DrydockConfiguration(
            stateDirectory: folder, nodeURL: { "http://192.0.2.1:8080" },
            internalURL: { "http://192.0.2.1:9000/api/v1.0" }, timeouts: Self.shortTimeouts())
        configuration.installer = .addresses(
            kernel: "http://192.0.2.1:8080/vmlinuz", ramdisk: "http://192.0.2.1:8080/initrd")
        configure(&configuration)
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        return DrydockDependencies(
            database: database, documents: documents, configuration: configuration, outOfBand: outOfBand,
            keys: keys, logger: log?.logger ?? silent, now: { [weak self] in self?.tick() ?? .now() })
    }

    private func tick() -> Timestamp {
        let isDue = state.withLock { state in
            state.ticks += 1
            guard let due = state.killAt, state.ticks >= due else { return false }
            state.killAt = nil
            return true
        }
        if isDue {
            let dying = Task { await self.restart() }
            state.withLock { $0.dying = dying }
        }
        return .now()
    }

    /// The tree of the task that was run last.
    var lastTree: String { recentTree.withLock { $0 } }

    var ticks: Int { state.withLock { $0.ticks } }

    /// Kills and restarts the service once it has asked for the time as often as this.
    func kill(atTick tick: Int) { state.withLock { $0.killAt = tick } }

    /// Whether it has not come to the tick yet at which it is to be killed.
    var isToBeKilled: Bool { state.withLock { $0.killAt != nil } }

    /// As SIGKILL does: what is running is cut off, what has been written stays.
    func kill() async {
        let run = state.withLock { state in
            state.service = nil
            state.generation += 1
            return state.run
        }
        run?.cancel()
        await run?.value
    }

    func restart() async {
        await kill()
        start()
    }

    func stop() async {
        await state.withLock { $0.dying }?.value
        await kill()
        await database.close()
    }

    /// The service, once there is one.
    func service() async -> DrydockService {
        while true {
            if let service = state.withLock({ $0.service }) { return service }
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.service == nil { state.waiting.append(continuation) }
                    return state.service != nil
                }
                if isThere { continuation.resume() }
            }
        }
    }

    /// Asks the service as over a network: where it is killed meanwhile the answer is lost, and is asked for again.
    func ask<T: Sendable>(_ question: (DrydockService) async throws -> T) async throws -> T {
        while true {
            let generation = state.withLock { $0.generation }
            let service = await service()
            do {
                let answer = try await question(service)
                if state.withLock({ $0.generation }) == generation { return answer }
            } catch {
                try Task.checkCancellation()
                if state.withLock({ $0.generation }) == generation { throw error }
            }
        }
    }

    /// The task once it has ended, however often the service is killed meanwhile.
    func ended(_ task: String) async throws -> DrydockTask {
        let deadline = Timestamp.now().adding(seconds: 120)
        while true {
            let service = await service()
            let step = min(deadline, Timestamp.now().adding(seconds: 0.5))
            let found = try await service.awaitTask(task, until: step)
            if found.isComplete { return found }
            if Timestamp.now() > deadline {
                throw Trouble("task \(task) has not ended: \(try await tree(task))")
            }
        }
    }

    func run(
        _ action: TaskAction, _ design: String, nodes: [String]? = nil, filter: Value? = nil,
        keepsInstaller: Bool = false
    ) async throws -> DrydockTask {
        let filter: Value =
            filter ?? nodes.map {
                [
                    "filter_set_type": "union",
                    "filter_set": [["filter_type": "union", "node_names": Value($0)]],
                ]
            } ?? .null
        let key = ULID().description
        let task = try await ask {
            try await $0.createTask(
                TaskRequest(
                    action: action, design: design, nodeFilter: filter, createdBy: "tester", key: key,
                    keepsInstaller: keepsInstaller))
        }
        let found = try await ended(task.id)
        let tree = try await tree(task.id)
        recentTree.withLock { $0 = tree }
        return found
    }

    /// One line for each task of a tree, for messages and comparisons.
    func tree(_ root: String) async throws -> String {
        let service = await service()
        guard let task = try await service.task(root) else { return "" }
        var text = ""
        func walk(_ task: DrydockTask, _ indent: String) async throws {
            text += indent + task.action.rawValue + " \(task.status.rawValue)/\(task.result.status.rawValue)"
            text += " ok=\(task.result.successes.sorted()) bad=\(task.result.failures.sorted())"
            text += task.messages.filter(\.isError).map { " !\($0.text)" }.joined()
            text += task.waiting.map { " waits for \($0.event)" } ?? ""
            text += "\n"
            for child in try await service.children(of: task.id) { try await walk(child, indent + "  ") }
        }
        try await walk(task, "")
        return text
    }
}
