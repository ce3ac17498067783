import Deckhand
import Drydock
import DrydockFake
import HTTPTypes
import Logging
import OrderedCollections
import Primitives
import Store
import TestSupport

@testable import API
@testable import Shipyard

/// Shipyard's controller over a real Deckhand and a Drydock without machines, where erasing takes for ever.
struct ShipyardFixture: Sendable {
    let database: Database
    let service: ShipyardService
    let provisioner = FakeProvisioner(nodes: ["n1"])
    let table: RouteTable

    /// - Parameter now: the clock of the service.
    static func with<T>(
        now: @escaping @Sendable () -> Timestamp = { .now() }, _ body: (ShipyardFixture) async throws -> T
    ) async throws -> T {
        try await withTemporaryFolder { folder in
            let fixture = try ShipyardFixture(folder: folder, now: now)
            do {
                let result = try await body(fixture)
                await fixture.end()
                return result
            } catch {
                await fixture.end()
                throw error
            }
        }
    }

    private init(folder: String, now: @escaping @Sendable () -> Timestamp) throws {
        database = try Database.open(
            path: folder + "/test.db", migrations: (DeckhandSchema.migrations + ShipyardMigration.all).withoutGaps)
        let documents = try DocumentService(database: database, masterKey: Secret([UInt8](repeating: 1, count: 32)))
        documents.keepDocuments(while: ShipyardService.openAction)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        provisioner.show([MachineStatus(node: "n1", hostname: "n1", state: .ready, power: .on)])
        provisioner.hold([.destroyNodes])
        var dependencies = ShipyardDependencies(
            database: database, documents: documents, provisioner: provisioner,
            deckhandEndpoint: "http://127.0.0.1/api/v1.0", logFolder: folder + "/logs", versionOnCreate: nil,
            versionOnCommit: nil, deploysGroupsConcurrently: false, logger: logger)
        dependencies.now = now
        service = ShipyardService(dependencies)
        table = try RouteTable(controllers: [
            ShipyardController(service: service, health: { [] }), DeckhandController(documents),
        ])
    }

    private func end() async {
        await service.runners.shutDown()
        await database.close()
    }

    func ask(
        _ method: HTTPRequest.Method, _ target: String, _ body: String = "", type: String? = nil,
        headers: HTTPFields = [:], caller: Caller? = .administrator("operator")
    ) async -> APIResponse {
        var headers = headers
        headers[.contentType] = type
        return await table.respond(
            to: APIRequest(
                method: method, target: target, headers: headers, authority: "boatyard:9000", body: Array(body.utf8),
                caller: caller))
    }

    func commitSite() async -> APIResponse {
        let text = """
            schema: deckhand/LayeringPolicy/v1
            metadata: {schema: metadata/Control/v1, name: layering-policy}
            data: {layerOrder: [site]}
            ---
            schema: shipyard/DeploymentConfiguration/v1
            metadata:
              schema: metadata/Document/v1
              name: deployment-configuration
              layeringDefinition: {layer: site}
              storagePolicy: cleartext
            data: {armada: {manifest: full-site}}
            """
        let staged = await ask(.post, "/api/v1.0/configdocs/design", text, type: "application/x-yaml")
        guard staged.status == .created else { return staged }
        return await ask(.post, "/api/v1.0/commitconfigdocs")
    }
}

extension APIResponse {
    /// The body as JSON; null where it is none.
    var json: Value {
        guard case .bytes(let bytes) = body else { return .null }
        return (try? Value(json: bytes)) ?? .null
    }
}
