import Primitives
import SiteDesign

/// The network of a plan (`docs/reference/node-protocol.md` 5.6 to 5.11).
package struct NetworkPlan: Sendable, Hashable {
    package var interfaces: [Card]
    package var bonds: [Bond]
    package var vlans: [VLAN]
    package var routes: [StaticRoute]
    /// Name servers, in their order.
    package var nameServers: [IPAddress]
    package var searchDomains: [String]

    /// A network interface with hardware of its own.
    package struct Card: Sendable, Hashable {
        /// The kernel's name as the daemon knows it, else the alias of the design; the rest of the network uses it.
        package var name: String
        package var selector: InstallationPlan.Selector
        /// In bytes.
        package var mtu: Int?
        package var addresses: [Address]
    }

    package struct Bond: Sendable, Hashable {
        /// As the documents write it, and the kernel.
        package enum Mode: String, Sendable, Hashable {
            case lacp = "802.3ad"
            case roundRobin = "balance-rr"
            case activeBackup = "active-backup"
        }

        package var name: String
        /// Names of cards.
        package var members: [String]
        package var mode: Mode
        package var mtu: Int?
        /// `layer3+4`
        package var transmitHash: String?
        /// `slow` or `fast`
        package var peerRate: String?
        /// Milliseconds, as both delays.
        package var monitorRate: Int?
        package var upDelay: Int?
        package var downDelay: Int?
        package var addresses: [Address]
    }

    package struct VLAN: Sendable, Hashable {
        package var name: String
        /// The name of a card or bond.
        package var parent: String
        /// 1 to 4094
        package var id: Int
        package var mtu: Int?
        package var addresses: [Address]
    }

    package struct Address: Sendable, Hashable {
        package enum Mode: String, Sendable, Hashable {
            case fixed = "static"
            case dhcp
            /// Up without an address.
            case none
        }

        /// The name of the network in the design.
        package var network: String
        package var mode: Mode
        package var family: IPAddress.Family
        /// With the length of the prefix; nil unless the mode is `static`.
        package var address: IPNetwork?
        package var gateway: IPAddress?
        package var isDefaultRoute: Bool
    }

    package struct StaticRoute: Sendable, Hashable {
        package var subnet: IPNetwork
        package var gateway: IPAddress
        package var metric: Int
        /// The name of a card, bond or VLAN.
        package var interface: String
    }
}

extension NetworkPlan {
    /// - Throws: `InstallationError` `.plan`.
    init(_ reader: PlanReader) throws(InstallationError) {
        interfaces = []
        for card in try reader.list("interfaces", atMost: 256) {
            interfaces.append(
                Card(
                    name: try card.text("name", atMost: 128, PlanText.name),
                    selector: try InstallationPlan.Selector(
                        card.object("selector"), name: card.text("name", atMost: 128)),
                    mtu: try card.optionalNumber("mtu", Self.mtus), addresses: try Self.addresses(card)))
        }
        bonds = []
        for bond in try reader.list("bonds", atMost: 64) { bonds.append(try Bond(bond)) }
        vlans = []
        for vlan in try reader.list("vlans", atMost: 4096) {
            vlans.append(
                VLAN(
                    name: try vlan.text("name", atMost: 128, PlanText.name),
                    parent: try vlan.text("parent", atMost: 128, PlanText.name), id: try vlan.number("id", 1...4094),
                    mtu: try vlan.optionalNumber("mtu", Self.mtus), addresses: try Self.addresses(vlan)))
        }
        routes = []
        for route in try reader.list("routes", atMost: 4096) { routes.append(try StaticRoute(route)) }
        nameServers = []
        searchDomains = []
        guard reader.member("dns") != nil else { return }
        let dns = try reader.object("dns")
        for server in try dns.list("servers", atMost: 64) {
            guard let address = server.value.stringValue.flatMap({ IPAddress($0) }) else {
                throw server.wrong(nil, "is no address of a name server")
            }
            nameServers.append(address)
        }
        searchDomains = try dns.texts("search", atMost: 32, each: 253, PlanText.domain)
    }

