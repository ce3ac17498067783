import OrderedCollections
import Primitives

extension InstallPlanBuilder {
    /// `interfaces`, `bonds`, `vlans`, `routes`, `dns` (`docs/reference/drydock.md` §13, apply_node_networking).
    ///
    /// A network that the link carries untagged is on the interface itself, another on a VLAN interface named
    /// `PARENT.TAG`. A card that is part of a bond carries nothing itself.
    ///
    /// - Throws: `BoatyardError` where an interface has the wrong number of cards, or a network no tag.
    package func network() throws -> Value {
        var plan = NetworkPlan()
        let defaults = defaultNetworks()
        for interface in node.interfaces {
            guard let name = interface.link else { continue }
            guard let link = site.networkLink(named: name) else {
                throw Self.impossible("Interface \(interface.name) of \(node.name) is on the unknown link \(name).")
            }
            guard link.isConfigured else { continue }
            try add(interface, on: link, defaults, to: &plan)
        }
        let bonded = Set(plan.bonds.flatMap { $0.slaves })
        plan.cards.removeAll { bonded.contains($0.name) && !$0.isSlave }
        return plan.value(dns: dns(of: plan.networks))
    }

    /// The networks with the default route: the primary one, and of the other family the first that has a gateway to
    /// everywhere, else the first whose addresses are dynamic.
    private func defaultNetworks() -> Set<String> {
        var chosen = Set([node.primaryNetwork].compactMap { $0 })
        let isPrimaryIPv6 = node.primaryNetwork.flatMap { site.network(named: $0) }?.isIPv6 ?? false
        let others = node.interfaces.flatMap(\.networks).compactMap { site.network(named: $0) }
            .filter { $0.isConfigured && $0.isIPv6 != isPrimaryIPv6 }
        let isDynamic = { (network: Network) in
            self.node.addressing.first { $0.network == network.name }?.kind == .dhcp
        }
        let other = others.first { $0.defaultGateway != nil } ?? others.first(where: isDynamic)
        if let other { chosen.insert(other.name) }
        return chosen
    }

    private func add(
        _ interface: Interface, on link: NetworkLink, _ defaults: Set<String>, to plan: inout NetworkPlan
    ) throws {
        let parent: String
        let addresses = try carried(by: interface, on: link, defaults)
        let native = addresses.filter { $0.tag == nil }.map(\.entry)
        if link.bonding.mode == .disabled {
            guard interface.slaves.count == 1, let slave = interface.slaves.first else {
                throw Self.impossible(
                    "Interface \(interface.name) of \(node.name) has \(interface.slaves.count) slaves; without a bond"
                        + " it must have one.")
            }
            parent = kernelName(slave)
            plan.cards.append(
                .init(name: parent, selector: selector(slave), mtu: link.mtu, isSlave: false, addresses: native))
        } else {
            guard !interface.slaves.isEmpty else {
                throw Self.impossible("The bond \(interface.name) of \(node.name) has no slaves.")
            }
            parent = interface.name
            let slaves = interface.slaves.map(kernelName)
            for (slave, name) in zip(interface.slaves, slaves) {
                plan.cards.append(
                    .init(name: name, selector: selector(slave), mtu: link.mtu, isSlave: true, addresses: []))
            }
            plan.bonds.append(
                .init(name: parent, slaves: slaves, options: link.bonding, mtu: link.mtu, addresses: native))
        }
        for address in addresses {
            let device = address.tag.map { "\(parent).\($0)" } ?? parent
            if let tag = address.tag {
                plan.vlans.append([
                    "name": .string(device), "parent": .string(parent), "id": .int(tag),
                    "mtu": .int(address.network.mtu ?? link.mtu), "addresses": [address.entry],
                ])
            }
            plan.networks.append(address.network)
            plan.routes += routes(of: address.network, through: device)
        }
    }

    private struct Carried {
        var network: Network
        /// nil: untagged
        var tag: Int?
        var entry: Value
    }

