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
    /// Whether only machines whose serial or UUID the design names become nodes.
    var needsPin = false
    /// When unknown machines were last looked through for those that are silent.
    let agingTimer = AgingTimer()
    var unreadable = UnreadableRows()

    /// All that can be read.
    func all() async throws -> [Machine] {
        unreadable.tell(try await database.read { try Self.readable($0, "1 = 1", []) })
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
        switch event {
        case .commission, .install, .erase: try dropMark(of: machine, at: time, connection)
        default: break
        }
        if effects.contains(.voidBoot) { try voidBoot(of: machine.mac, connection) }
        if effects.contains(.reset) {
            try forgetTest(of: machine, "its disks are erased", at: time, connection)
            if let node = machine.node { try settle(node, connection) }
        }
        if effects.contains(.forget) { try forget(machine, connection) }
        return (machine, effects)
    }

    func announce(_ machine: Machine) {
        notifier.notify(.machine(machine.id))
        if let node = machine.node { notifier.notify(.node(node)) }
    }

    func setPower(_ power: Machine.Power, node: String) async throws {
        try await database.write {
            try $0.execute(
                "UPDATE drydock_machines SET power = ? WHERE node = ?", [.text(power.rawValue), .text(node)])
        }
    }

    /// Notes what the design says of its nodes; an inventory that comes from now on is matched with them.
    ///
    /// Where an operator has claimed another boot MAC for a node, that one counts until the design names a new one.
    ///
    /// - Parameters:
    ///   - names: the nodes that are expected from now on.
    ///   - design: all nodes of the design, which decides what is out of date of claims and of nodes that are expected already.
    func expect(_ names: Set<String>, of design: [ExpectedNode]) async throws {
        let named = try await database.write { [needsPin] connection in
            try Self.dropClaims(outdatedBy: design, connection)
            try Self.refreshExpected(by: design, connection)
            let nodes = design.filter { names.contains($0.node) }
            for node in nodes {
                try connection.execute(
                    """
                    INSERT INTO drydock_expected_nodes
                        (node, bmc_address, boot_mac, boot_mode, design_mac, consoles, pinned_serial, pinned_uuid,
                        addresses)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT (node) DO UPDATE SET bmc_address = excluded.bmc_address,
                            boot_mac = excluded.boot_mac, boot_mode = excluded.boot_mode,
                            design_mac = excluded.design_mac, consoles = excluded.consoles,
                            pinned_serial = excluded.pinned_serial, pinned_uuid = excluded.pinned_uuid,
                            addresses = excluded.addresses
                    """,
                    [
                        .text(node.node), SQLValue(node.bmcAddress), SQLValue(node.bootMAC?.description),
                        .text(node.bootMode.rawValue), SQLValue(node.bootMAC?.description),
                        .text(node.consoles.joined(separator: " ")), SQLValue(node.pin.serial), SQLValue(node.pin.uuid),
                        .text(node.addresses.joined(separator: " ")),
                    ])
            }
            try Self.resolveBootMACs(connection)
            // Machines that came forward before anybody asked for them.
            return try nodes.compactMap { try Self.adopt($0.node, needsPin: needsPin, connection) }
        }
        for machine in named { announce(machine) }
    }

    /// Makes the unknown machine that boots from the MAC address of `node` that node, if it has no machine and if the design
    /// names no other machine.
    ///
    /// - Parameter needsPin: whether the design has to name the machine.
    static func adopt(_ node: String, needsPin: Bool, _ connection: Connection) throws -> Machine? {
        guard try connection.query("SELECT 1 FROM drydock_machines WHERE node = ?", [.text(node)]).isEmpty,
            var machine = try select(
                connection,
                """
                node IS NULL AND EXISTS (SELECT 1 FROM drydock_expected_nodes AS expected WHERE expected.node = ?
                    AND expected.boot_mac = drydock_machines.mac
                    AND (pinned_serial IS NULL OR pinned_serial = drydock_machines.serial)
                    AND (pinned_uuid IS NULL OR pinned_uuid = drydock_machines.uuid)
                    AND (NOT ? OR pinned_serial IS NOT NULL OR pinned_uuid IS NOT NULL))
                """,
                [.text(node), SQLValue(needsPin)]
            ).first
        else { return nil }
        machine.node = node
        try save(machine, connection)
        // Of its inventory too little was kept: it boots again and sends it as a node.
        let cut = try connection.query(
            "SELECT 1 FROM drydock_inventories WHERE machine = ? AND cut IS NOT NULL",
            [.text(machine.id.description)])
        if !cut.isEmpty { try voidBoot(of: machine.mac, connection) }
        return machine
    }

    /// Whether what decides who is the machine of a node is in a design as it was when the node was last prepared: its MAC
    /// address, which no claim has replaced, BMC, firmware, serial and UUID.
    func isExpected(as node: ExpectedNode) async throws -> Bool {
        guard !needsPin || node.pin.serial != nil || node.pin.uuid != nil else { return false }
        return try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT 1 FROM drydock_expected_nodes WHERE node = ? AND boot_mac IS ?2 AND design_mac IS ?2
                    AND bmc_address IS ? AND boot_mode = ? AND pinned_serial IS ? AND pinned_uuid IS ?
                """,
                [
                    .text(node.node), SQLValue(node.bootMAC?.description), SQLValue(node.bmcAddress),
                    .text(node.bootMode.rawValue), SQLValue(node.pin.serial), SQLValue(node.pin.uuid),
                ])
            return !rows.isEmpty
        }
    }

    /// By node: the address of its BMC in the design, of those that have one.
    func designedBMCs() async throws -> [String: String] {
        let rows = try await database.read {
            try $0.query("SELECT node, bmc_address FROM drydock_expected_nodes WHERE bmc_address IS NOT NULL", [])
        }
        return Dictionary(try rows.map { (try $0.text(0), try $0.text(1)) }, uniquingKeysWith: { $1 })
    }

    func bootMode(node: String?) async throws -> BootMode {
        guard let node else { return .bios }
        let rows = try await database.read {
            try $0.query("SELECT boot_mode FROM drydock_expected_nodes WHERE node = ?", [.text(node)])
        }
        return try rows.first.flatMap { BootMode(rawValue: try $0.text(0)) } ?? .bios
    }

    /// From where the machine of a node boots: from the address that an operator has claimed, else from that of the design; nil
    /// where that is another node's by a claim.
    func bootMAC(of node: BaremetalNode) async throws -> MACAddress? {
        let rows = try await database.read {
            try $0.query("SELECT boot_mac FROM drydock_expected_nodes WHERE node = ?", [.text(node.name)])
        }
        guard let row = rows.first else { return node.bootMACAddress }
        return try row.optionalText(0).flatMap { MACAddress($0) }
    }

    /// The consoles of the node that boots, or may boot, from `mac`; none for an address that is no node's.
    func consoles(mac: MACAddress) async throws -> [String] {
        let rows = try await database.read {
            try $0.query(
                """
                SELECT consoles FROM drydock_expected_nodes WHERE node = (SELECT node FROM drydock_machines WHERE mac = ?1)
                UNION ALL SELECT consoles FROM drydock_expected_nodes WHERE boot_mac = ?1
                """, [.text(mac.description)])
        }
        return try rows.first.map { try $0.text(0).split(separator: " ").map(String.init) } ?? []
    }

    static func forget(_ machine: Machine, _ connection: Connection) throws {
        try connection.execute("DELETE FROM drydock_machines WHERE id = ?", [.text(machine.id.description)])
        try voidBoot(of: machine.mac, connection)
        // Whoever boots there next is an unknown machine until the design asks for the node again.
        if let node = machine.node {
            try connection.execute("DELETE FROM drydock_expected_nodes WHERE node = ?", [.text(node)])
            try settle(node, connection)
        }
    }

    /// What the newest inventories say of the machines, by their ids; nothing of one that has sent none.
    func hardware() async throws -> [ULID: MachineHardware] {
        try await database.read { connection in
            let rows = try connection.query(
                "SELECT machine, hardware FROM drydock_inventories WHERE hardware IS NOT NULL")
            let found = try rows.compactMap { row -> (ULID, MachineHardware)? in
                guard let machine = ULID(try row.text(0)), let hardware = Self.hardware(try row.text(1)) else {
                    return nil
                }
                return (machine, hardware)
            }
            return Dictionary(found, uniquingKeysWith: { first, _ in first })
        }
    }

    /// - Parameter json: as it is stored; nil for what cannot be read.
    static func hardware(_ json: String) -> MachineHardware? {
        (try? Value(json: json)).map { MachineHardware(inventory: $0) }
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
