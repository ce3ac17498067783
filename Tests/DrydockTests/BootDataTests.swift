import Archive
import Deckhand
import Drydock
import Glibc
import OrderedCollections
import Primitives
import SiteDesign
import Testing

@Suite("Boot data")
struct BootDataTests {
    private static func edit(_ documents: inout [Value], assets: [Value]) {
        for place in documents.indices where documents[place]["schema"] == "drydock/BootAction/v1" {
            guard case .object(var document) = documents[place], case .object(var data) = document["data"] else {
                continue
            }
            data["assets"] = .array(assets)
            document["data"] = .object(data)
            documents[place] = .object(document)
        }
    }

    private func deploy(_ site: TestSite, _ design: String? = nil) async throws -> String {
        for action in [TaskAction.prepareNodes, .deployNodes] {
            let task = try await site.daemon.run(action, design ?? site.design, nodes: ["berth-1"])
            #expect(task.result.successes == ["berth-1"], "\(site.daemon.lastTree)")
        }
        return try #require(try site.machine("berth-1").plan?["boot_data"]?["key"]?.stringValue)
    }

    private func destroy(_ site: TestSite) async throws {
        _ = try await site.daemon.run(.destroyNodes, site.design, nodes: ["berth-1"])
    }

    private func members(_ archive: BootDataArchive) throws -> [TarMember] {
        try Tar.read(Gzip.decompress(FileContents.read(archive.path), limit: 1 << 26), limit: 1 << 26)
    }

    @Test("a new design brings new archives for what it changes, and the same ones for what it does not")
    func contentAddressed() async throws {
        let file: Value = ["type": "file", "path": "/etc/a", "data": "one", "permissions": "640"]
        let unit: Value = ["type": "unit", "path": "/etc/systemd/system/a.service", "data": "[Unit]"]
        try await TestSite.run(names: ["berth-1"], edit: { Self.edit(&$0, assets: [file, unit]) }) {
            (site) async throws -> Void in
            let service = await site.daemon.service()
            let first = try await deploy(site)
            let files = try await service.bootData(node: "berth-1", kind: .files, key: first)
            let units = try await service.bootData(node: "berth-1", kind: .units, key: first)
            #expect(try members(files).map(\.name).allSatisfy { $0 == "/etc/a" })
            #expect(files.path.hasSuffix("\(files.digest).tar.gz"))

            var documents = try TestSite.exampleDocuments()
            Self.edit(&documents, assets: [["type": "file", "path": "/etc/a", "data": "two"], unit])
            let revision = try await site.daemon.documents.put(bucket: "site", documents: documents).revision ?? 0
            try await destroy(site)
            let second = try await deploy(
                site, "deckhand+http://localhost/api/v1.0/revisions/\(revision)/rendered-documents")
            #expect(first != second)
            let newFiles = try await service.bootData(node: "berth-1", kind: .files, key: second)
            let newUnits = try await service.bootData(node: "berth-1", kind: .units, key: second)
            #expect(newFiles.digest != files.digest)
            #expect(newUnits == units)
            #expect(access(files.path, F_OK) != 0, "what nobody may fetch any more is gone")
            #expect(access(units.path, F_OK) == 0)

            let replayed = await #expect(throws: DrydockError.self) {
                try await service.bootData(node: "berth-1", kind: .files, key: first)
            }
            #expect(replayed?.kind == .forbidden)
        }
    }

    @Test("an archive that was removed is rendered again, the same")
    func renderedAgain() async throws {
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let service = await site.daemon.service()
            let key = try await deploy(site)
            let before = try await service.bootData(node: "berth-1", kind: .files, key: key)
            let bytes = try FileContents.read(before.path)
            #expect(unlink(before.path) == 0)
            let after = try await service.bootData(node: "berth-1", kind: .files, key: key)
            #expect(after == before)
            #expect(try FileContents.read(after.path) == bytes)
        }
    }

    @Test(
        "archives of installed machines are forgotten after their time, their records and the newest inventory are not")
    func retention() async throws {
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let service = await site.daemon.service()
            let key = try await deploy(site)
            let archive = try await service.bootData(node: "berth-1", kind: .files, key: key)
            try await service.prune(buildData: 1, bootData: 1)
            #expect(access(archive.path, F_OK) == 0)
            try await service.prune(buildData: -1, bootData: -1)
            #expect(access(archive.path, F_OK) != 0)
            #expect(try await service.buildData(node: "berth-1", latest: true).count == 3)
            #expect(try await service.bootData(node: "berth-1", kind: .files, key: key) == archive)
        }
    }

    @Test("an asset in our own Deckhand is read in process, filtered as its query says")
    func ownDeckhand() async throws {
        let location =
            "deckhand+http://deckhand-int:9000/api/v1.0/revisions/1/rendered-documents?schema=drydock%2FRegion%2Fv1"
        try await TestSite.run(
            names: ["berth-1"],
            edit: { Self.edit(&$0, assets: [["type": "file", "path": "/etc/site", "location": .string(location)]]) }
        ) { (site) async throws -> Void in
            let key = try await deploy(site)
            let service = await site.daemon.service()
            let archive = try await service.bootData(node: "berth-1", kind: .files, key: key)
            let text = String(decoding: try #require(try members(archive).first).contents, as: UTF8.self)
            #expect(text.contains("schema: drydock/Region/v1"))
            #expect(!text.contains("drydock/BaremetalNode"))
        }
    }

    @Test("a list of packages at a location is in the plan")
    func packages() async throws {
        let list = "curl: null\njq: 1.6-2\n"
        let server = try await TinyServer.start([
            "HTTP/1.1 200 OK\r\nContent-Length: \(list.utf8.count)\r\n\r\n\(list)"
        ])
        let location: Value = .string("http://127.0.0.1:\(server.port)/packages.yaml")
        try await TestSite.run(
            names: ["berth-1"], edit: { Self.edit(&$0, assets: [["type": "pkg_list", "location": location]]) }
        ) { (site) async throws -> Void in
            _ = try await deploy(site)
            let packages = try site.machine("berth-1").plan?["packages"]
            #expect(packages == [["name": "curl", "version": nil], ["name": "jq", "version": "1.6-2"]])
        }
        await server.stop()
    }

    @Test("nothing is left half-written where an asset fails")
    func nothingHalf() async throws {
        let server = try await TinyServer.start([TinyServer.endless + "65536"])
        let far: Value = .string("http://127.0.0.1:\(server.port)/x")
        try await TestSite.run(
            names: ["berth-1"],
            edit: {
                Self.edit(
                    &$0,
                    assets: [
                        ["type": "unit", "path": "/a", "data": "x"], ["type": "unit", "path": "/b", "location": far],
                    ])
            }, configure: { $0.retries = 0 }
        ) { (site) async throws -> Void in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"])
            #expect(site.daemon.lastTree.contains("bytes that are read"), "\(site.daemon.lastTree)")
            #expect(try site.machine("berth-1").story.started.isEmpty)
            let service = await site.daemon.service()
            #expect(try await service.nodes().map(\.statusName) == ["Allocated"])
            let error = await #expect(throws: DrydockError.self) {
                try await service.bootData(node: "berth-1", kind: .units, key: "00")
            }
            #expect(error?.kind == .missing)
        }
        await server.stop()
    }
}
