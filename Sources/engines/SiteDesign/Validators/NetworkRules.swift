import Primitives

extension Validator {
    /// Networks are written without host bits.
    static let cidrValidity = Validator("DD2006", "CIDR Validity") { site, findings in
        if site.networks.isEmpty {
            findings.warning("No networks found.", "Site design likely incomplete without defined networks")
        }
        for network in site.networks {
            guard let subnet = network.block, subnet.hasHostBits else { continue }
            findings.error(
                "The provided CIDR \(network.cidr) has host bits set",
                "Provide a CIDR acceptable by MAAS: \(subnet.network)/\(subnet.prefixLength)", network.reference,
                at: ["cidr"], remedy: "Write the network's own address: \(subnet.network)/\(subnet.prefixLength).")
        }
    }

    /// Gateways and addresses lie within their networks.
    static let addressLocality = Validator("DD2002", "IP Locality Check") { site, findings in
        if site.networks.isEmpty {
            findings.warning("No networks found.", "Site design likely incomplete without defined networks")
        }
        if site.nodes.isEmpty {
            findings.warning("No baremetal_nodes found.", "site design likely incomplete without defined networks.")
        }
        var subnets: [String: IPNetwork] = [:]
        for network in site.networks {
            guard let subnet = network.block else {
                throw DesignError(
                    "invalid IPNetwork \(network.cidr)", in: network.reference, at: ["cidr"],
                    remedy: "Write the address of the network and the length of its prefix, such as 10.20.2.0/24.")
            }
            subnets[network.name] = subnet
            for route in network.routes { try checkGateway(of: route, in: network, subnet, &findings) }
        }
        for node in site.nodes {
            for assignment in node.addressing {
                guard let text = assignment.address else { continue }
                guard let subnet = subnets[assignment.network] else {
                    let suggestion = findings.suggestion(
                        for: assignment.network, among: site.networks.map(\.name))
                    findings.error(
                        "\(assignment.network) is not a valid network.",
                        "Define network or correct address definition.", node.reference,
                        at: ["addressing", .element(assignment.network), "network"],
                        remedy: "Correct the network, or add it." + suggestion)
                    continue
                }
                guard let address = assignment.ip else {
                    throw DesignError(
                        "'\(text)' of BaremetalNode \(node.name) does not appear to be an IPv4 address",
                        in: node.reference, at: node.path(ofAddressOn: assignment.network),
                        remedy: "Write four numbers from 0 to 255 without leading zeros, an IPv6 address, or dhcp.")
                }
                if !subnet.contains(address) {
                    let cidr = site.network(named: assignment.network)?.cidr ?? subnet.description
                    findings.error(
                        "The IP Address \(address) is not within the defined CIDR: \(cidr) of \(assignment.network) .",
                        "Define a valid address for this network.", node.reference,
                        at: node.path(ofAddressOn: assignment.network))
                }
            }
        }
    }

    private static func checkGateway(
        of route: Route, in network: Network, _ subnet: IPNetwork, _ findings: inout Findings
    ) throws {
        guard let text = route.gateway, !text.isEmpty else {
            let routes = network.routes.map(\.pythonText).joined(separator: ", ")
            findings.error(
                "No gateway found for route [\(routes)].", "Define a network-local gateway for the route.",
                network.reference, at: ["routes"])
            return
        }
        guard let gateway = IPAddress(text) else {
            throw DesignError(
                "'\(text)' of Network \(network.name) does not appear to be an IPv4 address", in: network.reference,
                at: ["routes"], remedy: "Write the gateway as four numbers from 0 to 255, or as an IPv6 address.")
        }
        // Routers of IPv6 are known by their link-local addresses (RFC 4861 §6.1.2).
        let isOnLink = gateway.isLinkLocal && subnet.address.family == .ipv6
        if !subnet.contains(gateway), !isOnLink {
            findings.error(
                "The gateway IP Address \(gateway) is not within the defined CIDR: \(network.cidr) of \(network.name).",
                "Route gateways must reside on the local network. Check gateway IP and CIDR netmask.",
                network.reference, at: network.path(ofGateway: text))
        }
    }

    /// Frames fit into the links that carry them.
    static let mtu = Validator("DD2003", "MTU Rationality") { site, findings in
        let possible = 1280...65536
        let remedy = "Define a valid MTU. Standard is 1500, Jumbo is 9100."
        var carrying: [String: Int] = [:]
        for link in site.networkLinks {
            if !possible.contains(link.mtu) {
                findings.error(
                    "MTU must be between 1280 and 65536, value is \(link.mtu)", remedy, link.reference, at: ["mtu"])
            }
            if let native = link.nativeNetwork { carrying[native] = link.mtu }
        }
        for network in site.networks {
            guard let mtu = network.mtu else { continue }
            if !possible.contains(mtu) {
                findings.error(
                    "MTU must be between 1280 and 65536, value is \(mtu)", remedy, network.reference, at: ["mtu"])
            }
            if let parent = carrying[network.name], mtu > parent {
                findings.error(
                    "MTU must be <= the parent Network Link; for Network \(network.name)",
                    "Define a MTU less than or equal to that of the carrying network link.", network.reference,
                    at: ["mtu"])
            }
        }
    }

    /// No address is given twice.
    static let duplicateAddresses = Validator("DD2005", "Duplicated IP Check") { site, findings in
        if site.nodes.isEmpty {
            findings.warning(
                "No BaremetalNodes Found.", "Site design unlikely complete with no defined baremetal nodes.")
        }
        var owners: [String: DocumentReference] = [:]
        for node in site.nodes {
            for assignment in node.addressing {
                guard let address = assignment.address else { continue }
                guard let owner = owners[address] else {
                    owners[address] = node.reference
                    continue
                }
                findings.error(
                    "Duplicate IP Address Found: \(address) ", "Select unique IP addresses for each node.",
                    node.reference, owner, at: node.path(ofAddressOn: assignment.network),
                    remedy: "Give one of \(owner.name) and \(node.name) another address.")
            }
        }
    }
}

extension Route {
    /// As Python prints the mapping.
    fileprivate var pythonText: String {
        func quoted(_ text: String?) -> String { text.map { "'\($0)'" } ?? "None" }
        var text = "{'subnet': \(quoted(subnet)), 'gateway': \(quoted(gateway)), 'metric': \(quoted(metric))"
        if !isFromRouteDomain { text += ", 'routedomain': \(quoted(routeDomain))" }
        return text + "}"
    }
}
