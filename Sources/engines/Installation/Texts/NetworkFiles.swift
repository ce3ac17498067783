import Primitives
import SiteDesign

/// The network of the new system, as files of systemd-networkd (systemd.link(5), systemd.netdev(5),
/// systemd.network(5)).
struct NetworkFiles {
    private let node: String
    private let plan: NetworkPlan
    /// The machine's interface for each card of the plan.
    private let interfaces: [String: MachineFacts.Interface]
    /// The name in the new system of each card, and of each VLAN whose own the kernel does not take.
    private let names: [String: String]

    private static let folder = "/etc/systemd/network"

    /// - Throws: `InstallationError` `.network` where names clash or a part refers to what is not there.
    init(
        node: String, plan: NetworkPlan, interfaces: [String: MachineFacts.Interface]
    ) throws(InstallationError) {
        self.node = node
        self.plan = plan
        self.interfaces = interfaces
        var names: [String: String] = [:]
        for card in plan.interfaces {
            names[card.name] = Self.name(of: card, interfaces[card.name])
        }
        // `PARENT.TAG` may be longer than the kernel takes.
        for vlan in plan.vlans where PlanText.interface(vlan.name) != nil { names[vlan.name] = "vlan\(vlan.id)" }
        self.names = names
        try check()
    }

    /// The plan's name, where the kernel takes it and hands it out to nobody else; else the one that it gave.
    private static func name(of card: NetworkPlan.Card, _ interface: MachineFacts.Interface?) -> String {
        let isKernelsOwn = card.name.hasPrefix("eth") && card.name.dropFirst(3).allSatisfy(\.isNumber)
        if PlanText.interface(card.name) == nil, !isKernelsOwn { return card.name }
        let mac = interface.map { $0.mac.bytes.hex } ?? ""
        // As systemd's policy `mac`, which is the same on every kernel.
        return "enx\(mac)"
    }

    private func name(_ planned: String) -> String { names[planned] ?? planned }

    private func wrong(_ what: String) -> InstallationError { InstallationError(.network, "\(node): \(what)") }

    private func check() throws(InstallationError) {
        var seen: Set<String> = []
        let devices = plan.interfaces.map(\.name) + plan.bonds.map(\.name) + plan.vlans.map(\.name)
        for device in devices {
            guard seen.insert(name(device)).inserted else {
                throw wrong("two interfaces are called \(name(device)). Give the bond or VLAN another name.")
            }
        }
        var bonded: [String: String] = [:]
        for bond in plan.bonds {
            for member in bond.members {
                guard let card = plan.interfaces.first(where: { $0.name == member }) else {
                    throw wrong("the bond \(bond.name) wants \(member.shownInMessage), which the plan does not have.")
                }
                guard card.addresses.isEmpty else {
                    throw wrong("\(member) is part of the bond \(bond.name) and has addresses of its own.")
                }
                if let other = bonded.updateValue(bond.name, forKey: member) {
                    throw wrong("\(member) is part of \(other) and of \(bond.name).")
                }
            }
        }
        for vlan in plan.vlans {
            let mtus =
                plan.interfaces.filter { $0.name == vlan.parent }.map(\.mtu)
                + plan.bonds.filter { $0.name == vlan.parent }.map(\.mtu)
            guard let parent = mtus.first, bonded[vlan.parent] == nil else {
                throw wrong(
                    "the VLAN \(vlan.name) is on \(vlan.parent.shownInMessage), which is no bond, and no card that is"
                        + " not in one.")
            }
            guard (vlan.mtu ?? 0) <= (parent ?? 1500) else {
                throw wrong(
                    "the VLAN \(vlan.name) has an MTU of \(vlan.mtu ?? 0), \(vlan.parent) of \(parent ?? 1500). Give"
                        + " the link the larger one.")
            }
        }
        for route in plan.routes where !devices.contains(route.interface) {
            throw wrong(
                "a route to \(route.subnet) leaves by \(route.interface.shownInMessage), which the plan does not have.")
        }
        var fixed: Set<IPAddress> = []
        for address in plan.allAddresses.compactMap({ $0.address?.address }) {
            guard fixed.insert(address).inserted else { throw wrong("\(address) is on two interfaces.") }
        }
    }

