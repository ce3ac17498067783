import Deckhand
import HTTPTypes
import OrderedCollections
import Primitives
import Store
import TestSupport
import YAML

@testable import API

/// Speaks to Deckhand's controller without a socket, on a database of its own.
final class DeckhandClient: Sendable {
    struct Response {
        let status: Int
        let text: String
        let response: APIResponse

        /// The documents of the body.
        var documents: [Value] { (try? YAML.load(text)) ?? [] }
        var document: Value { documents.first ?? .null }
        var errorType: String? { document["details"]?["errorType"]?.stringValue }
        var message: String? { document["message"]?.stringValue }
    }

    private let folder: OwnedFolder
    private let table: RouteTable
    let database: Database

    init(access: AccessControl = .administratorsOnly) throws {
        folder = try OwnedFolder()
        database = try Database.open(
            path: folder.path + "/boatyard.db", migrations: DeckhandSchema.migrations.withoutGaps)
        let service = try DocumentService(database: database, masterKey: Secret([UInt8](repeating: 1, count: 32)))
        table = try RouteTable(controllers: [DeckhandController(service)], access: access)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "", headers: HTTPFields = [:],
        caller: Caller? = .administrator("tester")
    ) async -> Response {
        await send(method, path, bytes: Array(body.utf8), headers: headers, caller: caller)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, bytes body: [UInt8], headers: HTTPFields = [:],
        caller: Caller? = .administrator("tester")
    ) async -> Response {
        var headers = headers
        if !body.isEmpty, headers[.contentType] == nil { headers[.contentType] = "application/x-yaml" }
        let request = APIRequest(
            method: method, target: "/api/v1.0" + path, headers: headers, body: body, caller: caller,
            listener: .api)
        let response = await table.respond(to: request)
        var text = ""
        if case .bytes(let bytes) = response.body { text = String(decoding: bytes, as: UTF8.self) }
        return Response(status: response.status.code, text: text, response: response)
    }

    @discardableResult
    func put(_ bucket: String, _ yaml: String) async -> Response {
        await send(.put, "/buckets/\(bucket)/documents", yaml)
    }

    func get(_ path: String) async -> Response { await send(.get, path) }

    /// Every row of Deckhand's tables, as text.
    func everything() async throws -> [String] {
        try await database.read { connection in
            let tables = try connection.query(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'deckhand_%'"
            )
            .map { try $0.text(0) }
            return try tables.sorted().flatMap { table in
                let columns = try connection.query("SELECT name FROM pragma_table_info(?)", [.text(table)])
                    .map { "quote(\(try $0.text(0)))" }
                return try connection.query("SELECT \(columns.joined(separator: " || ',' || ")) FROM \(table)")
                    .map { "\(table): \(try $0.text(0))" }
            }
        }
    }
}

/// A stream of a LayeringPolicy and the given documents.
func site(_ documents: String...) -> String {
    let policy = """
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: layering-policy}
        data: {layerOrder: [global, site]}

        """
    return ([policy] + documents).joined(separator: "---\n")
}

func document(
    _ name: String, _ data: String = "{v: 1}", schema: String = "example/Kind/v1", layer: String = "site",
    storage: String = "cleartext", _ more: String = ""
) -> String {
    """
    schema: \(schema)
    metadata:
      schema: metadata/Document/v1
      name: \(name)
      storagePolicy: \(storage)
      layeringDefinition: {layer: \(layer)}
      \(more)
    data: \(data)

    """
}
