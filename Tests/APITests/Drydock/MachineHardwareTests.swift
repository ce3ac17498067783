import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import API

@Suite("The hardware of machines, over Drydock's controller")
struct MachineHardwareTests {
    private static let mac = "06:00:00:00:00:15"

    private func boot(_ fixture: DrydockFixture, _ inventory: Value) async throws {
        let token = try bootToken(in: try await fixture.ask(.get, "/ipxe/\(Self.mac)").text)
        let answer = try await fixture.ask(.post, "/agent/v1/inventory", inventory, token: token)
        #expect(answer.status == 200, "\(answer.text)")
    }

    @Test("a machine that nobody knows is shown with what it consists of, and with nothing else of its inventory")
    func unknown() async throws {
        try await DrydockFixture.run { fixture in
            try await boot(
                fixture,
                [
                    "mac": .string(Self.mac), "bmc_address": "10.20.0.15", "vendor": " Dell Inc. ",
                    "product": "PowerEdge R640", "serial": "CN7016", "uuid": "4c4c4544-0043-4e10-8037-b7c04f363232",
                    "cpu_count": 48, "memory_mib": 131_072, "firmware": "uefi", "colour": "grey",
                    "disks": [
                        [
                            "name": "sda", "size": 480_103_981_056, "address": "0:2.0.0", "model": "SSD",
                            "serial": "D1",
                            "sector_size": 512, "wwn": "5000c500a1b2c3d4",
                        ]
                    ],
                    "interfaces": [
                        [
                            "name": "eno1", "mac": "06-00-00-00-00-15", "address": "0000:01:00.0", "link": true,
                            "speed": 1,
                        ],
                        ["name": "eno2", "mac": "nonsense"],
                    ],
                    "details": [["generator": "lshw", "format": "text/xml", "data": "<list/>"]],
                ])
            let hardware: Value = [
                "vendor": "Dell Inc.", "product": "PowerEdge R640", "serial": "CN7016",
                "uuid": "4C4C4544-0043-4E10-8037-B7C04F363232", "cpu_count": 48, "memory_mib": 131_072,
                "firmware": "uefi", "bmc_address": "10.20.0.15",
                "disks": [
                    [
                        "name": "sda", "size": 480_103_981_056, "address": "0:2.0.0", "model": "SSD", "serial": "D1",
                    ]
                ],
                "interfaces": [
                    ["name": "eno1", "mac": "06:00:00:00:00:15", "address": "0000:01:00.0", "link": true],
                    ["name": "eno2", "mac": nil, "address": nil, "link": nil],
                ],
            ]
            for query in ["", "?designed=true", "?unknown=true"] {
                let nodes = try await fixture.send(.get, "/api/v1.0/nodes\(query)").json().arrayValue ?? []
                let machine = try #require(nodes.first { $0["boot_mac"] == .string(Self.mac) }, "\(query)")
                #expect(machine["hardware"] == hardware, "\(query)")
            }
        }
    }

    @Test("hardware is bounded whatever a machine sends, and is that of its newest inventory")
    func bounds() async throws {
        try await DrydockFixture.run { fixture in
            let long = String(repeating: "e\u{301}", count: 4000)
            try await boot(
                fixture,
                [
                    "vendor": .string(long), "product": 5, "serial": "Default string", "firmware": "openboot",
                    "disks": .array(
                        (0..<1000).map {
                            ["name": .string("sd\($0)"), "size": -1, "model": .string(long.prefix(50) + "")]
                        }),
                    "interfaces": .array((0..<256).map { ["name": .string("eno\($0)"), "link": "yes"] }),
                ])
            let machine = try await fixture.send(.get, "/api/v1.0/nodes?unknown=true").json()[0]
            #expect(machine?["inventory_cut"]?.intValue ?? 0 > 64 << 10)
            let hardware = try #require(machine?["hardware"])
            #expect(hardware["vendor"]?.stringValue?.unicodeScalars.count == 128)
            for key in ["product", "serial", "firmware"] { #expect(hardware[key] == .null, "\(key)") }
            #expect(hardware["disks"]?.arrayValue?.count == 128)
            #expect(hardware["disks"]?[0]?["size"] == .null)
            #expect(hardware["interfaces"]?.arrayValue?.count == 64)
            #expect(hardware["interfaces"]?[0]?["link"] == .null)

            try await boot(fixture, ["vendor": "QEMU", "cpu_count": 2])
            let again = try await fixture.send(.get, "/api/v1.0/nodes?unknown=true").json()[0]?["hardware"]
            #expect(again?["vendor"] == "QEMU")
            #expect(again?["disks"] == [])
        }
    }

    @Test("hardware stays with the machine that it is of when a node is claimed for another one")
    func claimed() async throws {
        try await DrydockFixture.run { fixture in
            _ = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await boot(fixture, ["vendor": "The other one", "cpu_count": 2])
            let path = "/api/v1.0/nodes/berth-1/claim"
            let claim = try await fixture.send(.post, path, ["mac": .string(Self.mac)])
            #expect(claim.status == 200, "\(claim.text)")
            let nodes = try await fixture.send(.get, "/api/v1.0/nodes").json().arrayValue ?? []
            let node = try #require(nodes.first { $0["hostname"] == "berth-1" })
            #expect(node["hardware"]?["vendor"] == "The other one")
        }
    }
}
