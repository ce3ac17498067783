import Drydock
import OrderedCollections
import Primitives
import SiteActions

/// What Drydock does for groups that are deployed together (`docs/reference/shipyard.md` §10.11).
///
/// One task prepares their nodes. Those that are ready are deployed, by further tasks while others are prepared as long as that
/// cannot matter for the criteria, so that a machine that hangs does not hold up those that do not.
struct WaveDeployment {
    let context: StepContext
    let wave: [(group: String, nodes: [String])]

    /// How many tasks deploy nodes at the same time while others are prepared.
    private static let limit = 3
    private static let longestPause = Duration.seconds(300)

    private enum News: Sendable {
        case prepared(DrydockTask, isOver: Bool)
        case deployed(Int, DrydockTask)
        /// The pause before a further task that deploys is over.
        case isDue
    }

    /// Nodes that one task deploys.
    private struct Batch: Sendable {
        var key: String
        var nodes: [String]
    }

    private var name: String { wave.map(\.group).joined(separator: "+") }

    /// Prepares the nodes and deploys them.
    ///
    /// - Parameter deployment: takes what became of the groups.
    /// - Returns: the tasks at their ends, or as they are at their deadlines: that which prepared, then those that deployed, in the order
    ///   in which they began.
    func run(_ deployment: inout DeploymentProgress) async throws -> [DrydockTask] {
        let tasks = DrydockTasks(context: context)
        let nodes = wave.flatMap(\.nodes)
        context.log.write("Group \(name): preparing \(nodes.joined(separator: ", "))")
        let preparation = try await tasks.begin(
            .prepareNodes, nodeFilter: NodeSelector.filter(names: nodes), key: tasks.key(.prepareNodes, scope: name),
            timeout: context.configuration.seconds("physical_provisioner.prepare_node_timeout"))
        await context.setWait(DrydockTasks.wait(for: [preparation]))
        // What an earlier run of the step has begun goes on.
        var waiting = try await earlier(tasks, of: Set(nodes))
        var taken: Set<String> = []
        var begun: [DrydockTasks.Begun] = []
        var ended: [Int: DrydockTask] = [:]
        var prepared: DrydockTask?
        var ready: Set<String> = []
        var deploying: [String] = []
        var pause = context.environment.deploymentPause
        var isPausing = false
        try await withThrowingTaskGroup(of: News.self) { group in
            group.addTask { try await Self.preparation(preparation, beyond: [], tasks) }
            while true {
                for batch in waiting {
                    taken.formUnion(batch.nodes)
                    let (task, number) = (try await begin(batch, tasks), begun.count)
                    begun.append(task)
                    group.addTask { .deployed(number, try await tasks.end(task)) }
                }
                waiting = []
                let open = begun.filter { !$0.isOver }
                if prepared != nil {
                    if open.isEmpty { break }
                    await context.setWait(DrydockTasks.wait(for: open))
                } else if !isPausing, open.count < Self.limit, !next(deployment, ready, taken).isEmpty {
                    isPausing = true
                    group.addTask { [pause] in
                        try await Task.sleep(for: pause)
                        return .isDue
                    }
                }
                guard let news = try await group.next() else { break }
                let key = tasks.key(.deployNodes, scope: name, part: begun.count + 1)
                switch news {
                case .prepared(let task, isOver: false):
                    ready = DrydockTasks.successes(task)
                    group.addTask { [ready] in try await Self.preparation(preparation, beyond: ready, tasks) }
                case .prepared(let task, isOver: true):
                    prepared = task
                    // Those that are deployed were prepared, whatever became of the task.
                    let successes = DrydockTasks.successes(task).union(taken)
                    var rest: [String] = []
                    for (group, _) in wave {
                        guard case .deploy(_, let nodes) = deployment.prepared(group, successes: successes) else {
                            continue
                        }
                        deploying.append(group)
                        rest += nodes.filter { !taken.contains($0) }
                    }
                    if !rest.isEmpty { waiting = [Batch(key: key, nodes: rest)] }
                case .isDue:
                    isPausing = false
                    guard prepared == nil else { continue }
                    waiting = [Batch(key: key, nodes: next(deployment, ready, taken))]
                    pause = min(pause * 2, Self.longestPause)
                case .deployed(let number, let task):
                    ended[number] = task
                    begun[number].isOver = true
                }
            }
            group.cancelAll()
        }
        await context.setWait(nil)
        let deployed = ended.sorted { $0.key < $1.key }.map(\.value)
        let successes = deployed.reduce(into: Set<String>()) { $0.formUnion(DrydockTasks.successes($1)) }
        for group in deploying { deployment.deployed(group, successes: successes) }
        return [prepared].compactMap { $0 } + deployed
    }

    private static func preparation(
        _ task: DrydockTasks.Begun, beyond known: Set<String>, _ tasks: DrydockTasks
    ) async throws -> News {
        let (task, isOver) = try await tasks.progress(task, beyond: known)
        return .prepared(task, isOver: isOver)
    }

    /// The nodes that can be deployed now while others are prepared.
    private func next(_ deployment: DeploymentProgress, _ ready: Set<String>, _ taken: Set<String>) -> [String] {
        wave.flatMap { deployment.deployable($0.group, successes: ready) }.filter { !taken.contains($0) }
    }

    private func begin(_ batch: Batch, _ tasks: DrydockTasks) async throws -> DrydockTasks.Begun {
        context.log.write("Group \(name): deploying \(batch.nodes.joined(separator: ", "))")
        return try await tasks.begin(
            .deployNodes, nodeFilter: NodeSelector.filter(names: batch.nodes), key: batch.key,
            timeout: context.configuration.seconds("physical_provisioner.deploy_timeout"))
    }

    /// The tasks of this try that deploy nodes of these, the oldest first.
    private func earlier(_ tasks: DrydockTasks, of nodes: Set<String>) async throws -> [Batch] {
        var batches: [Batch] = []
        for (key, task) in try await tasks.made() where task.action == .deployNodes {
            let names = try await context.environment.provisioner.nodeNames(
                design: task.design, filter: task.nodeFilter)
            if !nodes.isDisjoint(with: names) { batches.append(Batch(key: key, nodes: names)) }
        }
        return batches
    }
}