    var files: [TargetFile] {
        var files: [TargetFile] = []
        let required = requiredDevice
        let resolving = resolvingDevice
        for card in plan.interfaces {
            guard let interface = interfaces[card.name] else { continue }
            files.append(link(card, interface))
            let bond = plan.bonds.first { $0.members.contains(card.name) }
            files.append(
                network(
                    "20-\(name(card.name))", match: "PermanentMACAddress=\(interface.mac)", device: card.name,
                    addresses: card.addresses, bond: bond?.name, required: required, resolving: resolving))
        }
        for bond in plan.bonds {
            files.append(netdev(bond))
            files.append(
                network(
                    "30-\(bond.name)", match: "Name=\(bond.name)", device: bond.name,
                    addresses: bond.addresses, bond: nil, required: required, resolving: resolving))
        }
        for vlan in plan.vlans {
            files.append(netdev(vlan))
            files.append(
                network(
                    "40-\(name(vlan.name))", match: "Name=\(name(vlan.name))", device: vlan.name,
                    addresses: vlan.addresses, bond: nil, required: required, resolving: resolving))
        }
        // What programs ask is the stub of systemd-resolved, which knows the servers of each link.
        files.append(TargetFile("/etc/resolv.conf", linkTo: "../run/systemd/resolve/stub-resolv.conf"))
        return files
    }

    /// All devices with their addresses, in the order of the files.
    private var devices: [(name: String, addresses: [NetworkPlan.Address])] {
        plan.interfaces.map { ($0.name, $0.addresses) } + plan.bonds.map { ($0.name, $0.addresses) }
            + plan.vlans.map { ($0.name, $0.addresses) }
    }

    /// The one that the boot waits for: that of the default route, else one with an address; with none of these the
    /// first that is up, for `systemd-networkd-wait-online` waits until its time is over where nothing is required.
    private var requiredDevice: (name: String, state: String)? {
        let isAddressed = { (address: NetworkPlan.Address) in address.mode != .none }
        if let device = devices.first(where: { $0.addresses.contains { $0.isDefaultRoute && isAddressed($0) } }) {
            return (device.name, "routable")
        }
        if let device = devices.first(where: { $0.addresses.contains(where: isAddressed) }) {
            return (device.name, "routable")
        }
        let bonded = Set(plan.bonds.flatMap(\.members))
        return devices.first { !bonded.contains($0.name) }.map { ($0.name, "carrier") }
    }

    /// The one whose name servers are asked.
    private var resolvingDevice: String? { requiredDevice?.name }

    private func file(_ name: String, _ sections: [[String]]) -> TargetFile {
        let texts = sections.filter { $0.count > 1 }.map { $0.joined(separator: "\n") + "\n" }
        return TargetFile("\(Self.folder)/\(name)", texts.joined(separator: "\n"))
    }

    /// Names the interface the same on every kernel, and before anything else is done with it.
    private func link(_ card: NetworkPlan.Card, _ interface: MachineFacts.Interface) -> TargetFile {
        var link = ["[Link]", "Name=\(name(card.name))"]
        if let mtu = card.mtu { link.append("MTUBytes=\(mtu)") }
        return file("10-\(name(card.name)).link", [["[Match]", "PermanentMACAddress=\(interface.mac)"], link])
    }

    private func netdev(_ bond: NetworkPlan.Bond) -> TargetFile {
        var device = ["[NetDev]", "Name=\(bond.name)", "Kind=bond"]
        if let mtu = bond.mtu { device.append("MTUBytes=\(mtu)") }
        // Else systemd makes one of machine-id and name, which no reservation knows and which two clones share.
        if let mac = bond.members.first.flatMap({ interfaces[$0]?.mac }) { device.append("MACAddress=\(mac)") }
        var options = ["[Bond]", "Mode=\(bond.mode.rawValue)"]
        if bond.mode == .lacp {
            if let hash = bond.transmitHash { options.append("TransmitHashPolicy=\(hash)") }
            if let rate = bond.peerRate { options.append("LACPTransmitRate=\(rate)") }
        }
        // Without a look at the carrier a bond never notices that a cable is out.
        options.append("MIIMonitorSec=\(bond.monitorRate.map { $0 > 0 ? $0 : 100 } ?? 100)ms")
        if let delay = bond.upDelay { options.append("UpDelaySec=\(delay)ms") }
        if let delay = bond.downDelay { options.append("DownDelaySec=\(delay)ms") }
        return file("30-\(bond.name).netdev", [device, options])
    }

