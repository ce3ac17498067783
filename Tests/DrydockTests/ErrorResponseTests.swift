import Deckhand
import IPMI
import OrderedCollections
import Primitives
import SiteDesign
import TestSupport
import Testing

@testable import Drydock

@Suite("What is refused before anything is done")
struct ErrorResponseTests {
    private func filter(_ names: Value) -> Value {
        ["filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": names]]]
    }

    @Test("a task that names an unknown node beside a known one is refused as a whole")
    func unknownName() async throws {
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let service = await site.daemon.service()
            for action in [TaskAction.prepareNodes, .deployNodes, .destroyNodes, .relabelNodes, .verifyNodes] {
                let error = await #expect(throws: DrydockError.self) {
                    try await service.createTask(
                        TaskRequest(
                            action: action, design: site.design, nodeFilter: filter(["berth-1", "berht-2"]),
                            createdBy: "tester"))
                }
                #expect(error?.kind == .invalid)
                #expect(error?.message.contains("'berht-2'") == true)
            }
            #expect(try await service.tasks().isEmpty)
            #expect(try site.machine("berth-1").story.powerOns == 0)
        }
    }

    @Test("so is one whose design is fetched only when it runs")
    func unknownNameElsewhere() async throws {
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let text = String(
                decoding: try await RenderedStream.bytes(site.daemon.documents, revision: 1, query: ""), as: UTF8.self)
            let server = try await TinyServer.start([
                "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
            ])
            let task = try await site.daemon.run(
                .prepareNodes, "http://127.0.0.1:\(server.port)/site", filter: filter(["berth-1", "berht-2"]))
            #expect(task.result.status == .failure)
            #expect(site.daemon.lastTree.contains("'berht-2'"), "\(site.daemon.lastTree)")
            #expect(try site.machine("berth-1").story.powerOns == 0)
            await server.stop()
        }
    }

    @Test("a filter that is none is refused")
    func malformed() async throws {
        try await TestSite.run(names: []) { (site) async throws -> Void in
            let service = await site.daemon.service()
            let error = await #expect(throws: DrydockError.self) {
                try await service.createTask(
                    TaskRequest(
                        action: .destroyNodes, design: site.design, nodeFilter: filter("berth-1"), createdBy: "tester"))
            }
            #expect(error?.kind == .invalid)
        }
    }

    @Test("a template that cannot be rendered fails the task before a machine is touched, and says where it is wrong")
    func brokenTemplate() async throws {
        try await TestSite.run(assets: [
            [
                "type": "file", "path": "/etc/broken", "data_pipeline": ["utf8_decode", "template"],
                "permissions": "600", "data": "one\ntwo {{ node.network.nowhere.ip }}\n",
            ]
        ]) { site in
            let service = await site.daemon.service()
            #expect(try await service.validateDesign(site.design).isSuccess == false)
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.status == .failure)
            let text = try #require(task.messages.first { $0.isError }?.text)
            #expect(text.contains("BY1007") && text.contains("/etc/broken") && text.contains("line 2"), "\(text)")
            #expect(try site.machine("berth-1").story.powerOns == 0)
        }
    }

    @Test("an asset that cannot be fetched fails the node before its installation is offered")
    func unfetchableAsset() async throws {
        let server = try await TinyServer.start(["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"])
        try await TestSite.run(
            assets: [
                ["type": "file", "path": "/etc/far", "location": .string("http://127.0.0.1:\(server.port)/x")]
            ], configure: { $0.retries = 0 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"])
            #expect(site.daemon.lastTree.contains("(/etc/far)"), "\(site.daemon.lastTree)")
            #expect(site.daemon.lastTree.contains("answers 404"), "\(site.daemon.lastTree)")
            #expect(try site.machine("berth-1").story.started.isEmpty)
        }
        await server.stop()
    }

    @Test("a node whose out-of-band type has no driver fails in every task that needs one, by name and type")
    func outOfBandType() async throws {
        try await TestSite.run(
            names: ["berth-1"],
            edit: { documents in
                for schema in ["HostProfile", "BaremetalNode"] {
                    documents.changeData(of: "drydock/\(schema)/v1") { data in
                        guard case .object(var section) = data["oob"], section["type"] == "ipmi" else { return }
                        section["type"] = "wake-on-lan"
                        data["oob"] = .object(section)
                    }
                }
            }
        ) { site in
            let service = await site.daemon.service()
            let status = try await service.validateDesign(site.design)
            #expect(status.isSuccess)
            #expect(status.messages.contains { $0.name == "BY1009" })
            for action in [TaskAction.verifyNodes, .prepareNodes] {
                let task = try await site.daemon.run(action, site.design, nodes: ["berth-1"])
                #expect(task.result.status == .failure)
                #expect(site.daemon.lastTree.contains("BaremetalNode berth-1"), "\(site.daemon.lastTree)")
                #expect(site.daemon.lastTree.contains("'wake-on-lan'"))
                #expect(site.daemon.lastTree.contains("Supported are ipmi, libvirt, manual and redfish"))
            }
        }
    }

    @Test("machines with UEFI are told to boot in its way, others are not", arguments: [true, false])
    func bootMode(isUEFI: Bool) async throws {
        try await TestSite.run(
            names: ["berth-1"],
            edit: {
                $0.changeData(of: "drydock/HardwareProfile/v1") { $0["boot_mode"] = isUEFI ? "uefi" : "bios" }
            }
        ) { site in
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.status == .success, "\(site.daemon.lastTree)")
            #expect(try site.machine("berth-1").story.bootFlags?.isEFI == isUEFI)
        }
    }
}
