import OrderedCollections
import Primitives

extension Validator {
    /// Every address of a machine can be the machine's, and is nobody else's.
    static let addressUse = Validator("BY1017", "Address Use", confirms: false) { site, findings in
        let networks = Dictionary(site.networks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let others = OtherAddresses(site)
        var owners: [IPAddress: (node: BaremetalNode, text: String)] = [:]
        for node in site.nodes {
            for assignment in node.addressing {
                guard let address = assignment.ip, let text = assignment.address else { continue }
                let path = node.path(ofAddressOn: assignment.network)
                if let use = use(of: address, on: networks[assignment.network]) ?? others.use(of: address) {
                    findings.error(
                        "Address \(address) of BaremetalNode \(node.name) on network \(assignment.network) is \(use)",
                        "Give the node an address of its own.", node.reference, at: path)
                } else if let range = networks[assignment.network]?.reservedRange(with: address) {
                    findings.warning(
                        "Address \(address) of BaremetalNode \(node.name) lies in the reserved range \(range) of network "
                            + assignment.network,
                        "Choose an address outside the range, or make the range smaller.", node.reference, at: path)
                }
                // The same text twice is told by DD2005.
                if let owner = owners[address], owner.text != text {
                    findings.error(
                        "Address \(text) of BaremetalNode \(node.name) is \(owner.text) of BaremetalNode \(owner.node.name)",
                        "Give each node addresses of its own.", node.reference, owner.node.reference, at: path)
                }
                owners[address] = owners[address] ?? (node, text)
            }
        }
    }

    private static func use(of address: IPAddress, on network: Network?) -> String? {
        if let special = address.specialUse { return special }
        if address.isLinkLocal { return "a link-local address (fe80::/10), of which each interface has one by itself" }
        guard let network else { return nil }
        return network.block?.role(of: address).map { "\($0) of \(network.cidr)" }
    }

    /// Networks do not overlap, and their gateways, ranges and routes can be what they say.
    static let networkPlan = Validator("BY1018", "Network Plan", confirms: false) { site, findings in
        for network in site.networks {
            guard let block = network.block else { continue }
            for route in network.routes where !route.isFromRouteDomain {
                checkRoute(route, of: network, block, &findings)
            }
            for (index, range) in network.ranges.enumerated() where range.kind != "dhcp" {
                guard let start = range.start.flatMap({ IPAddress($0) }),
                    let end = range.end.flatMap({ IPAddress($0) }),
                    !block.contains(start) || !block.contains(end)
                else { continue }
                findings.warning(
                    "Network \(network.name) has a range \(start) to \(end) that is not within \(network.cidr)",
                    "Choose addresses of the network.", network.reference, at: ["ranges", .index(index)])
            }
        }
        checkOverlaps(site.networks, &findings)
    }

    private static func checkRoute(
        _ route: Route, of network: Network, _ block: IPNetwork, _ findings: inout Findings
    ) {
        let path = route.gateway.map { network.path(ofGateway: $0) } ?? ["routes"]
        if let gateway = route.gateway.flatMap({ IPAddress($0) }),
            let role = block.role(of: gateway) ?? gateway.specialUse
        {
            findings.error(
                "Gateway \(gateway) of Network \(network.name) is \(role)\(block.contains(gateway) ? " of \(network.cidr)" : "")",
                "Name the address of the router.", network.reference, at: path)
        }
        guard let subnet = route.subnet, !subnet.isEmpty else { return }
        let place = Array(path.dropLast()) + ["subnet"]
        guard let target = IPNetwork(subnet) else {
            return findings.error(
                "Subnet '\(subnet.shownSafely)' of a route of Network \(network.name) cannot be read",
                "Write a network, such as 10.20.0.0/16.", network.reference, at: place)
        }
        if target.address.family != block.address.family {
            findings.error(
                "Subnet \(subnet) of a route of Network \(network.name) is of another family than \(network.cidr)",
                "Move the route to a network of its own family.", network.reference, at: place)
        }
        if target.hasHostBits {
            findings.warning(
                "Subnet \(subnet) of a route of Network \(network.name) has host bits set",
                "Write \(target.network)/\(target.prefixLength).", network.reference, at: place)
        }
    }

    /// One pass over the networks in the order of their addresses, so that thousands cost no more than their sorting.
    private static func checkOverlaps(_ networks: [Network], _ findings: inout Findings) {
        let blocks = networks.compactMap { network in network.block.map { (network: network, block: $0) } }
            .sorted { $0.block.network < $1.block.network }
        var widest: (network: Network, block: IPNetwork)?
        for (network, block) in blocks {
            if let wide = widest, wide.block.address.family == block.address.family, block.network <= wide.block.last {
                findings.warning(
                    "Network \(network.name), \(network.cidr), overlaps network \(wide.network.name), \(wide.network.cidr)",
                    "Give each network addresses of its own.", network.reference, wide.network.reference, at: ["cidr"])
            }
            if widest.map({ $0.block.last < block.last || $0.block.address.family != block.address.family }) ?? true {
                widest = (network, block)
            }
        }
    }

    /// VLANs are numbers from 1 to 4094, and one of them is one network of a link.
    static let vlans = Validator("BY1019", "VLANs", confirms: false) { site, findings in
        for network in site.networks {
            guard let vlan = network.vlan else { continue }
            let isNumber = !vlan.isEmpty && vlan.utf8.allSatisfy { (48...57).contains($0) }
            guard isNumber, let number = Int(vlan), (1...4094).contains(number) else {
                findings.error(
                    "VLAN '\(vlan.shownSafely)' of Network \(network.name) is no VLAN",
                    "Write a number from 1 to 4094 in quotes, or leave vlan out for an untagged network.",
                    network.reference, at: ["vlan"])
                continue
            }
        }
        for link in site.networkLinks where link.trunkingMode == .tagged {
            var owners: [Int: Network] = [:]
            for name in OrderedSet(link.allowedNetworks) where name != link.nativeNetwork {
                guard let network = site.network(named: name), let tag = network.vlan.flatMap({ Int($0) }) else {
                    continue
                }
                if let owner = owners[tag] {
                    findings.error(
                        "Networks \(owner.name) and \(name) have the same VLAN \(tag) on NetworkLink \(link.name)",
                        "Give each network of a link a VLAN of its own.", network.reference, owner.reference,
                        link.reference,
                        at: ["vlan"])
                } else {
                    owners[tag] = network
                }
            }
        }
    }

    /// Host names are compared without case (RFC 4343), and so are files of some servers.
    static let distinctNames = Validator("BY1020", "Distinct Names", confirms: false) { site, findings in
        var owners: [String: BaremetalNode] = [:]
        for node in site.nodes {
            if let owner = owners[node.name.lowercased()] {
                findings.error(
                    owner.name == node.name
                        ? "There are two BaremetalNodes \(node.name)"
                        : "BaremetalNode \(node.name) and BaremetalNode \(owner.name) are one host name",
                    "Give each node a name that differs by more than the case of its letters.", node.reference,
                    owner.reference)
            } else {
                owners[node.name.lowercased()] = node
            }
        }
    }

    /// An address is configured on an interface that carries its network; the BMC's is the BMC's own affair.
    static let carriedNetworks = Validator("BY1021", "Carried Networks", confirms: false) { site, findings in
        for node in site.nodes where !node.interfaces.isEmpty {
            let carried = Set(node.interfaces.flatMap(\.networks))
            for assignment in node.addressing {
                let name = assignment.network
                guard !carried.contains(name), name != node.outOfBandNetwork, let network = site.network(named: name),
                    network.isConfigured, site.isConfigured(network)
                else { continue }
                findings.warning(
                    "BaremetalNode \(node.name) has an address on network \(name), which none of its interfaces carries: it "
                        + "is never configured",
                    "Add the network to networks of an interface, or remove the address.", node.reference,
                    at: ["addressing", .element(name), "network"])
            }
        }
    }
}

/// Addresses of the design that are no machine's.
struct OtherAddresses: Sendable {
    private var uses: [IPAddress: String] = [:]

