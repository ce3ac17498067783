import OrderedCollections
import Primitives
import SiteDesign
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("Claims and the design")
struct ClaimTests {
    private static func address(_ last: UInt8) -> MACAddress {
        MACAddress(bytes: [0x52, 0x54, 0, 0, 0, last]) ?? .zero
    }

    private static let (first, second, third) = (address(0x11), address(0x12), address(0x13))

    private struct Fixture {
        let machines: MachineStore

        func expect(_ names: Set<String>? = nil, _ design: [String: MACAddress]) async throws {
            let nodes = design.sorted { $0.key < $1.key }.map { name, mac in
                ExpectedNode(node: name, bmcAddress: "bmc of \(name)", bootMAC: mac, bootMode: .bios)
            }
            try await machines.expect(names ?? Set(design.keys), of: nodes)
        }

        /// Who it is that boots from `mac`.
        func decision(_ mac: MACAddress, bmc: String? = nil) async throws -> IdentityCase.Decision {
            let boot = Boot(mac: mac, identity: BootIdentity(tokenHash: "aa"), peer: "192.0.2.7", minted: .now())
            let inventory = try Inventory(["cpu_count": 1])
            return try await machines.database.write { connection in
                var identity = try MachineStore.identityCase(
                    boot, inventory, window: 600, at: .now(), connection
                ).case
                if let bmc {
                    identity.bmcAddress = bmc
                    identity.byBMC = try MachineStore.candidate(
                        "bmc_address = ?", bmc, poweredIn: Timestamp(microseconds: 0)...Timestamp.now(), connection)
                }
                return identity.decide()
            }
        }

        func verdict(_ mac: MACAddress) async throws -> IdentityCase.Verdict { try await decision(mac).verdict }

        static func run(_ body: (Fixture) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                let database = try Database.open(
                    path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
                try await body(
                    Fixture(machines: MachineStore(database: database, notifier: Notifier(), now: { .now() })))
                await database.close()
            }
        }
    }

    @Test("a claimed address is the claimed node's, though the design gives it to another one")
    func swapped() async throws {
        try await Fixture.run { fixture in
            let swapped = ["berth-1": Self.first, "berth-2": Self.second]
            try await fixture.expect(nil, swapped)
            #expect(try await fixture.verdict(Self.first) == .node("berth-1"))
            try await fixture.machines.claim("berth-2", Self.first)
            #expect(try await fixture.verdict(Self.first) == .node("berth-2"))
            try await fixture.expect(["berth-1"], swapped)
            #expect(try await fixture.verdict(Self.first) == .node("berth-2"), "the next task changes nothing")
            #expect(try await fixture.verdict(Self.second) == .nobody)
            // Nor does its BMC make anybody berth-1, which has a boot MAC by the design.
            try await fixture.machines.notePowered("berth-1")
            let other = try await fixture.decision(Self.third, bmc: "bmc of berth-1")
            #expect(other.verdict == .nobody)
            #expect(other.conflict?.node == "berth-1")

            try await fixture.machines.claim("berth-1", Self.second)
            #expect(try await fixture.verdict(Self.second) == .node("berth-1"))
            #expect(try await fixture.verdict(Self.first) == .node("berth-2"))
        }
    }

    @Test("a claim ends when the design has another address for its node, or no such node, whichever node is asked for")
    func outdated() async throws {
        try await Fixture.run { fixture in
            try await fixture.expect(nil, ["berth-1": Self.first, "berth-2": Self.second])
            try await fixture.machines.claim("berth-2", Self.first)
            try await fixture.expect(["berth-1"], ["berth-1": Self.first, "berth-2": Self.third])
            #expect(try await fixture.verdict(Self.first) == .node("berth-1"))

            try await fixture.machines.claim("berth-1", Self.second)
            #expect(try await fixture.verdict(Self.second) == .node("berth-1"))
            try await fixture.expect(["berth-3"], ["berth-3": Self.second])
            #expect(try await fixture.verdict(Self.second) == .node("berth-3"))
        }
    }

    @Test("an address that the design has given to another node is not the earlier node's, whichever is asked for")
    func moved() async throws {
        try await Fixture.run { fixture in
            try await fixture.expect(nil, ["berth-1": Self.first, "berth-2": Self.second])
            try await fixture.expect(["berth-2"], ["berth-1": Self.third, "berth-2": Self.first])
            #expect(try await fixture.verdict(Self.first) == .node("berth-2"))
            #expect(try await fixture.verdict(Self.third) == .node("berth-1"))
            try await fixture.expect(["berth-9"], ["berth-9": Self.first])
            #expect(try await fixture.verdict(Self.first) == .node("berth-9"), "there is no other node any more")
            #expect(try await fixture.verdict(Self.third) == .nobody)
        }
    }

