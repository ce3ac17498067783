import Primitives
import Store

/// What operators say of who is who.
extension MachineStore {
    /// From where `node` boots: as an operator has claimed, as long as the design has not changed its mind since, else as the
    /// design says.
    static func bootMAC(of node: ExpectedNode, _ connection: Connection) throws -> MACAddress? {
        guard
            let claim = try connection.query(
                "SELECT mac, design_mac FROM drydock_claims WHERE node = ?", [.text(node.node)]
            ).first
        else { return node.bootMAC }
        guard try claim.optionalText(1) == node.bootMAC?.description else {
            try connection.execute("DELETE FROM drydock_claims WHERE node = ?", [.text(node.node)])
            return node.bootMAC
        }
        return MACAddress(try claim.text(0)) ?? node.bootMAC
    }

    /// Settles that `node` is the machine that boots from `mac`, whatever design and inventories say.
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
            try connection.execute(
                "UPDATE drydock_expected_nodes SET boot_mac = design_mac WHERE boot_mac = ? AND node <> ?",
                [.text(mac.description), .text(node)])
            try connection.execute(
                "UPDATE drydock_expected_nodes SET boot_mac = ? WHERE node = ?", [.text(mac.description), .text(node)])
            _ = try Self.adopt(mac, as: node, connection)
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