    private func carried(
        by interface: Interface, on link: NetworkLink, _ defaults: Set<String>
    ) throws -> [Carried] {
        try interface.networks.compactMap { name in
            guard let network = site.network(named: name) else {
                throw Self.impossible("Interface \(interface.name) of \(node.name) is on the unknown network \(name).")
            }
            guard network.isConfigured else { return nil }
            guard name != link.nativeNetwork else {
                return Carried(network: network, tag: nil, entry: try address(on: network, defaults))
            }
            guard let tag = network.vlan.flatMap({ Int($0) }), (1...4094).contains(tag) else {
                throw Self.impossible(
                    "Network \(name) is not the native one of link \(link.name) and has no VLAN from 1 to 4094.")
            }
            return Carried(network: network, tag: tag, entry: try address(on: network, defaults))
        }
    }

    /// How the node is addressed on a network: `static`, `dhcp`, or `none`, which is up without an address.
    private func address(on network: Network, _ defaults: Set<String>) throws -> Value {
        let isDefault = defaults.contains(network.name)
        let assignment = node.addressing.first { $0.network == network.name }
        var written: String?
        if let text = assignment?.address {
            guard let address = assignment?.ip, let subnet = network.block else {
                throw Self.impossible("Address \(text) of \(node.name) on network \(network.name) cannot be read.")
            }
            written = "\(address)/\(subnet.prefixLength)"
        }
        return [
            "network": .string(network.name),
            "mode": .string(written != nil ? "static" : assignment?.kind == .dhcp ? "dhcp" : "none"),
            "family": network.isIPv6 ? "ipv6" : "ipv4", "address": Value(written),
            "gateway": isDefault ? Value(network.defaultGateway) : .null, "default_route": .bool(isDefault),
        ]
    }

    private static let usualMetric = 100

    private func routes(of network: Network, through device: String) -> [Value] {
        network.routes.compactMap { route in
            guard let subnet = route.subnet, !route.leadsEverywhere, let gateway = route.gateway else { return nil }
            return [
                "subnet": .string(subnet), "gateway": .string(gateway),
                "metric": .int(route.metric.flatMap { Int($0) } ?? Self.usualMetric), "interface": .string(device),
            ]
        }
    }

    /// Servers of the node's networks, those of the primary one first.
    private func dns(of networks: [Network]) -> Value {
        let ordered =
            networks.filter { $0.name == node.primaryNetwork } + networks.filter { $0.name != node.primaryNetwork }
        // What is no address is a warning of BY1027.
        let servers = OrderedSet(ordered.flatMap(\.dnsServerList).filter { IPAddress($0) != nil })
        return ["servers": Value(Array(servers)), "search": [.string(node.domain)]]
    }
}

/// The network part of a plan while it is put together.
private struct NetworkPlan {
    struct Card {
        var name: String
        var selector: Value
        var mtu: Int
        var isSlave: Bool
        var addresses: [Value]
    }

    struct Bond {
        var name: String
        var slaves: [String]
        var options: Bonding
        var mtu: Int
        var addresses: [Value]
    }

    var cards: [Card] = []
    var bonds: [Bond] = []
    var vlans: [Value] = []
    var routes: [Value] = []
    var networks: [Network] = []

    func value(dns: Value) -> Value {
        [
            "interfaces": .array(
                cards.map {
                    [
                        "name": .string($0.name), "selector": $0.selector, "mtu": .int($0.mtu),
                        "addresses": .array($0.addresses),
                    ]
                }),
            "bonds": .array(
                bonds.map {
                    [
                        "name": .string($0.name), "slaves": Value($0.slaves), "mtu": .int($0.mtu),
                        "mode": .string($0.options.mode.rawValue), "hash": Value($0.options.transmitHash),
                        "peer_rate": Value($0.options.peerRate), "mon_rate": Self.number($0.options.monitorRate),
                        "up_delay": Self.number($0.options.upDelay), "down_delay": Self.number($0.options.downDelay),
                        "addresses": .array($0.addresses),
                    ]
                }),
            "vlans": .array(vlans), "routes": .array(routes), "dns": dns,
        ]
    }

    private static func number(_ number: Int?) -> Value { number.map(Value.int) ?? .null }
}
