import Foundation
import OrderedCollections
import OutboundHTTP
import Primitives
import TestSupport
import Testing
import YAML

@testable import BoatyardCLI

@Suite("Adopting machines that nobody knows", .serialized)
struct AdoptionProgramTests {
    private static let client = OutboundClient()
    private static let mac = "52:54:00:20:01:15"

    /// Boots over the network as an installer does, and sends an inventory.
    private func boot(_ mac: String, _ inventory: Value, _ seed: Seed) async throws {
        let limits = OutboundClient.Limits(time: 60, size: 1 << 20)
        let script = try await Self.client.send(OutboundRequest("GET", seed.nodeURL + "/ipxe/" + mac), limits: limits)
        let token = try bootToken(in: String(decoding: script.body, as: UTF8.self))
        let answer = try await Self.client.send(
            OutboundRequest(
                "POST", seed.nodeURL + "/agent/v1/inventory",
                headers: [(name: "Authorization", value: "Bearer \(token)")],
                body: Array(inventory.json(.compact).utf8)), limits: limits)
        #expect(answer.status == 200)
    }

    /// A machine that no hardware profile of the example site fits.
    private static let inventory: Value = [
        "mac": .string(mac), "bmc_address": "10.20.0.15", "vendor": "Dell\u{1B}[2J Inc.", "product": "PowerEdge R640",
        "serial": "CN7016", "cpu_count": 48, "memory_mib": 131_072, "firmware": "bios",
        "disks": [
            ["name": "sda", "size": 480_103_981_056, "address": "0:2.0.0", "model": "SSD", "serial": "D1"],
            ["name": "sdb", "size": 960_207_962_112, "address": "0:2.1.0", "model": "SSD", "serial": "D2"],
        ],
        "interfaces": [
            ["name": "eno1", "mac": .string(mac), "address": "0000:01:00.0", "link": true],
            ["name": "eno2", "mac": "52:54:00:20:01:16", "address": "0000:02:00.0", "link": true],
            ["name": "eno3", "mac": "52:54:00:20:01:17", "address": "0000:02:00.1", "link": false],
        ],
    ]

    @Test("a machine that nobody knows is listed, its documents are written, and staged with the site they are valid")
    func wholeWay() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let options = ["--name", "berth-5", "--profile", "worker", "--network", "pxe", "--network", "oam"]
        try await boot(Self.mac, Self.inventory, seed)

        let early = try seed.boatyard(["adopt", Self.mac] + options)
        #expect(early.status == 1)
        #expect(early.error.contains("no documents are committed"), "\(early.error)")
        try seed.commit(Place.exampleSite)

        for arguments in [["get", "nodes"], ["get", "nodes", "--unknown"]] {
            let listed = try seed.boatyard(arguments)
            #expect(listed.status == 0, "\(listed.error)")
            let line = try #require(listed.output.split(separator: "\n").last { $0.hasPrefix(Self.mac) })
            for part in [
                "PowerEdge R640", "CN7016", "48", "131072 MiB", "2 disks, 1.4 TB", "3: eno1, eno2, eno3", "10.20.0.15",
            ] {
                #expect(line.contains(part), "\(part): \(line)")
            }
            #expect(!listed.output.contains("\u{1B}"))
            #expect(listed.output.contains("boatyard adopt MAC"))
        }
        let nodes = try Value(json: seed.boatyard("get", "nodes", "--output", "json").output).arrayValue ?? []
        let machine = try #require(nodes.first { $0["boot_mac"] == .string(Self.mac) })
        #expect(machine["status_name"] == "New")
        #expect(machine["hardware"]?["disks"]?[1]?["serial"] == "D2")

