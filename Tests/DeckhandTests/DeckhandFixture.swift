import Deckhand
import Documents
import Primitives
import Store
import TestSupport
import YAML

/// A Deckhand on a database of its own, removed at the end.
final class DeckhandFixture: Sendable {
    private let folder: OwnedFolder
    let database: Database
    let service: DocumentService
    static let masterKey = Secret([UInt8](repeating: 7, count: 32))

    init() throws {
        folder = try OwnedFolder()
        database = try Database.open(
            path: folder.path + "/boatyard.db", migrations: DeckhandSchema.migrations.withoutGaps)
        service = try DocumentService(database: database, masterKey: Self.masterKey)
    }

    @discardableResult
    func put(_ bucket: String, _ yaml: String) async throws -> Int? {
        try await service.put(bucket: bucket, documents: YAML.load(yaml).filter { !$0.isNull }).revision
    }

    /// Name and revision shown of every document.
    func content(_ revision: Int) async throws -> [String: Int] {
        let documents = try await service.documents(revision: revision)
        return Dictionary(documents.map { ($0.name, $0.revision) }, uniquingKeysWith: { $1 })
    }

    func data(_ revision: Int) async throws -> [String: Value] {
        let documents = try await service.documents(revision: revision)
        return Dictionary(documents.map { ($0.name, $0.data) }, uniquingKeysWith: { $1 })
    }

    func rendered(_ revision: Int) async throws -> [String: Value] {
        let documents = try await service.rendered(revision: revision).documents
        return Dictionary(documents.map { ($0.name, $0.data) }, uniquingKeysWith: { $1 })
    }
}

let policy = """
    schema: deckhand/LayeringPolicy/v1
    metadata: {schema: metadata/Control/v1, name: layering-policy}
    data: {layerOrder: [global, site]}
    ---

    """

func kind(
    _ name: String, _ data: String, layer: String = "site", storage: String = "cleartext", _ more: String = ""
) -> String {
    """
    schema: example/Kind/v1
    metadata:
      schema: metadata/Document/v1
      name: \(name)
      storagePolicy: \(storage)
      layeringDefinition: {layer: \(layer)}
      \(more)
    data: \(data)
    ---

    """
}

/// The error that `body` ends with.
func failure(_ body: () async throws -> Void) async -> DocumentError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? DocumentError
    }
}