    @Test("a node that loses a claim to another one boots as the design says, unless that is claimed too")
    func replaced() async throws {
        try await Fixture.run { fixture in
            try await fixture.expect(nil, ["berth-1": Self.first, "berth-2": Self.second])
            try await fixture.machines.claim("berth-1", Self.third)
            try await fixture.machines.claim("berth-2", Self.third)
            #expect(try await fixture.verdict(Self.third) == .node("berth-2"))
            #expect(try await fixture.verdict(Self.first) == .node("berth-1"))
            try await fixture.machines.claim("berth-1", Self.second)
            try await fixture.machines.claim("berth-1", Self.third)
            #expect(try await fixture.verdict(Self.third) == .node("berth-1"))
            #expect(try await fixture.verdict(Self.second) == .node("berth-2"))
            #expect(try await fixture.verdict(Self.first) == .nobody)
        }
    }

    @Test("an unknown machine at a claimed address becomes the claimed node, not the one of the design")
    func adopted() async throws {
        try await Fixture.run { fixture in
            let swapped = ["berth-1": Self.first, "berth-2": Self.second]
            try await fixture.expect(["berth-2"], swapped)
            try await fixture.machines.claim("berth-2", Self.first)
            try await fixture.machines.database.write { connection in
                try MachineStore.save(
                    Machine(
                        id: ULID(), node: nil, mac: Self.first, bmcAddress: nil, lifecycle: MachineLifecycle(),
                        power: .on, created: .now(), updated: .now()), connection)
            }
            try await fixture.expect(["berth-1"], swapped)
            #expect(try await fixture.machines.machine(mac: Self.first)?.node == nil)
            try await fixture.expect(["berth-2"], swapped)
            #expect(try await fixture.machines.machine(mac: Self.first)?.node == "berth-2")
        }
    }

    /// A machine that has sent an inventory from `mac`.
    private func seen(_ mac: MACAddress, _ node: String?, _ lifecycle: MachineLifecycle = .init(), serial: String)
        -> Machine
    {
        Machine(
            id: ULID(), node: node, mac: mac, bmcAddress: "10.0.0.1", hardware: Hardware(serial: serial, uuid: "U"),
            lifecycle: lifecycle, power: .on, memory: 1024, cpuCount: 2, bootIP: "192.0.2.7", created: .now(),
            updated: .now())
    }

    private func save(_ fixture: Fixture, _ machine: Machine, inventory: String? = nil) async throws {
        try await fixture.machines.database.write { connection in
            try MachineStore.save(machine, connection)
            guard let inventory else { return }
            try connection.execute(
                "INSERT INTO drydock_inventories (machine, collected, inventory) VALUES (?, 1, ?)",
                [.text(machine.id.description), .text(inventory)])
        }
    }

    private static let deployed = MachineLifecycle(state: .deployed, intent: .local, work: nil, failure: nil)

