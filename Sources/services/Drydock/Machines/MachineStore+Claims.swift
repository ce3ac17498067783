import Primitives
import Store

/// What operators say of who is who.
extension MachineStore {
    /// Drops the claims of nodes that the design does not have any more, or for which it has another boot MAC than it had
    /// when they were claimed.
    static func dropClaims(outdatedBy design: [ExpectedNode], _ connection: Connection) throws {
        let claims = try connection.query("SELECT node, design_mac FROM drydock_claims")
        guard !claims.isEmpty else { return }
        let designed = Dictionary(design.map { ($0.node, $0.bootMAC?.description) }, uniquingKeysWith: { $1 })
        for claim in claims {
            let node = try claim.text(0)
            if let mac = designed[node], try mac == claim.optionalText(1) { continue }
            try connection.execute("DELETE FROM drydock_claims WHERE node = ?", [.text(node)])
        }
    }

    /// Gives the nodes that are expected the addresses of `design`, and expects those no more that it does not have, unless they
    /// have a machine: an address of an earlier design must not compete with one of this.
    static func refreshExpected(by design: [ExpectedNode], _ connection: Connection) throws {
        let designed = Dictionary(design.map { ($0.node, $0) }, uniquingKeysWith: { $1 })
        let expected = try connection.query(
            """
            SELECT node, bmc_address, design_mac, node IN (SELECT node FROM drydock_machines WHERE node IS NOT NULL)
                FROM drydock_expected_nodes
            """)
        for row in expected {
            let name = try row.text(0)
            if let node = designed[name] {
                let mac = node.bootMAC?.description
                guard try row.optionalText(1) != node.bmcAddress || row.optionalText(2) != mac else { continue }
                try connection.execute(
                    "UPDATE drydock_expected_nodes SET bmc_address = ?, design_mac = ? WHERE node = ?",
                    [SQLValue(node.bmcAddress), SQLValue(mac), .text(name)])
            } else if try row.int(3) == 0 {
                try connection.execute("DELETE FROM drydock_expected_nodes WHERE node = ?", [.text(name)])
                try settle(name, connection)
            }
        }
    }

    /// Derives from where each expected node boots: from the claimed address, else from that of the design, unless an
    /// operator has claimed that one for another node.
    static func resolveBootMACs(_ connection: Connection) throws {
        let resolved = """
            coalesce((SELECT mac FROM drydock_claims WHERE drydock_claims.node = drydock_expected_nodes.node),
                CASE WHEN design_mac NOT IN (SELECT mac FROM drydock_claims) THEN design_mac END)
            """
        try connection.execute(
            "UPDATE drydock_expected_nodes SET boot_mac = \(resolved) WHERE boot_mac IS NOT \(resolved)")
    }

    /// Settles that `node` is the machine that boots from `mac`, whatever design and inventories say. A node that boots from
    /// there by the design or an earlier claim does not any more.
    ///
    /// The machine that was the node is nobody's then. What is installed is the node's: the node keeps its state and boots
    /// from `mac` from now on; where nothing is, the other machine begins anew. Serial and UUID are taken from the next
    /// inventory. A test of hardware is forgotten: the other machine has not passed it.
    ///
    /// - Parameter isForced: takes a node that is installed away from its machine.
    /// - Returns: from where the machine boots that was the node; nil where that has not changed.
    /// - Throws: `DrydockError`: `.missing` for a node that nobody has asked for, `.conflict` where `mac` is another node, the
    ///   machine of the node is at work, or it is installed and boots from elsewhere.
    @discardableResult
    func claim(_ node: String, _ mac: MACAddress, isForced: Bool = false) async throws -> MACAddress? {
        let time = now()
        let (former, released) = try await database.write { connection -> (MACAddress?, ULID?) in
            let holder = try Self.select(connection, "node = ?", [.text(node)]).first
            let expected = try connection.query(
                "SELECT design_mac FROM drydock_expected_nodes WHERE node = ?", [.text(node)]
            ).first
            guard holder != nil || expected != nil else {
                throw DrydockError(
                    .missing,
                    "There is no node '\(node)' that an action has worked with: deploy the site with it first.")
            }
            let present = try Self.select(connection, "mac = ?", [.text(mac.description)]).first
            if let other = present?.node, other != node {
                throw DrydockError(.conflict, "\(mac) is the machine of \(other). Destroy \(other) first.")
            }
            if let holder {
                if holder.mac != mac, holder.isInstalled, !isForced {
                    throw try Self.unforced(mac, for: holder, of: node, connection)
                }
                try Self.release(holder, of: node, for: mac, present, at: time, connection)
            }
            try connection.execute(
                "INSERT OR REPLACE INTO drydock_claims (node, mac, design_mac, time) VALUES (?, ?, ?, ?)",
                [
                    .text(node), .text(mac.description), SQLValue(try expected?.optionalText(0)),
                    .int(time.microseconds),
                ])
            try Self.resolveBootMACs(connection)
            _ = try Self.adopt(node, needsPin: false, connection)
            try Self.settle(node, connection)
            return (holder.flatMap { $0.mac == mac ? nil : $0.mac }, holder?.id)
        }
        notifier.notify(.node(node))
        // A task may wait for the test of that machine, which is forgotten.
        if let released { notifier.notify(.machine(released)) }
        return former
    }

