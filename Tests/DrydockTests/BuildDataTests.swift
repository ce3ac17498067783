import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("Build data")
struct BuildDataTests {
    @Test("texts lie in files below the folder of their node, and no name leads out of it")
    func files() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/test.db", migrations: DrydockMigration.all.withoutGaps)
            let store = BuildDataStore(database: database, stateDirectory: folder)
            let text = "<list>a text that is told from others</list>"
            func save(_ node: String) async throws {
                try await store.save(
                    node: node, task: "t", generator: "lshw", format: "text/xml", data: text, at: .now())
            }
            try await save("berth-1")
            let names = try #require(FolderContents.names(in: folder + "/builddata/berth-1"))
            #expect(names.count == 1 && names[0].hasSuffix(".data") && ULID(String(names[0].dropLast(5))) != nil)
            let file = try FileContents.read("\(folder)/builddata/berth-1/\(names[0])")
            #expect(String(decoding: file, as: UTF8.self) == text)
            #expect(try await store.records(task: "t").map { $0["data_element"] } == [.string(text)])
            for name in ["", ".", "..", "../x", "a/b", ".a", "a b", "a\0b", String(repeating: "a", count: 201)] {
                let error = await #expect(throws: DrydockError.self, "\(name)") { try await save(name) }
                #expect(error?.kind == .invalid)
                #expect(try await store.records(node: name, latest: false).isEmpty)
            }
            #expect(FolderContents.names(in: folder + "/builddata") == ["berth-1"])
            await database.close()
        }
    }
}
