import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import SiteDesign
import Store

/// A task while it runs: what its action may say and do.
struct TaskRun: Sendable {
    typealias Body = @Sendable (TaskRun) async throws -> TaskResult

    /// Which nodes a child is about, and how it works on them.
    enum Scope: Sendable {
        case site
        /// Its body runs once.
        case together([String])
        /// Its body runs once for each node, concurrently, each time in a child of its own; what failed is tried again.
        case each([String], retries: Int = 0)
    }

    let task: DrydockTask
    /// Where the design of the top-level task is.
    var design: DesignAddress
    /// The nodes that a subtask is about; empty for a top-level task.
    var nodes: [String] = []
    let orchestrator: Orchestrator

    private var store: TaskStore { orchestrator.tasks }

    /// The node of a child that is about one.
    private var onlyNode: String? { nodes.count == 1 ? nodes.first : nil }

    /// The node of the design that the child is about.
    func node(in site: EffectiveSite) throws -> BaremetalNode { try orchestrator.node(onlyNode ?? "", in: site) }

    /// A message about a node, or about nothing in particular.
    ///
    /// - Parameter repeating: says it again where the task has said it already.
    func appendMessage(
        _ text: String, isError: Bool = false, node: String? = nil, repeating: Bool = false
    ) async throws {
        try await appendMessage(
            text, isError: isError, contextType: node == nil ? "NA" : "node", context: node ?? "NA",
            repeating: repeating)
    }

    /// A message that says what was done to a machine.
    func appendMessage(_ text: String, change: MachineChange) async throws {
        let message = TaskMessage(
            text, contextType: "node", context: change.node, time: orchestrator.now(), extra: change.extra)
        try await store.append(message, to: task.id, repeating: false)
    }

    /// A message that says that a boot action has failed.
    func appendFailure(_ text: String, of action: BootActionRecord) async throws {
        try await store.append(action.failure(text, at: orchestrator.now()), to: task.id)
    }

    func appendMessage(
        _ text: String, isError: Bool = false, contextType: String, context: String, repeating: Bool = false
    ) async throws {
        let message = TaskMessage(
            text, isError: isError, contextType: contextType, context: context, time: orchestrator.now())
        try await store.append(message, to: task.id, repeating: repeating)
    }

    /// Runs the subtask in `slot`: makes it, resumes it, or takes its result where it ended before a restart.
    ///
    /// - Parameters:
    ///   - slot: names the subtask within this task; the same at every run.
    ///   - filter: the node filter that the subtask shows in place of one with the names of its nodes.
    func child(
        _ slot: String, _ action: TaskAction, _ scope: Scope, filter: Value? = nil, retry: Int = 0,
        _ body: @escaping Body
    ) async throws -> DrydockTask {
        let nodes: [String]? =
            switch scope {
            case .site: nil
            case .together(let nodes), .each(let nodes, _): nodes
            }
        let request = TaskRequest(
            action: action, design: task.design, nodeFilter: filter ?? nodes.map(Self.filter) ?? .null,
            createdBy: task.createdBy, keepsInstaller: task.keepsInstaller)
        let child = try await store.begin(request, parent: task.id, slot: slot, retry: retry)
        if child.isComplete { return child }
        let run = TaskRun(task: child, design: design, nodes: nodes ?? [], orchestrator: orchestrator)
        let result: TaskResult
        do {
            result =
                switch scope {
                case .site, .together: try await body(run)
                case .each(let nodes, let retries): try await run.eachNode(nodes, retries: retries, body)
                }
        } catch {
            result = try await run.failure(error)
        }
        return try await store.finish(child.id, result)
    }

    /// Runs `leaf` for each of `nodes`, at most as many at once as configured, in a child for each.
    ///
    /// - Parameters:
    ///   - retries: how often what failed is tried again, unless another try would fail in the same way.
    ///   - isDone: is called with each node once its child has ended.
    func eachNode(
        _ nodes: [String], retries: Int = 0, isDone: @escaping @Sendable (String) -> Void = { _ in },
        _ leaf: @escaping Body
    ) async throws -> TaskResult {
        var retry = task.retry
        while true {
            let targets =
                retry == 0
                ? nodes
                : Self.retriable(try await store.children(of: task.id), retry: retry - 1)
            try await withThrowingTaskGroup(of: Void.self) { [retry] group in
                for (place, node) in targets.enumerated() {
                    if place >= orchestrator.configuration.parallelNodes { try await group.next() }
                    group.addTask {
                        _ = try await child("\(node)#\(retry)", task.action, .together([node]), retry: retry, leaf)
                        isDone(node)
                    }
                }
                try await group.waitForAll()
            }
            let children = try await store.children(of: task.id)
            var result = TaskResult()
            result.align(children, retry: retry)
            result.bubble(children, retry: retry)
            guard result.status != .success, retry < retries else { return result }
            let failed = children.filter { $0.retry == retry && $0.result.isPermanent }.flatMap(\.result.failures)
            for node in failed {
                try await appendMessage(
                    "\(node) is not tried again: another attempt would fail in the same way until this is mended.",
                    node: node)
            }
            let again = Self.retriable(children, retry: retry)
            guard !again.isEmpty else { return result }
            retry += 1
            try await appendMessage("Retrying task for failed entities.", contextType: "task", context: task.id)
            try await store.retry(task.id, number: retry, of: retries, task.action, nodes: again)
        }
    }

