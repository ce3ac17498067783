import Deckhand
import Documents
import Drydock
import DrydockFake
import Glibc
import Logging
import OrderedCollections
import Primitives
import Store
import TestSupport
import Workflow
import YAML

@testable import Shipyard

/// A Shipyard and a Deckhand on one database, and a Drydock without machines.
struct Fixture: Sendable {
    let folder: String
    let provisioner = FakeProvisioner()
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
            path: path ?? folder + "/test.db",
            migrations: (DeckhandSchema.migrations + ShipyardMigration.all).withoutGaps)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var dependencies = ShipyardDependencies(
            database: database,
            documents: try DocumentService(database: database, masterKey: Secret([UInt8](repeating: 7, count: 32))),
            provisioner: provisioner,
            deckhandEndpoint: "http://127.0.0.1:9000/api/v1.0", logFolder: folder + "/logs", versionOnCreate: nil,
            versionOnCommit: nil, deploysGroupsConcurrently: false, logger: logger)
        adjust(&dependencies)
        return (ShipyardService(dependencies), database)
    }

    /// A document for the design; every key of `metadata` that is the same for all is filled in.
    static func document(_ schema: String, _ name: String, _ data: String) -> String {
        """
        ---
        schema: \(schema)
        metadata:
          schema: metadata/Document/v1
          name: \(name)
          storagePolicy: cleartext
          layeringDefinition: {layer: site}
        data: \(data)

        """
    }

    static let layeringPolicy = """
        ---
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: layering-policy}
        data: {layerOrder: [global, site]}

        """

    /// Commits one collection with a deployment configuration and whatever else.
    func commitSite(_ service: ShipyardService, _ more: String = "", strategy: String? = nil) async throws {
        let configuration = Self.document(
            "shipyard/DeploymentConfiguration/v1", "deployment-configuration",
            // A process that gets no time for a minute fails no step.
            """
            {armada: {manifest: full-site},
              physical_provisioner: {deployment_strategy: \(strategy ?? "null"), verify_timeout: 3600}}
            """)
        let text = Self.layeringPolicy + configuration + more
        _ = try await service.addCollection(
            "design", body: Array(text.utf8), bufferMode: nil, isEmptyCollection: false)
        let report = try await service.commit(force: false, dryRun: false)
        guard report.isAccepted else { throw Trouble("\(report)") }
    }

    func create(_ service: ShipyardService, _ name: String, _ parameters: Value = [:]) async throws -> String {
        let request = try ActionRequest(["name": .string(name), "parameters": parameters])
        let answer = try await service.createAction(request, allowsIntermediateCommits: nil, caller: caller)
        guard let id = answer["id"]?.stringValue else { throw Trouble("no id") }
        return id
    }

    /// An action that is none of the site's, written down and not started.
    func insert(
        _ steps: [StepDefinition], _ service: ShipyardService, revision: Int? = nil, parameters: Value = [:]
    ) async throws -> SiteAction {
        let now = Timestamp.now()
        let action = SiteAction(
            id: ULID().description, name: "test", parameters: parameters, executionDate: now, user: "test",
            created: now, contextMarker: "", committedRevision: revision, allowsIntermediateCommits: nil,
            run: WorkflowRun(try WorkflowGraph(id: "test", steps: steps)))
        try await service.actions.insert(action, note: .action(action.id, "test", at: now))
        return action
    }

    /// Runs such an action to its end.
    func run(
        _ steps: [StepDefinition], _ service: ShipyardService, revision: Int? = nil, parameters: Value = [:]
    ) async throws -> String {
        let action = try await insert(steps, service, revision: revision, parameters: parameters)
        try await service.runners.obtain(action)?.receive(.start)
        await service.waitUntilFinished(action.id)
        return action.id
    }

    /// The names of the tags of a revision.
    func tags(_ service: ShipyardService, _ revision: Int) async throws -> Set<String> {
        Set(try await service.dependencies.documents.tags(revision: revision).keys)
    }
}

extension ActionRequest {
    init(_ value: Value) throws {
        try self.init(body: Array(value.json(.compact).utf8), mediaType: "application/json")
    }
}

extension DrydockTask {
    /// One of Drydock's, for what looks at its end alone.
    static func ended(
        _ result: TaskResult, id: String = "t", status: TaskStatus = .complete, messages: [TaskMessage] = [],
        subtasks: [String] = []
    ) -> DrydockTask {
        DrydockTask(
            id: id, action: .verifySite, design: "d", status: status, result: result, messages: messages,
            subtasks: subtasks, created: .now(), createdBy: "shipyard", updated: .now())
    }
}
