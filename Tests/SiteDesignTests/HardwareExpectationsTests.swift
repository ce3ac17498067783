import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("What a design says to the test of hardware")
struct HardwareExpectationsTests {
    private func labels(_ text: String) -> String {
        Design.node("n2", "metadata: {owner_data: {\(text)}}", address: 12)
    }

    private func findings(_ text: String) throws -> [String] {
        try Design.compile(labels(text)).messages.filter { $0.name == "BY1030" }
            .map { "\($0.level.title) \($0.message) \($0.diagnostic)" }
    }

    @Test("a plan has the memory, the disks and the cards of the design, with speeds, bonds and neighbours")
    func plan() throws {
        let link = """

            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: gp}
            data: {bonding: {mode: 802.3ad}, mtu: 9000, linkspeed: 10000full, allowed_networks: [mgmt, storage],
              trunking: {mode: 802.1q, default_network: mgmt}}
            """
        let text = labels("hardware_test: full, memory_gib: '128', neighbour.nic2: switch-3 Ethernet7, rack: a")
        let site = try Design.site(text + link)
        let node = try #require(site.node(named: "n2"))
        #expect(HardwareExpectations.mode(of: node) == .full)
        #expect(HardwareExpectations.labels(of: node)["rack"] == "a")
        #expect(HardwareExpectations.labels(of: node).keys.allSatisfy { !HardwareExpectations.Label.isOne($0) })
        #expect(DesignDump.node(node)["labels_for_relabel"] == ["role": "worker", "rack": "a"])
        let plan = HardwareExpectations(site: site, node: node).plan()
        #expect(plan["memory_mib"] == 131_072)
        #expect(
            plan["disks"]?[0] == [
                "device": "bootdisk", "selector": ["alias": "bootdisk", "address": "0:2.0.0", "bus_type": "scsi"],
            ])
        let cards = plan["interfaces"]?.arrayValue ?? []
        let selector: Value = ["alias": "nic2", "address": "0000:01:00.1", "bus_type": "pci"]
        #expect(cards.map { $0["name"] } == ["nic3", "nic1", "nic2"])
        #expect(
            cards.last == [
                "name": "nic2", "selector": selector, "bond": "bond0", "speed": 10_000,
                "neighbour": "switch-3 Ethernet7",
            ])
        #expect(cards.first?["bond"] == .null && cards.first?["speed"] == .null)
        let none = try #require(site.node(named: "n1"))
        #expect(HardwareExpectations.mode(of: none) == nil)
        #expect(HardwareExpectations(site: site, node: none).plan()["memory_mib"] == .null)
    }

    @Test(
        "a link's speed is the number that it begins with",
        arguments: [
            ("auto", nil), ("10full", 10), ("10000full", 10_000), ("25gfull", 25_000), ("1000", 1000), ("", nil),
            ("0full", nil), ("99999999999999999999", nil),
        ] as [(String, Int?)])
    func speed(text: String, speed: Int?) { #expect(HardwareExpectations.speed(text) == speed) }

    @Test("what cannot be read is an error, what speaks of no card a warning, and each says what to write")
    func rules() throws {
        #expect(try findings("hardware_test: quick, memory_gib: '64', neighbour.eno1: switch-3") == [])
        #expect(
            try findings("hardware_test: quik") == [
                "Error Hardware Tests: hardware_test of BaremetalNode n2 is 'quik' Use quick or full, or leave it out. Did you "
                    + "mean 'quick'?"
            ])
        #expect(
            try findings("memory_gib: 128 GiB") == [
                "Error Hardware Tests: memory_gib of BaremetalNode n2 is '128 GiB' Use a whole number of GiB from 1 to 65536: "
                    + "memory_gib: '128'."
            ])
        #expect(try findings("neighbour.eno1: ' '").first?.hasPrefix("Error") == true)
        #expect(try findings("neighbour.uplink: switch-3 Ethernet7").first?.hasPrefix("Warning") == true)
        #expect(
            try findings("neighbor.eno1: switch-3 Ethernet7") == [
                "Warning Hardware Tests: neighbor.eno1 of BaremetalNode n2 means nothing to the test of its hardware Write it "
                    + "neighbour.eno1."
            ])
    }
}
