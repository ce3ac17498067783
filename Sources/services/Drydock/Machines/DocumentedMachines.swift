import Primitives
import Store

extension [Machine] {
    /// Gives the machines that are no node yet the names of those that documents name them as: one whose disks were erased is
    /// forgotten and comes back so, and one whose documents were committed is no node before it is first worked on.
    ///
    /// It is named as the daemon would take it: by the MAC address that the node boots from, for a node without one by the
    /// address of its BMC, and not where the documents name another serial or UUID. A node that has a machine gets no other one.
    ///
    /// - Parameters:
    ///   - documented: the nodes that documents name.
    ///   - claims: by node, the MAC address that an operator has claimed for it.
    /// - Returns: the nodes by name, then the others.
    func named(by documented: [ExpectedNode], claims: [String: MACAddress]) -> [Machine] {
        let present = Set(compactMap(\.node))
        let claimed = Set(claims.values)
        var byMAC: [MACAddress: ExpectedNode] = [:]
        var byBMC: [String: ExpectedNode] = [:]
        for node in documented where !present.contains(node.node) {
            if let mac = claims[node.node] {
                byMAC[mac] = node
            } else if let mac = node.bootMAC {
                if !claimed.contains(mac) { byMAC[mac] = node }
            } else if let bmc = node.bmcAddress {
                byBMC[bmc] = node
            }
        }
        var taken: Set<String> = []
        let machines = map { machine in
            var machine = machine
            guard machine.node == nil,
                let node = byMAC[machine.mac] ?? machine.bmcAddress.flatMap({ byBMC[$0] }),
                node.pin.admits(machine.hardware), taken.insert(node.node).inserted
            else { return machine }
            machine.node = node.node
            return machine
        }
        let nodes = machines.filter { $0.node != nil }.sorted { ($0.node ?? "") < ($1.node ?? "") }
        return nodes + machines.filter { $0.node == nil }
    }
}

extension MachineStore {
    /// By node, the MAC address that an operator has claimed for it.
    func claims() async throws -> [String: MACAddress] {
        try await database.read { connection in
            let rows = try connection.query("SELECT node, mac FROM drydock_claims")
            var claims: [String: MACAddress] = [:]
            for row in rows { claims[try row.text(0)] = MACAddress(try row.text(1)) }
            return claims
        }
    }

    /// Removes the record of the machine of a node. It is an unknown machine when it comes forward again.
    ///
    /// - Returns: whether there was one.
    func removeMachine(of node: String) async throws -> Bool {
        let removed = try await database.write { connection -> Machine? in
            guard let machine = try Self.select(connection, "node = ?", [.text(node)]).first else { return nil }
            try Self.forget(machine, connection)
            return machine
        }
        if let removed { announce(removed) }
        return removed != nil
    }
}
