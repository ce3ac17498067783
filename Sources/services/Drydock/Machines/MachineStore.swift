import Primitives
import SiteDesign
import Store

/// Machines and their boots in the database.
///
/// A transition reads, decides and writes in one transaction, so that no two events of a machine can cross.
struct MachineStore: Sendable {
    let database: Database
    let notifier: Notifier<DrydockTopic>
    let now: @Sendable () -> Timestamp

    func all() async throws -> [Machine] {
        try await database.read { try Self.select($0, "1 = 1", []) }
    }

    func machine(_ id: ULID) async throws -> Machine? {
        try await database.read { try Self.select($0, "id = ?", [.text(id.description)]).first }
    }

    func machine(node: String) async throws -> Machine? {
        try await database.read { try Self.select($0, "node = ?", [.text(node)]).first }
    }

    /// Runs the lifecycle of machine `id` through `event`, durably, together with what `also` writes.
    ///
    /// - Returns: the machine as it is now and what is to be done.
    /// - Throws: `LifecycleError`; `DrydockError` `.missing` where the machine is gone. Nothing is written then.
    @discardableResult
    func apply(
        _ event: MachineEvent, to id: ULID,
        also: @escaping @Sendable (Connection, Machine) throws -> Void = { _, _ in }
    ) async throws -> (machine: Machine, effects: [MachineEffect]) {
        let time = now()
        let outcome = try await database.write { connection in
            guard let before = try Self.select(connection, "id = ?", [.text(id.description)]).first else {
                throw DrydockError(.missing, "Machine \(id) is no longer known.")
            }
            let outcome = try Self.apply(event, to: before, at: time, connection)
            try also(connection, outcome.machine)
            return outcome
        }
        announce(outcome.machine)
        return outcome
    }

    static func apply(
        _ event: MachineEvent, to machine: Machine, at time: Timestamp, _ connection: Connection
    ) throws -> (machine: Machine, effects: [MachineEffect]) {
        var machine = machine
        let effects = try machine.lifecycle.receive(event)
        machine.updated = time
        try save(machine, connection)
        if effects.contains(.voidBoot) { try voidBoot(of: machine.mac, connection) }
        if effects.contains(.forget) { try forget(machine, connection) }
        return (machine, effects)
    }

    func announce(_ machine: Machine) {
        notifier.notify(.machine(machine.id))
        notifier.notify(.machines)
    }

    func setPower(_ power: Machine.Power, node: String) async throws {
        try await database.write {
            try $0.execute(
                "UPDATE drydock_machines SET power = ? WHERE node = ?", [.text(power.rawValue), .text(node)])
        }
    }

    /// Notes what the design says of its nodes; an inventory that comes from now on is told whose it is.
    func expect(_ nodes: [ExpectedNode]) async throws {
        try await database.write { connection in
            for node in nodes {
                try connection.execute(
                    "INSERT OR REPLACE INTO drydock_expected_nodes (node, bmc_address, boot_mac, boot_mode) "
                        + "VALUES (?, ?, ?, ?)",
                    [
                        .text(node.node), SQLValue(node.bmcAddress), SQLValue(node.bootMAC?.description),
                        .text(node.bootMode.rawValue),
                    ])
            }
            // A machine that was discovered before the design knew of it.
            for machine in try Self.select(connection, "node IS NULL", []) {
                var named = machine
                named.node = try Self.node(of: machine.mac, bmc: machine.bmcAddress, connection)
                if named.node != nil { try Self.save(named, connection) }
            }
        }
        notifier.notify(.machines)
    }

    func bootMode(node: String?) async throws -> BootMode {
        guard let node else { return .bios }
        let rows = try await database.read {
            try $0.query("SELECT boot_mode FROM drydock_expected_nodes WHERE node = ?", [.text(node)])
        }
        return try rows.first.flatMap { BootMode(rawValue: try $0.text(0)) } ?? .bios
    }

    /// The node whose out-of-band address is `bmc`, else the one that boots from `mac`; nil where another machine
    /// bears that name already.
    static func node(of mac: MACAddress, bmc: String?, _ connection: Connection) throws -> String? {
        var rows: [Row] = []
        if let bmc {
            rows = try connection.query(
                "SELECT node FROM drydock_expected_nodes WHERE bmc_address = ? ORDER BY node LIMIT 1", [.text(bmc)])
        }
        if rows.isEmpty {
            rows = try connection.query(
                "SELECT node FROM drydock_expected_nodes WHERE boot_mac = ? ORDER BY node LIMIT 1",
                [.text(mac.description)])
        }
        guard let name = try rows.first?.text(0) else { return nil }
        let bearers = try connection.query("SELECT 1 FROM drydock_machines WHERE node = ?", [.text(name)])
        return bearers.isEmpty ? name : nil
    }

    static func forget(_ machine: Machine, _ connection: Connection) throws {
        try connection.execute("DELETE FROM drydock_machines WHERE id = ?", [.text(machine.id.description)])
        try voidBoot(of: machine.mac, connection)
        // Whoever boots there next is an unknown machine until the design asks for the node again.
        if let node = machine.node {
            try connection.execute("DELETE FROM drydock_expected_nodes WHERE node = ?", [.text(node)])
        }
    }

    /// The newest inventory of a machine, as it was sent.
    func inventory(of machine: ULID) async throws -> (body: Value, collected: Timestamp)? {
        let rows = try await database.read {
            try $0.query(
                "SELECT inventory, collected FROM drydock_inventories WHERE machine = ?",
                [.text(machine.description)])
        }
        guard let row = rows.first else { return nil }
        return (try Value(json: row.text(0)), Timestamp(microseconds: try row.int64(1)))
    }
}
