import Cryptography
import Deckhand
import Drydock
import HTTPTypes
import Netboot
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign
import Store
import TestSupport

@testable import API

/// BMCs that do at once what they are told; their machines are on.
private struct ObedientBMCs: OutOfBandDrivers {
    let types = OutOfBand.types

    func acknowledge(node: String) -> String? { nil }

    func driver(for node: BaremetalNode) -> any OutOfBandDriver { ObedientBMC(node: node.name) }
}

private struct ObedientBMC: OutOfBandDriver {
    let node: String

    func powerState(until deadline: Timestamp) -> PowerState { .on }

    func setNextBoot(from source: BootSource, _ mode: BootMode, until deadline: Timestamp) -> OutOfBandOutcome {
        OutOfBandOutcome(message: "Node \(node) boots from the \(source.rawValue) next.")
    }

    func powerOff(until deadline: Timestamp) -> OutOfBandOutcome { OutOfBandOutcome(message: "Node \(node) is off.") }

    func powerOn(until deadline: Timestamp) -> OutOfBandOutcome { OutOfBandOutcome(message: "Node \(node) is on.") }

    func powerCycle(until deadline: Timestamp) -> OutOfBandOutcome {
        OutOfBandOutcome(message: "Node \(node) was off and is on.")
    }

    var hasConsole: Bool { true }

    var consoleSecrets: [Secret<String>] { [Secret("rowboat")] }

    /// That of berth-1 echoes; the others' BMCs have none.
    func openConsole(takesOver: Bool, until deadline: Timestamp) throws -> any MachineConsole {
        guard node == "berth-1" else { throw ConsoleTrouble("The BMC of \(node) has no console.", passes: false) }
        return EchoingConsole()
    }
}

private final class EchoingConsole: MachineConsole {
    private let line = AsyncStream<[UInt8]>.makeStream()

    func read() async throws -> [UInt8]? {
        for await bytes in line.stream { return bytes }
        try Task.checkCancellation()
        return nil
    }

    func write(_ characters: [UInt8]) { line.continuation.yield(characters) }

    func sendBreak() { line.continuation.yield(Array("<break>".utf8)) }

    func close() { line.continuation.finish() }
}

/// Drydock's controllers over a real service on a real database; machines are played by the tests.
struct DrydockFixture {
    let service: DrydockService
    let table: RouteTable
    let design: String

    /// - Parameter isCommitted: whether the example site is what is committed, or nothing is.
    static func run(isCommitted: Bool = false, _ body: (DrydockFixture) async throws -> Void) async throws {
        try await withTemporaryFolder { try await run(in: $0, isCommitted: isCommitted, body) }
    }

    private static func run(
        in folder: String, isCommitted: Bool, _ body: (DrydockFixture) async throws -> Void
    ) async throws {
        let key = Secret([UInt8](repeating: 5, count: 32))
        let database = try Database.open(
            path: folder + "/boatyard.db", migrations: (DeckhandSchema.migrations + DrydockMigration.all).withoutGaps)
        let documents = try DocumentService(database: database, masterKey: key)
        let site = try ExampleSite.documents()
        let revision = try await documents.put(bucket: "site", documents: site).revision ?? 0
        var configuration = DrydockConfiguration(
            stateDirectory: folder, nodeURL: { "http://192.0.2.1:8080" },
            internalURL: { "http://192.0.2.1:9000/api/v1.0" },
            timeouts: DrydockConfiguration.Timeouts(
                drydock: 300, identifyNode: 600, configureHardware: 1800, deployNode: 2700, bootActionFinalStatus: 900,
                destroyNode: 1800))
        configuration.installer = .addresses(
            kernel: "http://192.0.2.1:8080/vmlinuz", ramdisk: "http://192.0.2.1:8080/initrd")
        configuration.timeouts.fetchRetryDelays = []
        configuration.capturesConsoles = true
        let service = DrydockService(
            DrydockDependencies(
                database: database, documents: documents, configuration: configuration,
                outOfBand: ObedientBMCs(), keys: Keyring(key)))
        let running = Task { try await service.run() }
        let fixture = DrydockFixture(
            service: service,
            table: try RouteTable(
                controllers: [
                    DrydockController(service: service, committedRevision: { isCommitted ? revision : nil }),
                    NodeController(service: service),
                ],
                access: AccessControl(
                    authorizer: AccessControl.administratorsOnly.authorizer, identityURI: { _ in "http://k/v3" })),
            design: "deckhand+http://127.0.0.1/api/v1.0/revisions/\(revision)/rendered-documents")
        do { try await body(fixture) } catch { print("the test ended early: \(error)"); throw error }
        running.cancel()
        _ = await running.result
        await database.close()
    }

