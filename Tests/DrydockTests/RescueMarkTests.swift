import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("Marks for rescue")
struct RescueMarkTests {
    private static let mac = MACAddress("52:54:00:00:00:11") ?? .zero

    private static func run(
        _ state: MachineState, _ intent: MachineIntent, _ body: (MachineStore, Machine) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let machine = Machine(
                id: ULID(), node: "n1", mac: mac, bmcAddress: nil,
                lifecycle: MachineLifecycle(state: state, intent: intent, work: nil, failure: nil), power: .on,
                created: .now(), updated: .now())
            try await database.write { try MachineStore.save(machine, $0) }
            try await body(MachineStore(database: database, notifier: Notifier(), now: { .now() }), machine)
            await database.close()
        }
    }

    @Test(
        "a machine at work is not marked, any other is",
        arguments: MachineState.allCases)
    func states(state: MachineState) async throws {
        try await Self.run(state, .discover) { machines, _ in
            let isAtWork = [MachineState.commissioning, .deploying, .releasing, .diskErasing].contains(state)
            do {
                _ = try await machines.beginRescue("n1", keys: ["ssh-ed25519 A"], power: true)
                #expect(!isAtWork)
                #expect(try await machines.mark(mac: Self.mac)?.keys == ["ssh-ed25519 A"])
            } catch let error as DrydockError {
                #expect(isAtWork && error.kind == .conflict && error.message.contains(state.rawValue))
                #expect(try await machines.mark(mac: Self.mac) == nil)
            }
        }
    }

    @Test("a mark ends when its machine is given work, is forgotten or is another node's, and not by a look at it")
    func endings() async throws {
        func mark(_ machines: MachineStore) async throws {
            _ = try await machines.beginRescue("n1", keys: ["ssh-ed25519 A"], power: false)
        }
        try await Self.run(.failedDeployment, .deploy) { machines, machine in
            try await mark(machines)
            try await machines.apply(.inventoried(BootIdentity(tokenHash: "aa")), to: machine.id)
            #expect(try await machines.mark(mac: Self.mac) != nil)
            try await machines.apply(.install(deployment: ULID()), to: machine.id)
            #expect(try await machines.mark(mac: Self.mac) == nil)
        }
        try await Self.run(.deployed, .local) { machines, machine in
            try await mark(machines)
            try await machines.apply(.erase(deployment: ULID()), to: machine.id)
            #expect(try await machines.rescues().isEmpty)
        }
        try await Self.run(.new, .discover) { machines, machine in
            try await mark(machines)
            try await machines.apply(.commission, to: machine.id)
            #expect(try await machines.rescues().isEmpty)
        }
        try await Self.run(.ready, .commission) { machines, machine in
            try await mark(machines)
            try await machines.apply(.erase(deployment: ULID()), to: machine.id)
            #expect(try await machines.rescues().isEmpty)
            #expect(try await machines.database.read { try $0.query("SELECT 1 FROM drydock_marks").isEmpty })
        }
        try await Self.run(.deployed, .local) { machines, _ in
            try await mark(machines)
            try await machines.claim("n1", MACAddress("52:54:00:00:00:12") ?? .zero, isForced: true)
            #expect(try await machines.rescues().isEmpty)
        }
    }

    @Test("who asks later is who is obeyed: the orders of the request before are given no more")
    func superseded() async throws {
        try await Self.run(.deployed, .local) { machines, _ in
            let first = try await machines.beginRescue("n1", keys: ["ssh-ed25519 A"], power: true)
            #expect(try await machines.isCurrent(first))
            let second = try await machines.beginRescue("n1", keys: ["ssh-ed25519 B"], power: true)
            #expect(try await !machines.isCurrent(first))
            #expect(second.since == first.since)
            let ended = try await machines.endRescue("n1").mark
            #expect(try await !machines.isCurrent(second))
            #expect(try await machines.mark(mac: Self.mac) == nil)
            try await machines.forget(second)
            #expect(try await machines.isCurrent(ended))
            try await machines.forget(ended)
            #expect(try await !machines.isCurrent(ended))
            await #expect(throws: DrydockError.self) { try await machines.endRescue("n1") }
        }
    }
}
