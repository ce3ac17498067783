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
    /// The machine that was the node is forgotten where nothing is installed on it; one that is installed keeps its state
    /// and boots from `mac` from now on. Serial and UUID are taken from the next inventory.
    ///
    /// - Throws: `DrydockError`: `.missing` for a node that nobody has asked for, `.conflict` where `mac` is another node or the
    ///   machine of the node is at work.
    func claim(_ node: String, _ mac: MACAddress) async throws {
        let time = now()
        try await database.write { connection in
            let holder = try Self.select(connection, "node = ?", [.text(node)]).first
            let expected = try connection.query(
                "SELECT design_mac FROM drydock_expected_nodes WHERE node = ?", [.text(node)]
            ).first
            guard holder != nil || expected != nil else {
                throw DrydockError(
                    .missing, "There is no node '\(node)' that a task has prepared: run prepare_nodes for it first.")
            }
            let present = try Self.select(connection, "mac = ?", [.text(mac.description)]).first
            if let other = present?.node, other != node {
                throw DrydockError(.conflict, "\(mac) is the machine of \(other). Destroy \(other) first.")
            }
            if let holder { try Self.release(holder, of: node, for: mac, at: time, connection) }
            try connection.execute(
                "INSERT OR REPLACE INTO drydock_claims (node, mac, design_mac, time) VALUES (?, ?, ?, ?)",
                [
                    .text(node), .text(mac.description), SQLValue(try expected?.optionalText(0)),
                    .int(time.microseconds),
                ])
            try Self.resolveBootMACs(connection)
            _ = try Self.adopt(node, connection)
            try Self.settle(node, connection)
        }
        notifier.notify(.node(node))
    }

    private static func release(
        _ holder: Machine, of node: String, for mac: MACAddress, at time: Timestamp, _ connection: Connection
    ) throws {
        var holder = holder
        holder.updated = time
        if holder.mac == mac {
            holder.hardware = Hardware()
            return try save(holder, connection)
        }
        switch holder.state {
        case .deploying, .releasing, .diskErasing:
            throw DrydockError(
                .conflict,
                "\(node) is the machine \(holder.mac), which is \(holder.state.rawValue). Wait until that has ended, or stop "
                    + "the action, then claim it again.")
        case .deployed, .failedDiskErasing:
            // What is written on its disk stays known.
            if let unknown = try select(connection, "mac = ?", [.text(mac.description)]).first {
                try connection.execute("DELETE FROM drydock_machines WHERE id = ?", [.text(unknown.id.description)])
            }
            try voidBoot(of: holder.mac, connection)
            holder.mac = mac
            holder.hardware = Hardware()
            try save(holder, connection)
        case .new, .commissioning, .failedCommissioning, .ready, .allocated, .failedDeployment, .broken:
            try connection.execute("DELETE FROM drydock_machines WHERE id = ?", [.text(holder.id.description)])
            try voidBoot(of: holder.mac, connection)
        }
    }
}
