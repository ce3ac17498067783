import Primitives
import SiteDesign
import Testing

@testable import Drydock

@Suite("Machines that documents name")
struct DocumentedMachinesTests {
    private func machine(
        _ last: UInt8, node: String? = nil, bmc: String? = nil, serial: String? = nil
    ) throws -> Machine {
        Machine(
            id: ULID(), node: node, mac: try #require(MACAddress(bytes: [2, 0, 0, 0, 0, last])), bmcAddress: bmc,
            hardware: Hardware(serial: serial, uuid: nil), lifecycle: MachineLifecycle(), power: .unknown, memory: nil,
            cpuCount: nil, bootIP: nil, created: .now(), updated: .now())
    }

    private func expected(
        _ node: String, _ last: UInt8?, bmc: String? = nil, serial: String? = nil
    ) -> ExpectedNode {
        ExpectedNode(
            node: node, bmcAddress: bmc, bootMAC: last.flatMap { MACAddress(bytes: [2, 0, 0, 0, 0, $0]) },
            bootMode: .bios,
            pin: Hardware(serial: serial, uuid: nil))
    }

    @Test("a machine is named by the MAC address of a node, without one by its BMC, and no node gets a second machine")
    func names() throws {
        let machines = [
            try machine(1, node: "n1"), try machine(2), try machine(9, bmc: "10.0.0.3"),
            try machine(8, bmc: "10.0.0.3"),
            try machine(7, bmc: "10.0.0.2"), try machine(6, bmc: "10.0.0.1"),
        ]
        let named = machines.named(
            by: [
                expected("n1", 1, bmc: "10.0.0.1"), expected("n2", 2, bmc: "10.0.0.2"),
                expected("n3", nil, bmc: "10.0.0.3"),
            ], claims: [:])
        #expect(named.map(\.node) == ["n1", "n2", "n3", nil, nil, nil])
        #expect(named.map { $0.mac.bytes[5] } == [1, 2, 9, 8, 7, 6])
    }

    @Test("a claim counts before the documents, and another serial than they name is another machine")
    func claims() throws {
        let machines = [try machine(1, serial: "A"), try machine(2, serial: "B"), try machine(3, serial: "C")]
        let claimed = try #require(MACAddress(bytes: [2, 0, 0, 0, 0, 1]))
        let named = machines.named(
            by: [expected("n1", 1), expected("n2", 2), expected("n3", 3, serial: "X")], claims: ["n2": claimed])
        #expect(named.map(\.node) == ["n2", nil, nil])
        #expect(named.map { $0.mac.bytes[5] } == [1, 2, 3])
    }
}