    /// What failed at a try and may succeed at the next one.
    private static func retriable(_ children: [DrydockTask], retry: Int) -> [String] {
        children.filter { $0.retry == retry && !$0.result.isPermanent }.flatMap(\.result.failures)
    }

    /// A success for the only node, with a link to the build data of this task if there is any.
    func success() async throws -> TaskResult {
        var result = TaskResult()
        result.succeed(onlyNode)
        if try await orchestrator.buildData.hasRecords(task: task.id) {
            let reference = "\(orchestrator.configuration.internalURL())/tasks/\(task.id)/builddata"
            result.links = [TaskResult.Link(relation: "detail_logs", reference: reference)]
        }
        return result
    }

    /// Makes a message and a failure of what ended the task's body.
    ///
    /// - Throws: `error` where the task stays as it is: it was cut off, or the disk or the database does not let it go on.
    func failure(_ error: any Error) async throws -> TaskResult {
        // A body that was cut off has not failed, whatever it threw: it goes on after the restart.
        try Task.checkCancellation()
        if error is CancellationError { throw error }
        if error.isOfStorage { throw error }
        try await tell(error)
        var result = TaskResult()
        result.fail(onlyNode)
        result.isPermanent = (error as? DrydockError)?.isPermanent ?? false
        return result
    }

    /// What cannot be told, as a rule of the database does not take it, is in the log: the failure is one all the same.
    private func tell(_ failure: any Error) async throws {
        do {
            let code = (failure as? BoatyardError)?.code
            let message = TaskMessage(
                failure.inWords, isError: true, contextType: onlyNode == nil ? "NA" : "node", context: onlyNode ?? "NA",
                time: orchestrator.now(),
                extra: code.map { [NodeOverview.Problem.codeKey: .string($0)] } ?? .object([:]))
            try await store.append(message, to: task.id)
            guard let onlyNode else { return }
            try await TimelineStore(database: orchestrator.machines.database, now: orchestrator.now).record(
                .failure, task.action.rawValue, failure.inWords, node: onlyNode)
        } catch {
            try Task.checkCancellation()
            if error.isOfStorage { throw error }
            orchestrator.logger.error(
                .taskBroken,
                "the failure of a task cannot be written: \(error.inWords); it is: \(failure.inWords)",
                metadata: ["task": "\(task.id)"])
        }
    }

    /// Waits until `look` finds something, and says meanwhile what for.
    ///
    /// - Parameters:
    ///   - event: `the inventory of n1`.
    ///   - then: what happens at the deadline.
    ///   - since: when it began, where it was waited for before; nil for now.
    /// - Returns: nil once `deadline` has passed.
    func wait<T: Sendable>(
        for event: String, on topic: DrydockTopic, until deadline: Timestamp, then: String, since: Timestamp? = nil,
        _ look: @escaping @Sendable () async throws -> T?
    ) async throws -> T? {
        if let value = try await look() { return value }
        let wait = TaskWait(
            event: event, since: since ?? orchestrator.now(), deadline: deadline, then: then, isIdle: true)
        try await store.wait(task.id, for: wait)
        let value = try await orchestrator.notifier.first(
            of: topic, left: { [now = orchestrator.now] in deadline.seconds(since: now()) }, look)
        try await store.wait(task.id, for: nil)
        return value
    }

    /// `seconds` after the task was created; after a restart of the daemon at least the grace that follows one.
    func deadline(_ seconds: Double, since start: Timestamp? = nil) -> Timestamp {
        let nominal = (start ?? task.created).adding(seconds: seconds)
        guard task.created < orchestrator.started else { return nominal }
        let grace = min(seconds, orchestrator.configuration.timeouts.resumeGrace)
        return max(nominal, orchestrator.started.adding(seconds: grace))
    }

    static func filter(_ nodes: [String]) -> Value {
        [
            "filter_set_type": "intersection",
            "filter_set": [["node_names": Value(nodes), "filter_type": "union"]],
        ]
    }
}

extension TypedError {
    /// Whether the trouble is that of the disk, not of what was asked for: of the database, of an archive, of build data.
    var isOfDisk: Bool {
        guard let error = self as? StoreError else { return self is BoatyardError && kind == .unavailable }
        return [.full, .readOnly, .inputOutput, .busy].contains(error.problem)
    }
}
