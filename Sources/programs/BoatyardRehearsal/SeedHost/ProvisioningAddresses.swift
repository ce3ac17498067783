import Netboot
import Primitives
import Simulator
import SiteDesign

/// The addresses that a seed host has on the networks from which a site's machines boot.
enum ProvisioningAddresses {
    /// One for each provisioning network, in the order of the documents: its gateway, else the first address that the documents
    /// leave free.
    ///
    /// - Throws: `RehearsalError` where machines boot from no network, or one has no address left.
    static func all(in site: EffectiveSite) throws(RehearsalError) -> [IPv4Network] {
        let nodes = Set(site.nodes.flatMap { $0.addressing.compactMap(\.ipv4) })
        var addresses: [IPv4Network] = []
        for network in ProvisioningNetwork.all(in: site) {
            let free = [network.gateway].compactMap(\.self) + hosts(of: network.subnet)
            let isFree = { (address: IPv4Address) in
                !nodes.contains(address) && !network.ranges.contains { $0.contains(address) }
            }
            guard let address = free.first(where: isFree),
                let interface = IPv4Network("\(address)/\(network.subnet.prefixLength)")
            else { throw RehearsalError("The network \(network.name) has no address left for the seed host.") }
            addresses.append(interface)
        }
        guard !addresses.isEmpty else {
            throw RehearsalError(
                "No machine boots from a network of the documents: one needs a range of type dhcp, or a machine with a boot_mac and "
                    + "an address on the untagged network of a link.")
        }
        return addresses
    }

    /// The first thousand, without those of the network itself and of broadcasts.
    private static func hosts(of subnet: IPv4Network) -> [IPv4Address] {
        let size = UInt64(1) << UInt64(32 - subnet.prefixLength)
        return (1..<max(2, min(size - 1, 1000))).map {
            IPv4Address(rawValue: subnet.network.rawValue &+ UInt32(truncatingIfNeeded: $0))
        }
    }
}