        let file = seed.folder.appendingPathComponent("berth-5.yaml")
        let printed = try seed.boatyard(["adopt", Self.mac] + options)
        #expect(printed.status == 0, "\(printed.error)")
        #expect(printed.error.isEmpty, "\(printed.error)")
        let written = try seed.boatyard(
            ["adopt", "52-54-00-20-01-15"] + options + ["--rack", "quay-1", "--file", file.path])
        #expect(written.status == 0, "\(written.error)")
        #expect(written.output.contains("boatyard create configdocs berth-5 --filename \(file.path) --append"))
        #expect(
            try seed.boatyard(["adopt", Self.mac] + options + ["--file", file.path]).error.contains("is there already"))
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(printed.output.contains("# rack: "))
        let documents = try YAML.load(Array(text.utf8))
        #expect(documents.map { $0["schema"] } == ["drydock/HardwareProfile/v1", "drydock/BaremetalNode/v1"])
        #expect(
            documents[1]["data"]?["addressing"] == [
                ["network": "oob", "address": "10.20.0.15"], ["network": "pxe", "address": "10.20.1.15"],
                ["network": "oam", "address": "10.20.2.15"],
            ])

        let design = try Program("boatyard", ["design", Place.exampleSite.path, file.path])
        #expect(design.wait() == 0, "\(design.standardOutput)\(design.standardError)")
        #expect(design.standardOutput.contains("The design is valid: 0 errors"))
        let staged = try seed.boatyard("create", "configdocs", "berth-5", "--filename", file.path, "--append")
        #expect(staged.status == 0, "\(staged.error)")
        // What is staged counts: the name and the machine are taken.
        let again = try seed.boatyard(["adopt", Self.mac] + options)
        #expect(again.status == 1)
        #expect(again.error.contains("\(Self.mac) is the boot_mac of the node berth-5 already"), "\(again.error)")
        let committed = try seed.boatyard("commit", "configdocs")
        #expect(committed.status == 0, "\(committed.error)")
        #expect(try seed.json("designs/2/nodes/berth-5")["boot"]?["mac"] == .string(Self.mac))
    }

    @Test(
        "a profile that takes its password from an encrypted document gives what it has, and the secret is not written")
    func encrypted() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite.deletingLastPathComponent().appendingPathComponent("vm-site"))
        var inventory = Self.inventory.objectValue ?? [:]
        inventory["bmc_address"] = "10.30.0.15"
        try await boot(Self.mac, .object(inventory), seed)
        let printed = try seed.boatyard([
            "adopt", Self.mac, "--name", "hull-5", "--profile", "server", "--network", "pxe=10.30.1.15",
        ])
        #expect(printed.status == 0, "\(printed.error)")
        #expect(printed.output.contains("10.30.0.15") && printed.output.contains("host_profile: server"))
        #expect(!printed.output.contains("launch-day"), "\(printed.output)")
    }

    @Test("what cannot be adopted is refused with 1, and says what, where and what to do")
    func refused() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        try await boot(Self.mac, Self.inventory, seed)
        try await boot("06:00:00:00:00:01", ["cpu_count": 4], seed)
        func error(_ mac: String, _ arguments: [String]) throws -> String {
            let refused = try seed.boatyard(["adopt", mac] + arguments)
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.output.isEmpty)
            return refused.error
        }
        let usual = ["--name", "n7", "--profile", "worker"]
        let unknown = try error("52:54:00:20:01:25", usual)
        #expect(
            unknown.contains("no machine that boots from 52:54:00:20:01:25")
                && unknown.contains("Did you mean '\(Self.mac)'?"))
        #expect(
            try error("52:54:00:20:01:16", usual).contains(
                "It is the interface eno2 of the machine that boots from \(Self.mac)"))
        #expect(try error("06:00:00:00:00:01", usual).contains("neither disks nor interfaces"))
        #expect(try error(Self.mac, ["--name", "berth-2", "--profile", "worker"]).contains("Choose another name"))
        #expect(try error(Self.mac, ["--name", "n7", "--profile", "workre"]).contains("Did you mean 'worker'?"))
        #expect(try error(Self.mac, usual + ["--network", "oamm"]).contains("Did you mean 'oam'?"))
        #expect(try error(Self.mac, usual + ["--network", "oam=10.20.2.11"]).contains("that of berth-1"))

        #expect(try seed.boatyard(["adopt", "nonsense"] + usual).status == 64)
        #expect(try seed.boatyard(["adopt", Self.mac] + usual + ["--network", "oam="]).status == 64)
        #expect(try seed.boatyard(["adopt", Self.mac] + usual + ["--file", "n7.txt"]).status == 64)
    }

    @Test("a machine that is a node, and one that has told nothing, cannot be adopted")
    func machines() throws {
        let mac = try #require(MACAddress(Self.mac))
        func refused(_ name: String, _ nodes: [Value]) -> String {
            let failure = #expect(throws: Failure.self) { try Adopt.machine(mac, name: name, among: nodes) }
            return failure?.text ?? ""
        }
        let node: Value = [
            "hostname": "n1", "status_name": "Deployed", "boot_mac": .string(Self.mac), "hardware": ["disks": []],
        ]
        #expect(refused("n7", [node]).contains("is the machine of the node n1, Deployed"))
        let silent: Value = [
            "hostname": .string(ULID().description.lowercased()), "status_name": "New", "boot_mac": .string(Self.mac),
            "hardware": nil,
        ]
        #expect(refused("n7", [silent]).contains("has sent no inventory that could be read"))
        #expect(refused("n1", [silent, ["hostname": "n1", "boot_mac": nil]]).contains("there is a node n1 already"))
    }
}
