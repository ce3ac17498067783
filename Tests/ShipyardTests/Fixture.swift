import Documents
import Glibc
import Logging
import OrderedCollections
import Primitives
import Store
import Synchronization
import TestSupport
import YAML

@testable import Shipyard

/// Documents in memory, by the rules of Deckhand that Shipyard relies upon.
final class ShelfOfDocuments: DocumentLibrary {
    struct Revision {
        var facts: RevisionFacts
        var buckets: OrderedDictionary<String, [Value]>
    }

    struct State {
        var revisions: [Revision] = []
        var validations: [Value] = []
        var renderError: DocumentError?
        var putError: DocumentError?
        var renders = 0
    }

    let state = Mutex(State())

    func revisionFacts() async throws -> [RevisionFacts] { state.withLock { $0.revisions.map(\.facts) } }

    func replace(bucket: String, documents: [Value], lines: StreamLines) async throws -> Int? {
        try state.withLock { state in
            if let error = state.putError { throw error }
            var buckets = state.revisions.last?.buckets ?? [:]
            guard buckets[bucket] ?? [] != documents else { return nil }
            buckets[bucket] = documents
            return Self.append(buckets, &state)
        }
    }

    private static func append(_ buckets: OrderedDictionary<String, [Value]>, _ state: inout State) -> Int {
        let id = (state.revisions.last?.facts.id ?? 0) + 1
        state.revisions.append(Revision(facts: RevisionFacts(id: id, tags: []), buckets: buckets))
        return id
    }

    private func revision(_ id: Int) -> Revision? { state.withLock { $0.revisions.first { $0.facts.id == id } } }

    func documents(revision id: Int, bucket: String, cleartext: Bool) async throws -> [Value] {
        revision(id)?.buckets[bucket] ?? []
    }

    func renderedDocuments(revision id: Int) async throws -> [RenderedDocument] {
        if let error = state.withLock({ state in
            state.renders += 1
            return state.renderError
        }) {
            throw error
        }
        return (revision(id)?.buckets.values.flatMap { $0 } ?? []).map { value in
            let schema = value["schema"]?.stringValue ?? ""
            let name = value["metadata"]?["name"]?.stringValue ?? value["name"]?.stringValue ?? ""
            let source = StoredDocument(
                id: 1, bucket: "design", revision: id,
                identity: DocumentIdentity(schema: schema, layer: "site", name: name), metadata: [:],
                data: value["data"] ?? .null)
            return RenderedDocument(source: source, data: value["data"] ?? .null)
        }
    }

    func renderedValues(revision id: Int, cleartext: Bool) async throws -> [Value] {
        try await renderedDocuments(revision: id).map(\.value)
    }

    func addTag(_ name: String, revision id: Int) async throws {
        state.withLock { state in
            for index in state.revisions.indices where state.revisions[index].facts.id == id {
                state.revisions[index].facts.tags.insert(name)
            }
        }
    }

    func bucketChanges(from old: Int, to new: Int) async throws -> OrderedDictionary<String, String> {
        let before = revision(old)?.buckets ?? [:]
        let after = revision(new)?.buckets ?? [:]
        var changes = OrderedDictionary<String, String>()
        for name in OrderedSet(before.keys).union(after.keys) {
            let (was, now) = (before[name] ?? [], after[name] ?? [])
            changes[name] =
                was == now ? "unmodified" : was.isEmpty ? "created" : now.isEmpty ? "deleted" : "modified"
        }
        return changes
    }

    func rollBack(to id: Int) async throws {
        let buckets = revision(id)?.buckets ?? [:]
        _ = state.withLock { Self.append(buckets, &$0) }
    }

    func storedValidations(revision: Int) async throws -> [Value] { state.withLock { $0.validations } }

    func tags(_ id: Int) -> Set<String> { revision(id)?.facts.tags ?? [] }
}

/// A Drydock whose tasks end at once, or when they are let.
final class ObedientProvisioner: SiteProvisioner {
    struct State {
        var nodes = ["n1", "n2", "n3", "n4"]
        var known: [ProvisionerNode] = []
        var tasks: OrderedDictionary<String, ProvisionerTask> = [:]
        var keys: [String: String] = [:]
        var starts: [String] = []
        var lookups = 0
        var terminated: Set<String> = []
        var prepareFailures: Set<String> = []
        var held: Set<String> = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var designStatus: Value = ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }

    let state = Mutex(State())

    func designStatus(_ reference: String) async throws -> Value { state.withLock { $0.designStatus } }