    private func netdev(_ vlan: NetworkPlan.VLAN) -> TargetFile {
        var device = ["[NetDev]", "Name=\(name(vlan.name))", "Kind=vlan"]
        if let mtu = vlan.mtu { device.append("MTUBytes=\(mtu)") }
        return file("40-\(name(vlan.name)).netdev", [device, ["[VLAN]", "Id=\(vlan.id)"]])
    }

    private func network(
        _ file: String, match: String, device: String, addresses: [NetworkPlan.Address], bond: String?,
        required: (name: String, state: String)?, resolving: String?
    ) -> TargetFile {
        if let bond {
            return self.file(
                "\(file).network",
                [
                    ["[Match]", match], ["[Link]", "RequiredForOnline=no"],
                    ["[Network]", "Bond=\(bond)", "LinkLocalAddressing=no", "IPv6AcceptRA=no"],
                ])
        }
        let requirement = required.flatMap { $0.name == device ? $0.state : nil } ?? "no"
        // Where nothing has the default route, whoever the boot waits for may have one by DHCP.
        let hasDefault = plan.allAddresses.contains(where: \.isDefaultRoute)
        let section = NetworkSection(addresses: addresses, mayRoute: !hasDefault && required?.name == device)
        var network = section.lines
        for vlan in plan.vlans where vlan.parent == device { network.append("VLAN=\(name(vlan.name))") }
        if resolving == device {
            network += plan.nameServers.map { "DNS=\($0)" }
            if !plan.searchDomains.isEmpty { network.append("Domains=\(plan.searchDomains.joined(separator: " "))") }
        }
        let routes = plan.routes.filter { $0.interface == device }.map { route in
            ["[Route]", "Destination=\(route.subnet)", "Gateway=\(route.gateway)", "Metric=\(route.metric)"]
        }
        return self.file(
            "\(file).network",
            [["[Match]", match], ["[Link]", "RequiredForOnline=\(requirement)"], network] + section.defaultRoutes
                + routes
                + section.dhcp)
    }
}

/// What addresses mean to systemd-networkd.
private struct NetworkSection {
    let addresses: [NetworkPlan.Address]
    /// Whether addresses without the default route may bring one as well.
    let mayRoute: Bool

    private func uses(_ mode: NetworkPlan.Address.Mode, _ family: IPAddress.Family) -> Bool {
        addresses.contains { $0.mode == mode && $0.family == family }
    }

    var lines: [String] {
        let (four, six) = (uses(.dhcp, .ipv4), uses(.dhcp, .ipv6))
        var lines = ["[Network]", "DHCP=\(four && six ? "yes" : four ? "ipv4" : six ? "ipv6" : "no")"]
        lines += addresses.compactMap(\.address).map { "Address=\($0)" }
        if addresses.allSatisfy({ $0.mode == .none }) { lines.append("LinkLocalAddressing=no") }
        // Routes and name servers that a router tells come and go; where addresses are fixed, nobody asked for them.
        // DHCPv6 gives neither routes nor prefixes, so that it needs them.
        lines.append("IPv6AcceptRA=\(six ? "yes" : "no")")
        return lines
    }

    var defaultRoutes: [[String]] {
        addresses.compactMap { address in
            guard address.isDefaultRoute, address.mode == .fixed, let gateway = address.gateway else { return nil }
            var route = ["[Route]", "Gateway=\(gateway)"]
            // A gateway outside of the subnet is reached on the link itself.
            if let own = address.address, !own.contains(gateway) { route.append("GatewayOnLink=yes") }
            return route
        }
    }

    var dhcp: [[String]] {
        var sections: [[String]] = []
        if let address = addresses.first(where: { $0.mode == .dhcp && $0.family == .ipv4 }) {
            var section = ["[DHCPv4]", "ClientIdentifier=mac"]
            // Two links with default routes of the same metric answer by the wrong one.
            if !address.isDefaultRoute, !mayRoute { section += ["UseGateway=no", "UseDNS=no"] }
            sections.append(section)
        }
        if let address = addresses.first(where: { $0.mode == .dhcp && $0.family == .ipv6 }) {
            var section = ["[DHCPv6]", "DUIDType=link-layer"]
            if !address.isDefaultRoute, !mayRoute { section.append("UseDNS=no") }
            sections.append(section)
            if !address.isDefaultRoute, !mayRoute {
                sections.append(["[IPv6AcceptRA]", "UseGateway=no", "UseDNS=no"])
            }
        }
        return sections
    }
}
