import Drydock
import OrderedCollections
import Primitives
import Shipyard
import SiteDesign
import Synchronization

/// A Drydock without machines, whose tasks succeed at once or when they are let.
///
/// In everything else it does what the real one does: `ProvisionerContractTests` holds that.
package final class FakeProvisioner: SiteProvisioner {
    private struct State {
        /// By their ids, in the order in which they were made; as they are once they have ended.
        var tasks: OrderedDictionary<String, DrydockTask> = [:]
        var keys: [String: String] = [:]
        var held: Set<TaskAction> = []
        var machines: [MachineStatus] = []
        var prepareFailures: Set<String> = []
        /// Nodes whose preparation does not end.
        var hanging: Set<String> = []
        /// Of the nodes that a task has done with, those that somebody who waits for more knew of.
        var known: Set<String> = []
        /// The prefix of the keys of tasks that cannot be terminated.
        var lasting: String?
        var buildData: [String: [Value]] = [:]
        var verdict = CompiledDesign.Status.success
        var designError: DrydockError?
        var whileValidating: (@Sendable () async -> Void)?
        var now: @Sendable () -> Timestamp = { .now() }

        /// As it is now.
        func task(_ id: String) -> DrydockTask? {
            guard var task = tasks[id], isRunning(task) else { return tasks[id] }
            task.status = .running
            task.result = TaskResult()
            task.messages = []
            return task
        }

        private func isRunning(_ task: DrydockTask) -> Bool {
            guard task.status == .complete else { return false }
            return held.contains(task.action) || task.action == .prepareNodes && !hangs(task).isEmpty
        }

        private func hangs(_ task: DrydockTask) -> Set<String> {
            hanging.intersection(task.result.successes + task.result.failures)
        }

        /// The same with the nodes that it does nothing with any more.
        func progress(_ id: String) -> DrydockTask? {
            guard var task = task(id), let whole = tasks[id], !task.isComplete, !held.contains(task.action) else {
                return task(id)
            }
            task.result.successes = whole.result.successes.filter { !hangs(whole).contains($0) }
            task.result.failures = whole.result.failures.filter { !hangs(whole).contains($0) }
            return task
        }
    }

    private let state = Mutex(State())
    private let notifier = Notifier<Anything>()
    private let site: EffectiveSite

    /// - Parameter nodes: of every design.
    package init(nodes: [String] = ["n1", "n2", "n3", "n4"]) {
        site = EffectiveSite(
            region: nil, racks: [], networkLinks: [], networks: [], hardwareProfiles: [], hostProfiles: [],
            nodes: nodes.map { BaremetalNode(name: $0, settings: HostSettings(), addressing: []) }, bootActions: [])
    }

    package func validateDesign(_ reference: String) async throws -> DesignStatus {
        guard reference.hasPrefix("deckhand+http") else {
            throw DrydockError(.invalid, "Invalid reference scheme: '\(reference)'")
        }
        await state.withLock(\.whileValidating)?()
        let (verdict, error) = state.withLock { ($0.verdict, $0.designError) }
        if let error { throw error }
        return DesignStatus(status: verdict, messages: [], time: .now())
    }

    package func nodeNames(design: String, filter: Value) async throws -> [String] {
        if let error = state.withLock({ $0.designError }) { throw error }
        do {
            return try NodeFilter.names(filter, in: site)
        } catch {
            throw DrydockError(.invalid, "\(error)")
        }
    }

    package func createTask(_ request: TaskRequest) async throws -> DrydockTask {
        guard TaskAction.requestable.contains(request.action) || request.action == .noop else {
            throw DrydockError(.invalid, "Unsupported action \(request.action.rawValue)")
        }
        let unknown: [String]
        do {
            unknown = try NodeFilter.unknownNames(request.nodeFilter, in: site)
        } catch {
            throw DrydockError(.invalid, "\(error)")
        }
        guard unknown.isEmpty else { throw DrydockError(.invalid, "The design has no node \(unknown)") }
        let chosen = try await nodeNames(design: request.design, filter: request.nodeFilter)
        let task = try state.withLock { state in
            if let key = request.key, let known = state.keys[key].flatMap(state.task) { return known }
            let id = UUIDv4().description
            var result = TaskResult()
            if chosen.isEmpty { result.succeed() }
            for node in chosen {
                let fails = request.action == .prepareNodes && state.prepareFailures.contains(node)
                if fails { result.fail(node) } else { result.succeed(node) }
            }
            let now = Timestamp.now()
            state.tasks[id] = DrydockTask(
                id: id, action: request.action, design: request.design, nodeFilter: request.nodeFilter,
                status: .complete, result: result,
                messages: [
                    TaskMessage("did \(request.action.rawValue)", contextType: "task", context: id, time: now)
                ], created: now, createdBy: request.createdBy, updated: now)
            if let key = request.key { state.keys[key] = id }
            guard let task = state.task(id) else { throw DrydockError(.failed, "task \(id) vanished") }
            return task
        }
        notifier.notify()
        return task
    }

    package func task(_ id: String) async throws -> DrydockTask? { state.withLock { $0.task(id) } }

    package func awaitTask(_ id: String, until deadline: Timestamp) async throws -> DrydockTask {
        let missing = DrydockError(.missing, "Task \(id) does not exist")
        let ended = try await notifier.first(
            of: .anything, left: { deadline.seconds(since: self.state.withLock(\.now)()) }
        ) {
            guard let task = try await self.task(id) else { throw missing }
            return task.isComplete ? task : nil
        }
        if let ended { return ended }
        guard let task = try await task(id) else { throw missing }
        return task
    }

    package func awaitTask(_ id: String, beyond known: Set<String>, until deadline: Timestamp) async throws
        -> DrydockTask
    {
        let missing = DrydockError(.missing, "Task \(id) does not exist")
        state.withLock { $0.known.formUnion(known) }
        notifier.notify()
        let found = try await notifier.first(
            of: .anything, left: { deadline.seconds(since: self.state.withLock(\.now)()) }
        ) {
            guard let task = self.state.withLock({ $0.progress(id) }) else { throw missing }
            return task.isComplete || !known.isSuperset(of: task.result.successes) ? task : nil
        }
        if let found { return found }
        guard let task = state.withLock({ $0.progress(id) }) else { throw missing }
        return task
    }

    package func terminateTasks(keyPrefix prefix: String, reason: String) async throws {
        guard state.withLock(\.lasting) != prefix else {
            throw DrydockError(.failed, "The tasks below \(prefix) cannot be written.")
        }
        state.withLock { state in
            for (key, id) in state.keys where key.hasPrefix(prefix) {
                guard var task = state.task(id), !task.isComplete else { continue }
                task.status = .terminated
                task.result.status = .failure
                task.messages.append(
                    TaskMessage(reason, isError: true, contextType: "task", context: id, time: .now()))
                state.tasks[id] = task
            }
        }
        notifier.notify()
    }

    package func tasks(keyPrefix prefix: String) async throws -> OrderedDictionary<String, DrydockTask> {
        state.withLock { state in
            let keys = Dictionary(state.keys.map { ($0.value, $0.key) }) { first, _ in first }
            let found = state.tasks.keys.compactMap { id -> (String, DrydockTask)? in
                guard let key = keys[id], key.hasPrefix(prefix), let task = state.task(id) else { return nil }
                return (key, task)
            }
            return OrderedDictionary(uniqueKeysWithValues: found)
        }
    }

    package func siteNodes(design: String?) async throws -> [MachineStatus] {
        let machines = try await nodes()
        let designed = site.nodes.map { node in
            var status =
                machines.first { $0.node == node.name } ?? MachineStatus(node: node.name, hostname: "", state: nil)
            status.hostname = node.fqdn
            return status
        }
        return designed + machines.filter { machine in !site.nodes.contains { $0.name == machine.node } }
    }

    package func nodes() async throws -> [MachineStatus] { state.withLock { $0.machines } }

    package func buildData(task: String) async throws -> [Value] { state.withLock { $0.buildData[task] ?? [] } }
}

