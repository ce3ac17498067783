import Primitives
import SiteDesign
import Testing

@testable import Simulator

@Suite("The machines of a site that is rehearsed")
struct RehearsedSiteTests {
    private func site(_ nodes: [(name: String, outOfBand: Value)]) throws -> RehearsedSite {
        var documents = [
            DesignDocument(schema: "drydock/HardwareProfile/v1", name: "generic", data: ["boot_mode": "uefi"])
        ]
        for (place, node) in nodes.enumerated() {
            documents.append(
                DesignDocument(
                    schema: "drydock/BaremetalNode/v1", name: node.name,
                    data: [
                        "hardware_profile": "generic", "oob": node.outOfBand,
                        "addressing": [["network": "oob", "address": .string("10.0.0.\(place + 11)")]],
                    ]))
        }
        return RehearsedSite(try RehearsedSite.compile(documents))
    }

    @Test("a machine of each type is rehearsed, and one that cannot be reached is left out with the reason")
    func types() throws {
        let site = try site([
            (
                "n1", ["type": "ipmi", "network": "oob", "account": "admin", "credential": "secret", "kg": "0xff00"]
            ),
            ("n2", ["type": "libvirt", "libvirt_uri": "qemu+ssh://host/system", "account": "root", "network": "oob"]),
            ("n3", ["type": "manual"]),
            ("n4", ["type": "redfish", "network": "oob", "scheme": "http"]),
            ("n5", ["type": "snmp"]),
            ("n6", ["type": "ipmi", "network": "elsewhere"]),
        ])
        #expect(site.machines.map(\.name) == ["n1", "n2", "n3", "n4"])
        #expect(site.machines.map(\.bmcProtocol) == [.ipmi, .libvirt, .manual, .redfishPlain])
        #expect(site.machines.map(\.bmcAddress) == ["10.0.0.11", "n2", "n3", "10.0.0.14"])
        #expect(site.machines.map(\.account) == ["admin", "rehearsal", "rehearsal", ""])
        #expect(site.machines.map { $0.bmcKey?.reveal() } == ["0xff00", nil, nil, nil])
        #expect(site.leftOut.map(\.name) == ["n5", "n6"])
        #expect(site.leftOut[0].reason.hasPrefix("its out-of-band type is snmp, and there is a driver for ipmi,"))
        #expect(site.leftOut[1].reason == "it has no address on its out-of-band network.")
    }

    @Test("a machine has the interface that it boots from, also where its design names none")
    func bootInterface() throws {
        let machine = try #require(try site([("n1", ["type": "manual"])]).machines.first)
        #expect(machine.interfaces.map(\.mac) == [machine.mac])
    }

    @Test("a choice of machines is not disturbed by those that cannot be rehearsed, which it may not name")
    func choice() throws {
        let site = try site([("n1", ["type": "manual"]), ("n2", ["type": "snmp"])])
        let chosen = try site.limited(to: ["n1"])
        #expect(chosen.machines.map(\.name) == ["n1"] && chosen.leftOut.isEmpty)
        let error = #expect(throws: RehearsalError.self) { try site.limited(to: ["n2"]) }
        #expect(error?.description.hasPrefix("n2 cannot be rehearsed: its out-of-band type is snmp,") == true)
    }
}