    /// The beginning of a body that is streamed: until it has `text`.
    func stream(_ target: String, until text: String, then act: @escaping @Sendable () async throws -> Void)
        async throws
        -> String
    {
        let response = await table.respond(
            to: APIRequest(
                method: .get, target: target, headers: HTTPFields(), body: [], caller: .administrator("tester"),
                listener: .admin, peer: "192.0.2.77:4000"))
        guard case .stream(let body) = response.body else {
            throw BoatyardError("unexpected", "\(response.status.code) in place of a stream")
        }
        let (pieces, continuation) = AsyncStream<[UInt8]>.makeStream()
        let producing = Task { try await body.produce { continuation.yield($0) } }
        try await act()
        var seen = ""
        for await piece in pieces {
            seen += String(decoding: piece, as: UTF8.self)
            if seen.contains(text) { break }
        }
        producing.cancel()
        _ = await producing.result
        return seen
    }

    /// An answer with its body read.
    struct Response {
        var status: Int
        var headers: HTTPFields
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        func json() throws -> Value { try Value(json: bytes) }
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
    }

    private static func whole(_ body: APIResponse.PiecedBody) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < body.length { bytes += try await body.piece(bytes.count) }
        return bytes
    }

    func send(
        _ method: HTTPRequest.Method, _ target: String, _ body: Value? = nil, raw: [UInt8]? = nil,
        type: String? = "application/json", headers: [String: String] = [:], caller: Caller? = .administrator("tester"),
        listener: ListenerName = .admin, peer: String = "192.0.2.77:4000"
    ) async throws -> Response {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        let bytes = raw ?? body.map { Array($0.json(.compact).utf8) } ?? []
        if !bytes.isEmpty { fields[.contentType] = type }
        let response = await table.respond(
            to: APIRequest(
                method: method, target: target, headers: fields, body: bytes, caller: caller, listener: listener,
                peer: peer))
        let contents: [UInt8] =
            switch response.body {
            case .none: []
            case .bytes(let bytes): bytes
            case .pieces(let body): try await Self.whole(body)
            case .file(let path): try FileContents.read(path)
            case .stream: throw BoatyardError("unexpected", "a body that is streamed")
            }
        return Response(status: response.status.code, headers: response.headers, bytes: contents)
    }

    /// As a machine sends it.
    func ask(
        _ method: HTTPRequest.Method, _ target: String, _ body: Value? = nil, raw: [UInt8]? = nil, token: String? = nil,
        key: String? = nil, peer: String? = nil
    ) async throws -> Response {
        var headers: [String: String] = [:]
        headers["Authorization"] = token.map { "Bearer \($0)" }
        headers["X-Bootaction-Key"] = key
        return try await send(
            method, target, body, raw: raw, headers: headers, caller: nil, listener: .node,
            peer: peer ?? "192.0.2.77:4000")
    }

    func filter(_ node: String) -> Value {
        ["filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": [.string(node)]]]]
    }

    /// Creates a task over the controller, for every node where none is named; the id of it.
    func start(_ action: String, node: String? = nil) async throws -> String {
        let answer = try await send(
            .post, "/api/v1.0/tasks",
            ["action": .string(action), "design_ref": .string(design), "node_filter": node.map { filter($0) } ?? .null])
        return try answer.json()["task_id"]?.stringValue ?? ""
    }

    func ended(_ task: String) async throws -> DrydockTask {
        try await service.awaitTask(task, until: .now().adding(seconds: 60))
    }
}