/// What tests tell it and ask of it.
extension FakeProvisioner {
    /// All tasks, in the order in which they were made.
    package var tasks: [DrydockTask] { state.withLock { state in state.tasks.keys.compactMap(state.task) } }

    /// What was started, in order.
    package var starts: [TaskAction] { tasks.map(\.action) }

    /// Returns once a task of that action was started.
    package func waitForStart(of action: TaskAction) async {
        while true {
            let seen = notifier.count
            if starts.contains(action) { return }
            await notifier.wait(after: seen)
        }
    }

    /// Lets tasks of these actions run until `release`.
    package func hold(_ actions: Set<TaskAction>) { state.withLock { $0.held = actions } }

    /// Has the preparation of these nodes not end before `release`; that of others does.
    package func hangPreparing(_ nodes: Set<String>) { state.withLock { $0.hanging = nodes } }

    /// Returns once somebody knows that tasks have done with these nodes, and waits for more.
    package func waitUntilKnown(_ nodes: Set<String>) async {
        while true {
            let seen = notifier.count
            if state.withLock({ $0.known.isSuperset(of: nodes) }) { return }
            await notifier.wait(after: seen)
        }
    }

    /// Returns once a task of that action has ended.
    package func waitForEnd(of action: TaskAction) async {
        while true {
            let seen = notifier.count
            if tasks.contains(where: { $0.action == action && $0.isComplete }) { return }
            await notifier.wait(after: seen)
        }
    }

    package func release() {
        state.withLock {
            $0.held = []
            $0.hanging = []
        }
        notifier.notify()
    }

    /// Has the termination of the tasks whose keys begin so fail from now on.
    package func failTerminating(keyPrefix prefix: String) { state.withLock { $0.lasting = prefix } }

    /// Has `prepare_nodes` fail for these nodes from now on.
    package func failPreparing(_ nodes: Set<String>) { state.withLock { $0.prepareFailures = nodes } }

    /// Has these machines come forward.
    package func show(_ machines: [MachineStatus]) { state.withLock { $0.machines = machines } }

    /// Reads the time there from now on, as Shipyard does: of two clocks a deadline of one is over on the other.
    package func useClock(_ now: @escaping @Sendable () -> Timestamp) { state.withLock { $0.now = now } }

    /// Has every design be judged so from now on.
    package func judgeDesigns(_ verdict: CompiledDesign.Status) { state.withLock { $0.verdict = verdict } }

    /// Does this during every validation of a design from now on.
    package func whileValidating(_ work: @escaping @Sendable () async -> Void) {
        state.withLock { $0.whileValidating = work }
    }

    /// Has no design be read from now on, with this error.
    package func refuseDesigns(_ error: DrydockError) { state.withLock { $0.designError = error } }

    package func keepBuildData(_ records: [Value], of task: String) { state.withLock { $0.buildData[task] = records } }

    /// Takes a task over as if it had been made, and had ended so.
    package func keep(_ task: DrydockTask, key: String? = nil) {
        state.withLock { state in
            state.tasks[task.id] = task
            if let key { state.keys[key] = task.id }
        }
        notifier.notify()
    }
}
