import Primitives

extension Validator {
    /// Machines are booted, powered and recognised by IPv4; what is configured on them may be of either family.
    static let servedFamilies = Validator("BY1027", "Address Families", confirms: false) { site, findings in
        var clients: [String: String] = [:]
        for node in site.nodes {
            for assignment in node.addressing where assignment.kind == .dhcp && clients[assignment.network] == nil {
                clients[assignment.network] = node.name
            }
            checkManager(of: node, &findings)
        }
        for network in site.networks {
            check(network, client: clients[network.name], &findings)
            checkNameServers(of: network, &findings)
        }
    }

    private static func check(_ network: Network, client: String?, _ findings: inout Findings) {
        guard network.isIPv6 else { return }
        let remedy = "Machines boot over a network of IPv4; have DHCPv6 served by a router, or give static addresses."
        if let index = network.ranges.firstIndex(where: { $0.kind == "dhcp" }) {
            findings.warning(
                "Range of type dhcp of Network \(network.name) is of IPv6, which Boatyard does not serve", remedy,
                network.reference, at: ["ranges", .index(index)])
        } else if let client {
            findings.warning(
                "Network \(network.name) gives IPv6 addresses by DHCP to BaremetalNode \(client), which Boatyard does"
                    + " not serve",
                remedy, network.reference, at: ["cidr"])
        }
        if network.relay?.upstreamTarget != nil || network.relay?.selfAddress != nil {
            findings.warning(
                "DHCP relay of Network \(network.name) is for IPv6, which Boatyard does not serve", remedy,
                network.reference, at: ["dhcp_relay"])
        }
    }

    /// An installer tells the IPv4 address of its BMC and no other.
    private static func checkManager(of node: BaremetalNode, _ findings: inout Findings) {
        guard ["ipmi", "redfish"].contains(node.outOfBandType), node.bootMACAddress == nil,
            let address = node.outOfBandAddress.flatMap({ IPAddress($0) }), address.family == .ipv6
        else { return }
        findings.warning(
            "BMC address \(address) of BaremetalNode \(node.name) is of IPv6, by which no machine is recognised",
            "Give the node its boot_mac.", node.reference, at: node.path(ofAddressOn: node.outOfBandNetwork ?? ""))
    }

    /// One line of dnsmasq's configuration has them all, of 1024 bytes at most.
    private static let mostNameServers = 16

    private static func checkNameServers(of network: Network, _ findings: inout Findings) {
        for server in network.dnsServerList where IPAddress(server) == nil {
            findings.warning(
                "Name server '\(server.shownSafely)' of Network \(network.name) is no address, and is left out",
                "Write addresses of IPv4 or IPv6, separated by commas.", network.reference, at: ["dns", "servers"])
        }
        for address in network.dnsServerList.compactMap({ IPAddress($0) }) {
            // A machine may have a resolver of its own.
            guard !address.isLoopback, let use = address.specialUse else { continue }
            findings.error(
                "Name server \(address) of Network \(network.name) is \(use)", "Write the addresses of name servers.",
                network.reference, at: ["dns", "servers"])
        }
        let count = network.dnsServerList.count
        if count > mostNameServers {
            findings.error(
                "Network \(network.name) has \(count) name servers, more than the \(mostNameServers) that DHCP tells",
                "Name the three that machines use: they ask no more.", network.reference, at: ["dns", "servers"])
        }
    }
}