    /// A mistyped address, or that of whoever says to be the node, would take it from the machine that its system is installed
    /// on. That something boots from there says nothing: anybody on its network can make an inventory.
    private static func unforced(
        _ mac: MACAddress, for holder: Machine, of node: String, _ connection: Connection
    ) throws -> DrydockError {
        let seen = try connection.query(
            """
            SELECT 1 FROM drydock_boots WHERE mac = ?1 UNION ALL SELECT 1 FROM drydock_machines WHERE mac = ?1 LIMIT 1
            """, [.text(mac.description)])
        let other = seen.isEmpty ? " Nothing has ever booted from \(mac)." : ""
        return DrydockError(
            .conflict,
            "\(node) is \(holder.state.rawValue) on the machine \(holder.mac).\(other) If \(mac) is claimed, \(holder.mac) is "
                + "nobody's machine: its keys are void, and it gets the installer instead of its system when it boots from the "
                + "network next; \(node) is whatever boots from \(mac), is sent to its disk, and gets the secrets of \(node) "
                + "with its next installation. To keep the machine: boatyard claim \(node) --mac \(holder.mac). If it was "
                + "replaced: boatyard claim \(node) --mac \(mac) --force (or \"force\": true).")
    }

    private static func release(
        _ holder: Machine, of node: String, for mac: MACAddress, _ present: Machine?, at time: Timestamp,
        _ connection: Connection
    ) throws {
        var holder = holder
        holder.updated = time
        if holder.mac == mac {
            // Another board, perhaps.
            holder.hardware = Hardware()
            try forgetTest(of: holder, at: time, connection)
            return try save(holder, connection)
        }
        try dropMark(of: holder, at: time, connection)
        try forgetTest(of: holder, at: time, connection)
        switch holder.state {
        case .deploying, .releasing, .diskErasing:
            throw DrydockError(
                .conflict,
                "\(node) is the machine \(holder.mac), which is \(holder.state.rawValue). Wait until that has ended, or stop "
                    + "the action, then claim it again.")
        case .deployed, .failedDiskErasing:
            try voidBoot(of: holder.mac, connection)
            try exchange(holder, with: present, at: mac, connection)
        case .new, .commissioning, .failedCommissioning, .ready, .allocated, .failedDeployment, .broken:
            try voidBoot(of: holder.mac, connection)
            holder.node = nil
            holder.lifecycle = MachineLifecycle()
            try save(holder, connection)
            try store(inventory(of: holder, connection), of: holder, connection)
        }
    }

    /// What is written on the disk stays known of the node. Everything else that is known of its machine is now known of an
    /// unknown one; and what was known of the one at `mac` is known of the node's.
    private static func exchange(
        _ holder: Machine, with present: Machine?, at mac: MACAddress, _ connection: Connection
    ) throws {
        let (own, other) = (
            try inventory(of: holder, connection), try present.flatMap { try inventory(of: $0, connection) }
        )
        if let present {
            try connection.execute("DELETE FROM drydock_machines WHERE id = ?", [.text(present.id.description)])
        }
        var claimed = holder
        claimed.mac = mac
        claimed.hardware = Hardware()
        claimed.memory = present?.memory
        claimed.cpuCount = present?.cpuCount
        claimed.bootIP = present?.bootIP
        claimed.created = present?.created ?? holder.updated
        try save(claimed, connection)
        try store(other, of: claimed, connection)
        // Of an address that was claimed and never booted there is nothing to list.
        guard own != nil || holder.bootIP != nil else { return }
        let former = Machine(
            id: ULID(), node: nil, mac: holder.mac, bmcAddress: holder.bmcAddress, hardware: holder.hardware,
            lifecycle: MachineLifecycle(), power: .unknown, memory: holder.memory, cpuCount: holder.cpuCount,
            bootIP: holder.bootIP, created: holder.created, updated: holder.updated)
        try save(former, connection)
        try store(own, of: former, connection)
    }
}

/// Inventories that change hands.
extension MachineStore {
    private struct StoredInventory {
        var collected: Int64
        var kept: KeptInventory
        /// JSON; nil where it is not known.
        var hardware: String?
    }

    private static func inventory(of machine: Machine, _ connection: Connection) throws -> StoredInventory? {
        let rows = try connection.query(
            "SELECT collected, inventory, cut, hardware FROM drydock_inventories WHERE machine = ?",
            [.text(machine.id.description)])
        return try rows.first.map { row in
            StoredInventory(
                collected: try row.int64(0), kept: KeptInventory(text: try row.text(1), cut: try row.optionalInt(2)),
                hardware: try row.optionalText(3))
        }
    }

    /// Stores an inventory in place of what is there; nil removes that. Of a machine that is nobody's only a part is kept.
    private static func store(_ inventory: StoredInventory?, of machine: Machine, _ connection: Connection) throws {
        guard let inventory else {
            try connection.execute(
                "DELETE FROM drydock_inventories WHERE machine = ?", [.text(machine.id.description)])
            return
        }
        var kept = inventory.kept
        if machine.node == nil, kept.cut == nil, kept.text.utf8.count > unknownInventory {
            kept = .ofUnknown(try Value(json: kept.text))
        }
        try connection.execute(
            """
            INSERT OR REPLACE INTO drydock_inventories (machine, collected, inventory, cut, hardware)
                VALUES (?, ?, ?, ?, ?)
            """,
            [
                .text(machine.id.description), .int(inventory.collected), .text(kept.text), SQLValue(kept.cut),
                SQLValue(inventory.hardware),
            ])
    }
}

extension Machine {
    /// Whether there is a system on its disk that a task has put there.
    fileprivate var isInstalled: Bool { state == .deployed || state == .failedDiskErasing }
}
