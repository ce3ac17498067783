import Primitives
import SiteDesign

/// A task while it runs: what its action may say and do.
struct TaskRun: Sendable {
    typealias Body = @Sendable (TaskRun) async throws -> TaskResult

    let task: DrydockTask
    let orchestrator: Orchestrator

    private var store: TaskStore { orchestrator.tasks }

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

    func appendMessage(
        _ text: String, isError: Bool = false, contextType: String, context: String, repeating: Bool = false
    ) async throws {
        let message = TaskMessage(
            text, isError: isError, contextType: contextType, context: context, time: orchestrator.now())
        try await store.append(message, to: task.id, repeating: repeating)
    }

    /// Runs the child in `slot`: makes it, goes on with it, or takes its result if it has ended before a restart.
    ///
    /// - Parameter slot: names the child within this task; the same at every run.
    func child(
        _ slot: String, _ action: TaskAction, nodes: [String]? = nil, filter: Value? = nil, retry: Int = 0,
        _ body: @escaping Body
    ) async throws -> DrydockTask {
        let filter = filter ?? nodes.map(Self.filter) ?? .null
        let request = TaskRequest(
            action: action, design: task.design, nodeFilter: filter, createdBy: task.createdBy)
        let child = try await store.create(request, parent: task.id, slot: slot, retry: retry).task
        return try await orchestrator.perform(child, body)
    }

    /// Runs `leaf` once for each node, concurrently, in a child for each.
    ///
    /// - Parameter retries: how often what failed is tried again.
    func group(
        _ slot: String, _ action: TaskAction, nodes: [String], filter: Value? = nil, retries: Int = 0,
        _ leaf: @escaping @Sendable (TaskRun, String) async throws -> Void
    ) async throws -> DrydockTask {
        try await child(slot, action, nodes: nodes, filter: filter) { run in
            try await run.eachNode(nodes, retries: retries, leaf)
        }
    }

    private func eachNode(
        _ nodes: [String], retries: Int, _ leaf: @escaping @Sendable (TaskRun, String) async throws -> Void
    ) async throws -> TaskResult {
        var retry = task.retry
        while true {
            let before = try await store.children(of: task.id)
            let targets = retry == 0 ? nodes : Self.failures(before, retry: retry - 1)
            try await concurrently(targets) { [retry] node in
                _ = try await child("\(node)#\(retry)", task.action, nodes: [node], retry: retry) { run in
                    try await leaf(run, node)
                    return try await run.success(of: node)
                }
            }
            let children = try await store.children(of: task.id)
            var result = TaskResult()
            result.align(children, retry: retry)
            result.bubble(children, retry: retry)
            guard result.status != .success, !result.failures.isEmpty, retry < retries else { return result }
            retry += 1
            try await appendMessage("Retrying task for failed entities.", contextType: "task", context: task.id)
            try await store.retry(task.id, number: retry)
        }
    }

    private func success(of node: String) async throws -> TaskResult {
        var result = TaskResult()
        result.succeed(node)
        if try await orchestrator.buildData.hasRecords(task: task.id) {
            let reference = "\(orchestrator.configuration.internalURL())/tasks/\(task.id)/builddata"
            result.links = [TaskResult.Link(relation: "detail_logs", reference: reference)]
        }
        return result
    }

    private static func failures(_ children: [DrydockTask], retry: Int) -> [String] {
        children.filter { $0.retry == retry }.flatMap(\.result.failures)
    }

    /// At most as many at once as configured.
    func concurrently(_ names: [String], _ work: @escaping @Sendable (String) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (place, name) in names.enumerated() {
                if place >= orchestrator.configuration.parallelNodes { try await group.next() }
                group.addTask { try await work(name) }
            }
            try await group.waitForAll()
        }
    }

    /// Waits until `look` finds something, and says meanwhile what for.
    ///
    /// - Parameters:
    ///   - event: `the inventory of n1`.
    ///   - then: what happens at the deadline.
    /// - Returns: nil once `deadline` has passed.
    func wait<T: Sendable>(
        for event: String, on topic: DrydockTopic, until deadline: Timestamp, then: String,
        _ look: @escaping @Sendable () async throws -> T?
    ) async throws -> T? {
        if let value = try await look() { return value }
        let wait = TaskWait(event: event, since: orchestrator.now(), deadline: deadline, then: then)
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
