import Deckhand
import Documents
import Drydock
import Glibc
import Logging
import OrderedCollections
import Primitives
import Shipyard
import SiteActions
import Store
import Workflow

/// The workflow engine on its real store: chains, fans, and lists of many actions.
enum WorkflowBench {
    static func run(_ figures: inout Figures) async throws {
        let temporary = try TemporaryFolder(prefix: "boatyard-bench")
        let folder = temporary.path
        defer { temporary.remove() }
        let database = try Database.open(
            path: folder + "/bench.db",
            migrations: (DeckhandSchema.migrations + ShipyardMigration.all).withoutGaps)
        var dependencies = ShipyardDependencies(
            database: database,
            documents: try DocumentService(database: database, masterKey: Secret([UInt8](repeating: 1, count: 32))),
            provisioner: NoProvisioner(), deckhandEndpoint: "http://127.0.0.1/api/v1.0", logFolder: folder + "/logs",
            versionOnCreate: nil, versionOnCommit: nil, deploysGroupsConcurrently: false,
            logger: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }))
        dependencies.operations["nothing"] = { _ in .success() }

        let chain = (0..<20).map { StepDefinition("s\($0)", "nothing", after: $0 == 0 ? [] : ["s\($0 - 1)"]) }
        let fan =
            [StepDefinition("first", "nothing")]
            + (0..<100).map { StepDefinition("s\($0)", "nothing", after: ["first"]) }
            + [StepDefinition("last", "nothing", after: (0..<100).map { "s\($0)" })]
        for (title, steps, ceiling) in [("chain of 20 steps", chain, 0.25), ("fan-out of 100 steps", fan, 0.5)] {
            let graph = try WorkflowGraph(id: "bench", steps: steps)
            var seconds: [Double] = []
            for _ in 0..<5 { seconds.append(try await measure { try await runToEnd(graph, dependencies) }) }
            figures.check("\(title), median of 5", seconds.sorted()[2], "s", ceiling: ceiling)
        }

        let service = ShipyardService(dependencies)
        try await fill(database, dependencies, count: 10_000)
        for limit in [20, 100] {
            var milliseconds: [Double] = []
            for _ in 0..<300 {
                let seconds = try await measure {
                    _ = try await service.listActions(verbosity: 1, limit: limit).json(.spaced)
                }
                milliseconds.append(seconds * 1000)
            }
            milliseconds.sort()
            figures.check(
                "10000 actions: GET actions?limit=\(limit), p99", milliseconds[296], "ms", ceiling: 20)
        }
        let begun = try await measure { _ = try await service.listActions(verbosity: 1).json(.spaced) }
        figures.tell("10000 actions: GET actions, the newest 1000", begun * 1000, "ms")
        await database.close()
    }

    /// Runs `graph` as the workflow of an action that has no checks.
    ///
    /// - Returns: the id of the action.
    @discardableResult private static func runToEnd(
        _ graph: WorkflowGraph, _ dependencies: ShipyardDependencies
    ) async throws -> String {
        var dependencies = dependencies
        dependencies.graph = { _ in graph }
        let service = ShipyardService(dependencies)
        let body = #"{"name": "\#(SiteActionKind.testSite.rawValue)"}"#
        let action = try await service.createAction(
            ActionRequest(body: Array(body.utf8), mediaType: "application/json"), allowsIntermediateCommits: nil,
            caller: ShipyardCaller(name: "bench", requestID: ""))
        let id = action["id"]?.stringValue ?? ""
        await service.waitUntilFinished(id)
        return id
    }

    private static func measure(_ work: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await work()
        let elapsed = (ContinuousClock.now - start).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }

    /// Multiplies an ended deployment.
    private static func fill(
        _ database: Database, _ dependencies: ShipyardDependencies, count: Int
    ) async throws {
        let id = try await runToEnd(try SiteActionKind.deploySite.graph(), dependencies)
        try await database.write { connection in
            try connection.execute(
                """
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                INSERT INTO shipyard_actions
                SELECT '02' || printf('%024d', i), name, parameters, execution_date + i, user, created + i,
                    context_marker, committed_revision, allow_intermediate_commits, graph, run, state, step_states,
                    sequence + i
                FROM n JOIN shipyard_actions ON id = ?
                """, [.int(Int64(count)), .text(id)])
            try connection.execute(
                """
                INSERT INTO shipyard_notes
                SELECT '03' || substr(a.id, 3), 'action/' || a.id, 'bench', 'action metadata', 'Configdoc revision 1', 1,
                    NULL, 0, a.created, NULL
                FROM shipyard_actions a WHERE a.id > '02'
                """)
        }
    }
}

private struct NoProvisioner: SiteProvisioner {
    private static let missing = DrydockError(.missing, "there is no Drydock in a bench")

    func validateDesign(_ reference: String) async throws -> DesignStatus { throw Self.missing }
    func nodeNames(design: String, filter: Value) async throws -> [String] { [] }
    func createTask(_ request: TaskRequest) async throws -> DrydockTask { throw Self.missing }
    func task(_ id: String) async throws -> DrydockTask? { nil }
    func awaitTask(_ id: String, until deadline: Timestamp) async throws -> DrydockTask { throw Self.missing }
    func awaitTask(_ id: String, beyond known: Set<String>, until deadline: Timestamp) async throws -> DrydockTask {
        throw Self.missing
    }
    func terminateTasks(keyPrefix prefix: String, reason: String) async throws {}
    func tasks(keyPrefix prefix: String) async throws -> OrderedDictionary<String, DrydockTask> { [:] }
    func siteNodes(design: String?) async throws -> [MachineStatus] { [] }
    func nodes() async throws -> [MachineStatus] { [] }
    func buildData(task: String) async throws -> [Value] { [] }
}
