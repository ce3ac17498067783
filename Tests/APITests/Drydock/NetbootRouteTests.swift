import Cryptography
import Drydock
import HTTPTypes
import Netboot
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("Routes of installers and images")
struct NetbootRouteTests {
    /// Makes a folder by the API and writes an image into it; the id of the folder, and the image's sum.
    private func write(_ fixture: DrydockFixture, _ contents: String) async throws -> (id: Value, sum: String) {
        let made = try await fixture.send(.post, "/api/v1.0/netboot/incoming")
        #expect(made.status == 201)
        let folder = try #require(try made.json()["folder"]?.stringValue)
        let bytes = Array(contents.utf8)
        let image = InstallableImage(
            name: "debian-12", kernels: ["generic"], architecture: "amd64", format: .zstd, file: "root.tar.zst",
            sha256: Hash.sha256(bytes).hex, size: bytes.count, unpackedSize: 5, built: [:])
        try FileContents.write(bytes, to: "\(folder)/root.tar.zst")
        try FileContents.write(image.yaml, to: "\(folder)/image.yaml")
        return (try made.json()["id"] ?? .null, image.sha256)
    }

    @Test("an image is handed over, listed, fetched by its sum, replaced and removed")
    func image() async throws {
        try await DrydockFixture.run { fixture in
            #expect(try await fixture.send(.get, "/api/v1.0/images").json() == [])
            let first = try await write(fixture, "first")
            let taken = try await fixture.send(.post, "/api/v1.0/images", ["incoming": first.id])
            #expect(taken.status == 201)
            let file = try #require(try taken.json()["file"]?.stringValue)
            let shown = try await fixture.send(.get, "/api/v1.0/images/debian-12").json()
            #expect(shown["sha256"] == .string(first.sum) && shown["size"] == 5 && shown["problem"] == .null)
            let path = "/images/debian-12/\(first.sum)/\(file)"
            let answer = try await fixture.ask(.get, path)
            #expect(answer.status == 200 && answer.text == "first")
            #expect(answer.header("Content-Type") == "application/octet-stream")
            for wrong in [
                "/images/other/\(first.sum)/\(file)", "/images/debian-12/\(first.sum)/image.yaml",
                "/images/%2e%2e/\(first.sum)/\(file)", "/images/debian-12/\(file)",
            ] { #expect(try await fixture.ask(.get, wrong).status == 404, "\(wrong)") }

            let second = try await write(fixture, "second")
            _ = try await fixture.send(.post, "/api/v1.0/images", ["incoming": second.id])
            let changed = try await fixture.ask(.get, path)
            #expect(changed.status == 409)
            #expect(changed.text.contains(first.sum) && changed.text.contains(second.sum))
            #expect(try await fixture.send(.delete, "/api/v1.0/images/debian-12").status == 204)
            #expect(try await fixture.ask(.get, path).status == 404)
            let gone = try await fixture.send(.delete, "/api/v1.0/images/debian-12")
            #expect(gone.status == 404)
            #expect(gone.text.contains("There is no image debian-12. There are none."))
        }
    }

    @Test("a lease has the name of its node, and that of the network of the documents, a claim before the documents")
    func leases() async throws {
        func lease(_ mac: String, _ address: String) throws -> DHCPLease {
            DHCPLease(
                address: try #require(IPv4Address(address)), mac: try #require(MACAddress(mac)),
                until: Timestamp(microseconds: 0))
        }
        let leases = [
            try lease("52:54:00:20:01:11", "10.20.1.11"), try lease("52:54:00:99:00:01", "10.20.2.9"),
            try lease("52:54:00:99:00:02", "192.0.2.7"),
        ]
        try await DrydockFixture.run { fixture in
            let shown = try await fixture.service.leases(leases, committed: nil)
            #expect(shown.map(\.lease) == leases)
            #expect(shown.allSatisfy { $0.node == nil && $0.network == nil })
        }
        try await DrydockFixture.run(isCommitted: true) { fixture in
            let shown = try await fixture.service.leases(leases, committed: 1)
            #expect(shown.map(\.node) == ["berth-1", nil, nil] && shown.map(\.network) == ["pxe", "oam", nil])
            #expect(
                shown[1].value == [
                    "address": "10.20.2.9", "mac": "52:54:00:99:00:01", "node": nil, "hostname": nil, "network": "oam",
                    "since": nil, "until": "1970-01-01T00:00:00.000000Z",
                ])
            _ = try await fixture.start("prepare_nodes", node: "berth-1")
            var claim = 404
            while claim == 404 {
                try Task.checkCancellation()
                claim = try await fixture.send(
                    .post, "/api/v1.0/nodes/berth-1/claim", ["mac": "52:54:00:99:00:01"]
                ).status
                await Task.yield()
            }
            #expect(claim == 200)
            #expect(
                try await fixture.service.leases(leases, committed: 1).map(\.node) == [nil, "berth-1", nil])
        }
    }

    @Test("what was not handed over, or is not as described, is refused")
    func refused() async throws {
        try await DrydockFixture.run { fixture in
            for body: Value in [[:], ["incoming": 1], []] {
                #expect(try await fixture.send(.post, "/api/v1.0/images", body).status == 400)
            }
            for id: Value in ["../../etc", .string(ULID().description)] {
                let answer = try await fixture.send(.post, "/api/v1.0/images", ["incoming": id])
                #expect(answer.status == 404)
            }
            let made = try await fixture.send(.post, "/api/v1.0/netboot/incoming").json()
            let empty = try await fixture.send(.post, "/api/v1.0/images", ["incoming": made["id"] ?? .null])
            #expect(empty.status == 400)
            // The folder is gone with what was in it.
            #expect(!FolderContents.isFolder(made["folder"]?.stringValue ?? "/"))
            let other = try await write(fixture, "x")
            #expect(
                try await fixture.send(.post, "/api/v1.0/netboot/generations", ["incoming": other.id]).status == 400)
            let unknown = try await fixture.send(.post, "/api/v1.0/netboot/generations/x/use")
            #expect(unknown.status == 404 && unknown.text.contains("boatyard netboot build"))
        }
    }

    @Test("an installer is handed over and booted, and files of it are fetched by its id")
    func generation() async throws {
        try await DrydockFixture.run { fixture in
            let made = try await fixture.send(.post, "/api/v1.0/netboot/incoming").json()
            let folder = try #require(made["folder"]?.stringValue)
            var files: [InstallerGeneration.File] = []
            for name in ["initrd", "vmlinuz"] {
                try FileContents.write(Array(name.utf8), to: "\(folder)/\(name)")
                files.append(.init(path: name, size: name.utf8.count, sha256: Hash.sha256(Array(name.utf8)).hex))
            }
            let generation = InstallerGeneration(
                id: "trixie-1", suite: "trixie", kernel: "6.12.1-amd64", built: [:], files: files)
            try FileContents.write(generation.manifest, to: "\(folder)/manifest.json")
            let taken = try await fixture.send(
                .post, "/api/v1.0/netboot/generations", ["incoming": made["id"] ?? .null])
            #expect(taken.status == 201)
            #expect(try taken.json()["is_new"] == true)
            let list = try await fixture.send(.get, "/api/v1.0/netboot/generations").json()
            #expect(list[0]?["id"] == "trixie-1" && list[0]?["current"] == true && list[0]?["problem"] == .null)
            for path in ["/netboot/vmlinuz", "/netboot/trixie-1/vmlinuz", "//netboot//trixie-1//vmlinuz"] {
                #expect(try await fixture.ask(.get, path).text == "vmlinuz", "\(path)")
            }
            #expect(try await fixture.ask(.get, "/netboot/trixie-1/manifest.json").status == 404)
            #expect(try await fixture.send(.post, "/api/v1.0/netboot/generations/trixie-1/use").status == 200)
        }
    }

    @Test("the image for the drive of a BMC is the machine's own")
    func media() async throws {
        try await DrydockFixture.run { fixture in
            let made = try await fixture.send(.post, "/api/v1.0/netboot/incoming").json()
            let folder = try #require(made["folder"]?.stringValue)
            var files: [InstallerGeneration.File] = []
            for (name, size) in [("initrd", 6), ("vmlinuz", 7), (InstallerMedia.file, 8192)] {
                let bytes = [UInt8](repeating: 0x2e, count: size)
                try FileContents.write(bytes, to: "\(folder)/\(name)")
                files.append(.init(path: name, size: size, sha256: Hash.sha256(bytes).hex))
            }
            let generation = InstallerGeneration(
                id: "trixie-1", suite: "trixie", kernel: "6.12.1-amd64", built: [:], files: files,
                media: .init(grub: 2048, isolinux: 6144))
            try FileContents.write(generation.manifest, to: "\(folder)/manifest.json")
            let taken = try await fixture.send(
                .post, "/api/v1.0/netboot/generations", ["incoming": made["id"] ?? .null])
            #expect(taken.status == 201)
            let answer = try await fixture.ask(.get, "/netboot/media/trixie-1/52-54-00-20-01-11/boatyard.iso")
            #expect(answer.status == 200)
            #expect(answer.header("ETag")?.hasPrefix("\"trixie-1-") == true)
            let words = "boatyard.url=http://192.0.2.1:8080 boatyard.mac=52:54:00:20:01:11 panic=60"
            #expect(answer.text.contains("set boatyard_parameters='\(words)"))
            #expect(answer.text.contains("  APPEND \(words)"))
            #expect(!answer.text.contains("token") && answer.text.utf8.count == 8192)
            for wrong in [
                "/netboot/media/trixie-2/52-54-00-20-01-11/boatyard.iso", "/netboot/media/trixie-1/52/boatyard.iso",
                "/netboot/media/trixie-1/52-54-00-20-01-11/vmlinuz",
                "/netboot/media/%2e%2e/52-54-00-20-01-11/boatyard.iso",
            ] { #expect(try await fixture.ask(.get, wrong).status == 404, "\(wrong)") }
        }
    }

    @Test("a plan says where its image is, how large it is packed and unpacked, and its sum")
    func plan() async throws {
        try await DrydockFixture.run { fixture in
            let image = try await write(fixture, "first")
            let taken = try await fixture.send(.post, "/api/v1.0/images", ["incoming": image.id]).json()
            _ = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) { await Task.yield() }
            let script = try await fixture.ask(.get, "/ipxe/52-54-00-20-01-11").text
            let token = try bootToken(in: script)
            let inventory: Value = ["mac": "52:54:00:20:01:11", "bmc_address": "10.20.0.11"]
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: token).status == 200)
            let deploy = try await fixture.start("deploy_nodes", node: "berth-1")
            let answer = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: token)
            let plan = try answer.json()
            let file = try #require(taken["file"]?.stringValue)
            #expect(
                plan["image"] == [
                    "name": "debian-12", "kernel": "generic",
                    "url": .string("http://192.0.2.1:8080/images/debian-12/\(image.sum)/\(file)"),
                    "sha256": .string(image.sum), "size": 5, "unpacked_size": 5, "format": "tar.zst",
                ])
            _ = deploy
        }
    }

    @Test("what a machine boots can be asked for by an installer whose boot program could not")
    func boot() async throws {
        try await DrydockFixture.run { fixture in
            for path in ["/agent/v1/boot", "/agent/v1/boot?mac=52"] {
                let answer = try await fixture.ask(.get, path)
                #expect(answer.status == 400)
                #expect(try answer.json()["error"]?.stringValue?.contains("/agent/v1/boot?mac=") == true)
            }
            let answer = try await fixture.ask(.get, "/agent/v1/boot?mac=52-54-00-20-01-11").json()
            #expect(answer["boot"] == "installer")
            let token = try #require(answer["token"]?.stringValue)
            let inventory: Value = ["mac": "52:54:00:20:01:11", "bmc_address": "10.20.0.11"]
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: token).status == 200)
        }
    }
}