    func startTask(
        action: String, design: String, nodeFilter: Value, createdBy: String, key: String
    ) async throws -> String {
        state.withLock { state in
            if let id = state.keys[key] { return id }
            let id = "task-\(state.tasks.count + 1)"
            var task = ProvisionerTask(id: id, action: action, status: "complete", result: "success")
            let names = nodeFilter["filter_set"]?[0]?["node_names"]?.arrayValue?.compactMap(\.stringValue)
            let chosen = names ?? state.nodes
            task.successes = chosen.filter { action != "prepare_nodes" || !state.prepareFailures.contains($0) }
            task.messages = [
                ProvisionerTask.Message(
                    "did \(action)", isError: false, contextType: "task", context: id,
                    time: Timestamp(microseconds: 5))
            ]
            state.tasks[id] = task
            state.keys[key] = id
            state.starts.append(action)
            return id
        }
    }

    func terminateTasks(keyPrefix prefix: String, reason: String) async throws {
        state.withLock { state in
            for (key, id) in state.keys where key.hasPrefix(prefix) { state.terminated.insert(id) }
        }
    }

    func provisionerTask(_ id: String) async throws -> ProvisionerTask? { state.withLock { $0.tasks[id] } }

    func awaitProvisionerTask(_ id: String, until deadline: Timestamp) async throws -> ProvisionerTask {
        let action = state.withLock { $0.tasks[id]?.action ?? "" }
        while state.withLock({ $0.held.contains(action) }) {
            try await Task.sleep(for: .milliseconds(2))
        }
        guard let task = state.withLock({ $0.tasks[id] }) else { throw StepError("no task \(id)") }
        return task
    }

    func linkedText(_ link: String) async throws -> String? {
        if link == "broken" { throw Trouble("no answer") }
        return link.hasPrefix("http") ? "behind \(link)" : nil
    }

    func provisionerNodes() async throws -> [ProvisionerNode] { state.withLock { $0.known } }

    func nodeNames(design: String, filter: Value) async throws -> [String] {
        let names = filter["filter_set"]?[0]?["node_names"]?.arrayValue?.compactMap(\.stringValue)
        state.withLock { $0.lookups += 1 }
        return names ?? state.withLock { $0.nodes }
    }
}

let otherMigrations = [
    Migration(number: 1, name: "a stand-in", statements: []), Migration(number: 2, name: "a stand-in", statements: []),
]

/// A Shipyard with everything around it in memory but its own database and logs.
struct Fixture: Sendable {
    let folder: String
    let shelf = ShelfOfDocuments()
    let provisioner = ObedientProvisioner()
    let caller = ShipyardCaller(name: "shipyard", requestID: "b8e4dc3a-6f6e-4d1c-9d6a-0b3f2a3c4d5e")

    static func with<T>(_ body: (Fixture) async throws -> T) async throws -> T {
        try await withTemporaryFolder { try await body(Fixture(folder: $0)) }
    }

    /// With a service over its database, which is closed at the end.
    static func withService<T>(_ body: (Fixture, ShipyardService) async throws -> T) async throws -> T {
        try await with { fixture in
            let (service, database) = try fixture.open()
            do {
                let result = try await body(fixture, service)
                await database.close()
                return result
            } catch {
                await database.close()
                throw error
            }
        }
    }

    /// The same with a committed site.
    static func withSite<T>(_ body: (Fixture, ShipyardService) async throws -> T) async throws -> T {
        try await withService { fixture, service in
            try await fixture.commitSite(service)
            return try await body(fixture, service)
        }
    }

    /// - Parameter path: another database than the stand's own.
    func open(
        path: String? = nil, _ adjust: (inout ShipyardDependencies) -> Void = { _ in }
    ) throws -> (ShipyardService, Database) {
        let database = try Database.open(
            path: path ?? folder + "/test.db", migrations: (otherMigrations + ShipyardMigration.all).withoutGaps)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var dependencies = ShipyardDependencies(
            database: database, documents: shelf, provisioner: provisioner,
            deckhandEndpoint: "http://127.0.0.1:9000/api/v1.0", logFolder: folder + "/logs", logger: logger)
        adjust(&dependencies)
        return (ShipyardService(dependencies), database)
    }

    /// Commits one collection with a deployment configuration and whatever else.
    func commitSite(_ service: ShipyardService, _ more: String = "", strategy: String? = nil) async throws {
        var text = """
            schema: shipyard/DeploymentConfiguration/v1
            metadata: {name: deployment-configuration}
            data: {armada: {manifest: full-site}, physical_provisioner: {deployment_strategy: STRATEGY}}
            """
        text = text.split(separator: "STRATEGY", maxSplits: 1).joined(separator: strategy ?? "null")
        _ = try await service.addCollection(
            "design", body: Array((text + "\n" + more).utf8), bufferMode: nil, isEmptyCollection: false)
        let report = try await service.commit(force: false, dryRun: false)
        guard report.isAccepted else { throw Trouble("\(report)") }
    }

    func create(_ service: ShipyardService, _ name: String, _ parameters: Value = [:]) async throws -> String {
        let request = try ActionRequest(["name": .string(name), "parameters": parameters])
        let answer = try await service.createAction(request, allowsIntermediateCommits: nil, caller: caller)
        guard let id = answer["id"]?.stringValue else { throw Trouble("no id") }
        return id
    }
}