    init(_ site: EffectiveSite) {
        for network in site.networks {
            for route in network.routes {
                add(route.gateway, "the gateway \(route.gateway ?? "") of network \(network.name)")
            }
            add(network.relay?.selfAddress, "that of the DHCP relay of network \(network.name)")
        }
        for rack in site.racks {
            for device in rack.switches {
                add(device.managementAddress, "that of the switch \(device.name) of rack \(rack.name)")
            }
        }
    }

    private mutating func add(_ text: String?, _ use: String) {
        guard let address = text.flatMap({ IPAddress($0) }), uses[address] == nil else { return }
        uses[address] = use
    }

    func use(of address: IPAddress) -> String? { uses[address] }
}

extension Network {
    /// The range of type reserved that has the address: `10.0.0.1 to 10.0.0.9`.
    fileprivate func reservedRange(with address: IPAddress) -> String? {
        for range in ranges where range.kind == "reserved" {
            guard let start = range.start.flatMap({ IPAddress($0) }), let end = range.end.flatMap({ IPAddress($0) })
            else {
                continue
            }
            if start <= address, address <= end { return "\(start) to \(end)" }
        }
        return nil
    }
}

extension EffectiveSite {
    /// Whether a link that is configured carries the network, or none at all is known to.
    fileprivate func isConfigured(_ network: Network) -> Bool {
        let links = networkLinks.filter { $0.allowedNetworks.contains(network.name) }
        return links.isEmpty || links.contains(where: \.isConfigured)
    }
}