    @Test("a node that is installed is claimed for no other address than its machine's, unless that is forced")
    func installed() async throws {
        try await Fixture.run { fixture in
            try await fixture.expect(nil, ["berth-1": Self.first])
            try await save(fixture, seen(Self.first, "berth-1", Self.deployed, serial: "A"))
            let error = await #expect(throws: DrydockError.self) {
                try await fixture.machines.claim("berth-1", Self.third)
            }
            #expect(error?.kind == .conflict)
            for part in [
                "from \(Self.third)", "--mac \(Self.first).", "Deployed", "--force", "Nothing has ever booted",
            ] {
                #expect(error?.message.contains(part) == true, "\(part)")
            }
            // Whoever boots there, and whatever it says: anybody can.
            _ = try await fixture.machines.mintToken(for: Self.second, peer: "192.0.2.9")
            try await save(fixture, seen(Self.second, nil, serial: "A"))
            let forged = await #expect(throws: DrydockError.self) {
                try await fixture.machines.claim("berth-1", Self.second)
            }
            #expect(forged?.kind == .conflict && forged?.message.contains("Nothing has ever booted") == false)
            let unknown = try await fixture.machines.all().filter { $0.node == nil }.map(\.id)
            _ = try await fixture.machines.removeUnknown(Set(unknown))
            #expect(try await fixture.machines.machine(node: "berth-1")?.mac == Self.first)
            #expect(try await fixture.machines.claim("berth-1", Self.third, isForced: true) == Self.first)
            let claimed = try await fixture.machines.machine(node: "berth-1")
            #expect(claimed?.mac == Self.third && claimed?.state == .deployed && claimed?.cpuCount == nil)
            // Back again: its machine is known, and of the address that never booted there is nothing to list.
            #expect(try await fixture.machines.claim("berth-1", Self.first, isForced: true) == Self.third)
            #expect(try await fixture.machines.machine(node: "berth-1")?.cpuCount == 2)
            #expect(try await fixture.machines.unknownMachines().isEmpty)
            #expect(try await fixture.machines.claim("berth-1", Self.first) == nil)
        }
    }

    @Test("a node that nothing is installed on may be claimed for any address")
    func unseenReady() async throws {
        try await Fixture.run { fixture in
            try await fixture.expect(nil, ["berth-1": Self.first])
            #expect(try await fixture.machines.claim("berth-1", Self.second) == nil)
            let ready = MachineLifecycle(state: .ready, intent: .commission, work: nil, failure: nil)
            try await save(fixture, seen(Self.second, "berth-1", ready, serial: "A"))
            #expect(try await fixture.machines.claim("berth-1", Self.third) == Self.second)
            #expect(try await fixture.machines.machine(node: "berth-1") == nil)
        }
    }

    @Test(
        "a claim forgets the test of the machine, which says nothing of another one",
        arguments: [true, false], [true, false])
    func forgottenTest(isInstalled: Bool, hasEnded: Bool) async throws {
        try await Fixture.run { fixture in
            try await fixture.expect(nil, ["berth-1": Self.first])
            let ready = MachineLifecycle(state: .ready, intent: .commission, work: nil, failure: nil)
            try await save(fixture, seen(Self.first, "berth-1", isInstalled ? Self.deployed : ready, serial: "A"))
            try await save(fixture, seen(Self.second, nil, serial: "B"))
            // Another board at the same address, then another machine.
            for mac in [Self.first, Self.second] {
                _ = try await fixture.machines.beginTest(
                    "berth-1", ULID(), mode: .quick, plan: ["kind": "test"], expectations: "", task: nil, seconds: 60,
                    power: false)
                if hasEnded {
                    try await fixture.machines.database.write { connection in
                        try connection.execute("UPDATE drydock_tests SET ended = since, outcome = 'passed'")
                        try connection.execute("DELETE FROM drydock_marks")
                    }
                }
                try await fixture.machines.claim("berth-1", mac, isForced: isInstalled)
                let left = try await fixture.machines.database.read {
                    try $0.query("SELECT machine FROM drydock_tests UNION ALL SELECT machine FROM drydock_marks")
                }
                #expect(left.isEmpty, "after the claim for \(mac)")
            }
        }
    }

    @Test(
        "a claim away and back leaves every machine that has booted listed, with what it told",
        arguments: [true, false])
    func listed(isInstalled: Bool) async throws {
        try await Fixture.run { fixture in
            try await fixture.expect(nil, ["berth-1": Self.first])
            let ready = MachineLifecycle(state: .ready, intent: .commission, work: nil, failure: nil)
            let details = String(repeating: "x", count: MachineStore.unknownInventory)
            let large = #"{"cpu_count": 2, "details": ["\#(details)"]}"#
            try await save(
                fixture, seen(Self.first, "berth-1", isInstalled ? Self.deployed : ready, serial: "A"), inventory: large
            )
            try await save(fixture, seen(Self.second, nil, serial: "B"), inventory: #"{"cpu_count": 2}"#)
            func unknown() async throws -> [String] {
                try await fixture.machines.unknownMachines().map { "\($0.mac) \($0.serial ?? "")" }
            }
            #expect(try await unknown() == ["\(Self.second) B"])
            let former = try await fixture.machines.claim("berth-1", Self.second, isForced: isInstalled)
            #expect(former == Self.first)
            #expect(try await unknown() == ["\(Self.first) A"])
            let listed = try await fixture.machines.unknownMachines().first
            let size = try Value(json: large).json(.compact).utf8.count
            #expect(listed?.cutInventory == size, "of what an unknown machine told only a part is kept")
            let node = try #require(try await fixture.machines.machine(node: "berth-1"))
            #expect(node.mac == Self.second && node.state == (isInstalled ? .deployed : .new))
            #expect(try await fixture.machines.inventory(of: node.id)?.body["cpu_count"] == 2)
            let back = try await fixture.machines.claim("berth-1", Self.first, isForced: isInstalled)
            #expect(back == Self.second)
            #expect(try await unknown().map { $0.prefix(17) } == ["\(Self.second)"])
            #expect(try await fixture.machines.machine(node: "berth-1")?.mac == Self.first)
            #expect(try await fixture.machines.machine(node: "berth-1")?.state == (isInstalled ? .deployed : .new))
        }
    }
}
