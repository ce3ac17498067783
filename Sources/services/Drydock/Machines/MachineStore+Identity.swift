import Primitives
import Store

/// What the database knows of who is who.
extension MachineStore {
    /// - Parameter window: for how many seconds after its BMC was powered a node may be found by the BMC's address.
    static func identityCase(
        _ boot: Boot, _ inventory: Inventory, window: Double, at time: Timestamp, _ connection: Connection
    ) throws -> (case: IdentityCase, machine: Machine?) {
        let machine = try select(connection, "mac = ?", [.text(boot.mac.description)]).first
        var identity = IdentityCase(mac: boot.mac)
        identity.hardware = inventory.hardware
        identity.bmcAddress = inventory.bmcAddress?.description
        identity.recorded = machine.map { IdentityCase.Recorded(node: $0.node, hardware: $0.hardware) }
        // A time in the future was noted before the clock was set back and does not count, but for a minute of tolerance.
        let powered = time.adding(seconds: -max(window, 0))...time.adding(seconds: 60)
        identity.byMAC = try candidate("boot_mac = ?", boot.mac.description, poweredIn: powered, connection)
        identity.byBMC = try identity.bmcAddress.flatMap {
            try candidate("bmc_address = ?", $0, poweredIn: powered, connection) ?? held(bmc: $0, connection)
        }
        if let serial = inventory.hardware.serial, let uuid = inventory.hardware.uuid {
            let duplicates = try select(
                connection, "serial = ? AND uuid = ? AND node IS NOT NULL AND mac <> ?",
                [.text(serial), .text(uuid), .text(boot.mac.description)])
            identity.duplicate = duplicates.first.flatMap { duplicate in
                duplicate.node.map { IdentityCase.Candidate(node: $0, holder: duplicate.mac) }
            }
        }
        return (identity, machine)
    }

    /// A node whose address of the design is claimed for another one has that address nevertheless: it is not found by its
    /// BMC, as a node is that the design gives no boot MAC.
    static func candidate(
        _ condition: String, _ value: String, poweredIn powered: ClosedRange<Timestamp>, _ connection: Connection
    ) throws -> IdentityCase.Candidate? {
        let rows = try connection.query(
            """
            SELECT drydock_expected_nodes.node, coalesce(boot_mac, design_mac), powered, mac, pinned_serial, pinned_uuid
                FROM drydock_expected_nodes
                LEFT JOIN drydock_machines ON drydock_machines.node = drydock_expected_nodes.node
                WHERE drydock_expected_nodes.\(condition) ORDER BY drydock_expected_nodes.node LIMIT 1
            """, [.text(value)])
        return try rows.first.map { row in
            IdentityCase.Candidate(
                node: try row.text(0), bootMAC: try row.optionalText(1).flatMap { MACAddress($0) },
                holder: try row.optionalText(3).flatMap { MACAddress($0) },
                wasPowered: try row.optionalInt64(2).map { powered.contains(Timestamp(microseconds: $0)) } ?? false,
                pin: Hardware(serial: try row.optionalText(4), uuid: try row.optionalText(5)))
        }
    }

    /// The node whose machine has this BMC, whatever the design says of it now.
    private static func held(bmc: String, _ connection: Connection) throws -> IdentityCase.Candidate? {
        let machines = try select(connection, "bmc_address = ? AND node IS NOT NULL", [.text(bmc)])
        return machines.first.flatMap { machine in
            machine.node.map { IdentityCase.Candidate(node: $0, holder: machine.mac) }
        }
    }

    /// Notes that the BMC of `node` is about to be, or was just, told to power its machine: who tells its address now may be
    /// that machine.
    func notePowered(_ node: String) async throws {
        let time = now()
        try await database.write {
            try $0.execute(
                "UPDATE drydock_expected_nodes SET powered = ? WHERE node = ?",
                [.int(time.microseconds), .text(node)])
        }
    }
}
