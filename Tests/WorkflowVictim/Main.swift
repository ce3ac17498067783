import Audit
import Deckhand
import Drydock
import Glibc
import Identity
import Logging
import OrderedCollections
import Primitives
import Shipyard
import Store
import Synchronization

/// Runs the real engine on a real database, and kills itself at a chosen moment.
///
/// `prepare STATE` commits a site. `create STATE ACTION K` starts an action and dies by SIGKILL at the K-th look at the
/// clock: the engine looks at it before it writes a transition down and whenever a step begins, so that K from 1 upwards
/// goes through every moment before and after every transition; K 0 lets it live and prints how often it looked.
/// `resume STATE` goes on with what is there. While STATE/poison is there, bringing software up to date ends the process,
/// too: a step that no process survives. Each prints what became of the actions. What the steps did outside of the
/// database is in STATE/ledger.
@main
enum Victim {
    static func main() async {
        do {
            let arguments = CommandLine.arguments
            guard arguments.count >= 3 else { throw Mistake(description: "usage: workflow-victim COMMAND STATE …") }
            let site = try VictimSite(folder: arguments[2])
            switch arguments[1] {
            case "prepare": try await site.prepare()
            case "create": try await site.create(arguments[3], dyingAt: Int(arguments[4]) ?? 0)
            default: try await site.resume()
            }
            try await site.database.write { try UncleanEnds.stop($0) }
            print(try await site.outcome().json(.compact))
            await site.database.close()
        } catch {
            print("failed: \(error)")
            exit(1)
        }
    }
}

struct Mistake: Error, CustomStringConvertible { var description: String }

/// Counts looks at the clock, and ends the process at one of them.
final class DeadlyClock: Sendable {
    private let state = Mutex((looks: 0, last: 0))

    var looks: Int { state.withLock { $0.looks } }

    /// From now on; 0 never.
    func arm(_ last: Int) { state.withLock { $0 = (0, last) } }

    func look() -> Timestamp {
        state.withLock { state in
            state.looks += 1
            if state.looks == state.last { kill(getpid(), SIGKILL) }
        }
        return .now()
    }
}

struct VictimSite {
    let database: Database
    private let clock = DeadlyClock()
    private let service: ShipyardService
    private let documents: DocumentService

    init(folder: String) throws {
        let clock = clock
        database = try Database.open(
            path: folder + "/boatyard.db",
            migrations: DeckhandSchema.migrations + DrydockMigration.all + IdentityMigration.all + ShipyardMigration.all
                + AuditMigration.all + [DaemonRecord.migration])
        documents = try DocumentService(database: database, masterKey: Secret([UInt8](repeating: 7, count: 32)))
        let ledger = Ledger(path: folder + "/ledger")
        var logger = Logger(label: "victim")
        logger.logLevel = .critical
        var dependencies = ShipyardDependencies(
            database: database, documents: documents, provisioner: LedgerProvisioner(ledger: ledger),
            deckhandEndpoint: "http://127.0.0.1:9000/api/v1.0", logFolder: folder + "/logs", versionOnCreate: nil,
            versionOnCommit: nil,
            deploysGroupsConcurrently: false, logger: logger)
        dependencies.armada = LedgerArmada(ledger: ledger, poison: folder + "/poison")
        dependencies.promenade = LedgerPromenade()
        dependencies.now = { clock.look() }
        service = ShipyardService(dependencies)
    }

    func prepare() async throws {
        let text = """
            schema: shipyard/DeploymentConfiguration/v1
            metadata: {schema: metadata/Document/v1, name: deployment-configuration, layeringDefinition: {layer: site}, storagePolicy: cleartext}
            data: {physical_provisioner: {deployment_strategy: two-groups}, armada: {manifest: full-site}}
            ---
            schema: shipyard/DeploymentStrategy/v1
            metadata: {schema: metadata/Document/v1, name: two-groups, layeringDefinition: {layer: site}, storagePolicy: cleartext}
            data:
              groups:
                - {name: first, critical: true, depends_on: [], selectors: [{node_names: [n1]}]}
                - {name: second, critical: true, depends_on: [first], selectors: [{node_names: [n2]}]}
            ---
            schema: deckhand/LayeringPolicy/v1
            metadata: {schema: metadata/Control/v1, name: layering-policy}
            data: {layerOrder: [site]}
            """
        _ = try await service.addCollection(
            "design", body: Array(text.utf8), bufferMode: nil, isEmptyCollection: false)
        let report = try await service.commit(force: false, dryRun: false)
        guard report.isSuccess else { throw Mistake(description: "\(report)") }
    }

    func create(_ name: String, dyingAt last: Int) async throws {
        _ = try await database.write { try UncleanEnds.begin($0) }
        clock.arm(last)
        let body: Value = ["name": .string(name), "parameters": ["target_nodes": "n1,n2"]]
        let request = try ActionRequest(body: Array(body.json(.compact).utf8), mediaType: "application/json")
        let answer = try await service.createAction(
            request, allowsIntermediateCommits: nil, caller: ShipyardCaller(name: "victim", requestID: ""))
        await service.waitUntilFinished(answer["id"]?.stringValue ?? "")
    }

    func resume() async throws {
        if try await database.write({ try UncleanEnds.begin($0) }) { try await service.endRepeatedSteps() }
        let running = Task { try await service.run() }
        for action in try await service.listActions(verbosity: 0).arrayValue ?? [] {
            try await service.awaitEnd(of: action["id"]?.stringValue ?? "", seconds: 60)
        }
        running.cancel()
        try await running.value
    }

    /// How often the clock was looked at, and for each action its state and those of its steps; the tags of the
    /// revisions.
    func outcome() async throws -> Value {
        let looks = clock.looks
        let actions = try await service.listActions(verbosity: 0).arrayValue ?? []
        return [
            "looks": .int(looks),
            "actions": .array(
                actions.map { action in
                    [
                        "state": action["dag_status"] ?? .null,
                        "steps": .array((action["steps"]?.arrayValue ?? []).map { $0["state"] ?? .null }),
                        "failed": .array(
                            (action["steps"]?.arrayValue ?? []).filter { $0["state"] == "failed" }.map {
                                $0["id"] ?? .null
                            }),
                    ]
                }),
            "tags": .array(
                try await documents.revisions().map { Value($0.tags.keys.sorted()) }),
        ]
    }
}
