import Netboot
import OrderedCollections
import Primitives
import SiteDesign

/// A lease with what the site knows of it.
package struct NetworkLease: Sendable, Hashable {
    package var lease: DHCPLease
    /// The node that has it; nil for a machine that no document names.
    package var node: String?
    /// The network of the documents that its address is in; nil where it is in none.
    package var network: String?

    /// As `GET netboot/leases` shows it (`docs/reference/netboot.md` 6.7).
    package var value: Value {
        [
            "address": .string(lease.address.description), "mac": .string(lease.mac.description), "node": Value(node),
            "hostname": Value(lease.hostname), "network": Value(network),
            "since": Value(lease.since?.formatted(.iso)), "until": .string(lease.until.formatted(.iso)),
        ]
    }
}

extension DrydockService {
    /// Leases by the machines and networks of the site.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    package func leases(_ leases: [DHCPLease], committed: Int?) async throws -> [NetworkLease] {
        let site = try await documentedSite(committed: committed)
        let machines = try await named(try await machineStore.all(), by: site?.nodes)
        let claims = try await machineStore.claims()
        let known = machines.compactMap { machine in machine.node.map { (machine.mac, $0) } }
        // What an operator has claimed counts before the documents.
        let claimed = claims.map { ($0.value, $0.key) }
        let designed = (site?.nodes ?? []).filter { claims[$0.name] == nil }
            .compactMap { node in node.bootMACAddress.map { ($0, node.name) } }
        let nodes = Dictionary(claimed + known + designed, uniquingKeysWith: { first, _ in first })
        // The narrowest first: a network may lie in another one.
        let networks = (site?.networks ?? []).compactMap { network in network.subnet.map { ($0, network.name) } }
            .sorted { $0.0.prefixLength > $1.0.prefixLength }
        return leases.map { lease in
            NetworkLease(
                lease: lease, node: nodes[lease.mac],
                network: networks.first { $0.0.contains(lease.address) }?.1)
        }
    }
}
