import Deckhand
import OrderedCollections
import Primitives
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("Compiled designs are kept")
struct DesignLibraryTests {
    /// A library over a real Deckhand, whose compilations are counted.
    private final class Library: Sendable {
        let documents: DocumentService
        let database: Database
        let count = Mutex(0)
        let platform = Mutex(ImageCatalogSource.absent)

        init(folder: String) throws {
            database = try Database.open(
                path: folder + "/boatyard.db", migrations: DeckhandSchema.migrations.withoutGaps)
            documents = try DocumentService(database: database, masterKey: Secret([UInt8](repeating: 7, count: 32)))
        }

        func designs() -> DesignLibrary {
            DesignLibrary(
                revision: { [documents] in try await documents.rendered(revision: $0) },
                fetcher: ReferenceFetcher(
                    rehearsal: nil, allowsFileReferences: true,
                    timeouts: TestDaemon.shortTimeouts()),
                platform: { self.platform.withLock { $0 } },
                compile: { documents, platform in
                    self.count.withLock { $0 += 1 }
                    return SiteDesign.compile(documents, platform: platform)
                })
        }

        var compilations: Int { count.withLock { $0 } }

        @discardableResult
        func put(_ bucket: String, tag: String) async throws -> Int? {
            try await documents.put(
                bucket: bucket,
                documents: [
                    [
                        "schema": "deckhand/LayeringPolicy/v1",
                        "metadata": ["schema": "metadata/Control/v1", "name": "layering-policy"],
                        "data": ["layerOrder": ["site"]],
                    ],
                    [
                        "schema": "drydock/Rack/v1",
                        "metadata": [
                            "schema": "metadata/Document/v1", "name": .string(tag),
                            "layeringDefinition": ["layer": "site"], "storagePolicy": "cleartext",
                        ],
                        "data": ["tor_switches": [:], "location": ["clli": "x", "grid": "y"], "local_networks": []],
                    ],
                ]
            ).revision
        }
    }

    private func with(_ body: (Library, DesignLibrary, String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let library = try Library(folder: folder)
            try await body(library, library.designs(), folder)
            await library.database.close()
        }
    }

    private func reference(_ revision: Int, host: String = "127.0.0.1:9000") -> String {
        "deckhand+http://\(host)/api/v1.0/revisions/\(revision)/rendered-documents"
    }

    @Test("a revision is compiled once, whoever asks for it by whatever host, and whatever is stored after it")
    func once() async throws {
        try await with { library, designs, _ in
            try await library.put("site", tag: "one")
            await withTaskGroup(of: Void.self) { group in
                for host in ["127.0.0.1", "deckhand-int:9000", "localhost", "[::1]:9000"] {
                    group.addTask { _ = try? await designs.compiled(reference(1, host: host)) }
                }
            }
            #expect(try await designs.compiled(revision: 1).draft.racks.map(\.name) == ["one"])
            #expect(library.compilations == 1)
            try await library.put("site", tag: "two")
            #expect(try await designs.compiled(reference(1)).draft.racks.map(\.name) == ["one"])
            #expect(library.compilations == 1)
            #expect(try await designs.compiled(reference(2)).draft.racks.map(\.name) == ["two"])
            #expect(library.compilations == 2)
        }
    }

    @Test("numbers that begin again after all revisions were deleted name other designs")
    func deleted() async throws {
        try await with { library, designs, _ in
            try await library.put("site", tag: "old")
            #expect(try await designs.compiled(reference(1)).draft.racks.map(\.name) == ["old"])
            try await library.documents.deleteAll()
            #expect(try await library.put("site", tag: "new") == 1)
            #expect(try await designs.compiled(reference(1)).draft.racks.map(\.name) == ["new"])
        }
    }

    @Test("other images mean another compilation, the same ones again none")
    func images() async throws {
        try await with { library, designs, _ in
            try await library.put("site", tag: "one")
            _ = try await designs.compiled(reference(1))
            library.platform.withLock { $0 = .none(reason: "the catalogue is wrong") }
            _ = try await designs.compiled(reference(1))
            #expect(library.compilations == 2)
            library.platform.withLock { $0 = .absent }
            _ = try await designs.compiled(reference(1))
            #expect(library.compilations == 2)
        }
    }

    @Test("what is fetched is compiled once for the same bytes, and what cannot be read is tried again")
    func fetched() async throws {
        try await with { library, designs, folder in
            let path = folder + "/site.yaml"
            func write(_ text: String) throws { try FileContents.write(Array(text.utf8), to: path) }
            let rack = "schema: drydock/Rack/v1\nmetadata: {name: one}\ndata: {}\n"
            try write("a: [")
            let error = await #expect(throws: DrydockError.self) { try await designs.compiled("file://" + path) }
            #expect(error?.kind == .invalid)
            #expect(library.compilations == 0)
            try write(rack)
            for _ in 1...3 { _ = try await designs.compiled("file://" + path) }
            #expect(library.compilations == 1)
            try write(rack + "# and a remark\n")
            _ = try await designs.compiled("file://" + path)
            #expect(library.compilations == 2)
        }
    }
}