    /// RFC 791 asks for 68 at least, and no Ethernet frame is longer than its length field.
    fileprivate static let mtus = 68...65536

    fileprivate static func addresses(_ reader: PlanReader) throws(InstallationError) -> [Address] {
        var addresses: [Address] = []
        for address in try reader.list("addresses", atMost: 256) { addresses.append(try Address(address)) }
        return addresses
    }
}

extension NetworkPlan.Bond {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        name = try reader.text("name", atMost: 64, PlanText.interface)
        members = try reader.texts("slaves", atMost: 64, each: 128, PlanText.name)
        mode = try reader.choice("mode", Mode.self)
        mtu = try reader.optionalNumber("mtu", NetworkPlan.mtus)
        transmitHash = try reader.optionalText("hash", atMost: 32) { text in
            ["layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac"].contains(text)
                ? nil : "is '\(text.shownInMessage)', which no bond knows"
        }
        peerRate = try reader.optionalText("peer_rate", atMost: 32) { text in
            text == "slow" || text == "fast" ? nil : "is '\(text.shownInMessage)', neither slow nor fast"
        }
        monitorRate = try reader.optionalNumber("mon_rate", 0...3_600_000)
        upDelay = try reader.optionalNumber("up_delay", 0...3_600_000)
        downDelay = try reader.optionalNumber("down_delay", 0...3_600_000)
        addresses = try NetworkPlan.addresses(reader)
        guard !members.isEmpty else { throw reader.wrong("slaves", "is empty") }
    }
}

extension NetworkPlan.Address {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        network = try reader.text("network", atMost: 256, PlanText.plain)
        mode = try reader.choice("mode", Mode.self)
        let text = try reader.optionalText("address", atMost: 64)
        address = text.flatMap { IPNetwork($0) }
        switch (mode, text) {
        case (.fixed, nil): throw reader.wrong("address", "is missing")
        case (.fixed, let text?) where address == nil || !text.contains("/"):
            throw reader.wrong("address", "is '\(text.shownInMessage)', no address with the length of its prefix")
        case (.fixed, _): break
        case (_, nil): break
        default: throw reader.wrong("address", "is given, but the mode is \(mode.rawValue)")
        }
        let named: IPAddress.Family? = try reader.optionalText("family", atMost: 8).map {
            text throws(InstallationError) in
            switch text {
            case "ipv4": return .ipv4
            case "ipv6": return .ipv6
            default: throw reader.wrong("family", "is '\(text.shownInMessage)', neither ipv4 nor ipv6")
            }
        }
        family = address?.address.family ?? named ?? .ipv4
        if let named, named != family { throw reader.wrong("family", "is not that of the address") }
        gateway = nil
        if let text = try reader.optionalText("gateway", atMost: 64) {
            guard let address = IPAddress(text), address.family == family else {
                throw reader.wrong("gateway", "is '\(text.shownInMessage)', no address of the same family")
            }
            gateway = address
        }
        isDefaultRoute = try reader.flag("default_route", default: false)
    }
}

extension NetworkPlan.StaticRoute {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        let text = try reader.text("subnet", atMost: 64)
        guard let subnet = IPNetwork(text), !subnet.hasHostBits else {
            throw reader.wrong("subnet", "is '\(text.shownInMessage)', no network")
        }
        let hop = try reader.text("gateway", atMost: 64)
        guard let gateway = IPAddress(hop), gateway.family == subnet.address.family else {
            throw reader.wrong("gateway", "is '\(hop.shownInMessage)', no address of the family of the subnet")
        }
        self.subnet = subnet
        self.gateway = gateway
        metric = try reader.number("metric", 0...Int(UInt32.max))
        interface = try reader.text("interface", atMost: 128, PlanText.name)
    }
}
