import OrderedCollections
import Primitives
import SiteDesign

/// What a discovered machine becomes in a site: a node, and a hardware profile where none fits it.
///
/// Pure: decides by the rendered documents and the machine's inventory alone, and writes documents for a person to review
/// (`docs/reference/netboot.md` §4).
package struct Adoption: Sendable {
    /// What the operator asks for.
    package struct Request: Sendable {
        /// The name of the node.
        package var name: String
        /// The name of its `HostProfile`.
        package var profile: String
        /// The name of its `Rack`; nil for none.
        package var rack: String?
        /// Networks in their order; the address is nil for the next free one, `dhcp`, or an address.
        package var networks: [(name: String, address: String?)]
        /// Whether the node is pinned to the serial and UUID of the machine.
        package var isPinned: Bool

        package init(
            name: String, profile: String, rack: String?, networks: [(name: String, address: String?)],
            isPinned: Bool = false
        ) {
            self.name = name
            self.profile = profile
            self.rack = rack
            self.networks = networks
            self.isPinned = isPinned
        }
    }

    /// An address of the node, and why it was chosen.
    struct Address {
        var network: String
        /// `dhcp`, or an address.
        var address: String
        var reason: String
    }

    /// The hardware profile of the node.
    enum Hardware {
        /// The host profile has one, which fits.
        case inherited(String)
        /// Another one of the design fits.
        case existing(String, reasons: [String])
        /// None fits.
        case new(NewHardwareProfile, reasons: [String])
    }

    let request: Request
    let machine: DiscoveredMachine
    private(set) var addresses: [Address] = []
    /// What a person has to look at, each a sentence.
    private(set) var remarks: [String] = []
    private(set) var hardware: Hardware
    /// The layer of the site's other nodes.
    let layer: String

    /// - Parameters:
    ///   - documents: all rendered documents of the site.
    /// - Throws: `BoatyardError`, of which the message says what is wrong, where, and what to do: `adopt.name`, `adopt.machine`,
    ///   `adopt.profile`, `adopt.network`, `adopt.address`, `adopt.rack`, `adopt.inventory`, `adopt.design`.
    package init(_ request: Request, of machine: DiscoveredMachine, in documents: [Value]) throws(BoatyardError) {
        self.request = request
        self.machine = machine
        let design = try AdoptionDesign(documents, request)
        try Self.check(request, machine, design.site)
        layer = design.layer
        let node = try design.node()
        let needs = DeviceFit.Needs(node)
        let current = design.hasOwnHardware ? design.site.hardwareProfile(of: node) : nil
        hardware = Self.hardware(for: machine, needs, node, current: current, design.site)
        try address(node, design.site)
        if case .inherited(let name) = hardware, let profile = design.site.hardwareProfile(named: name) {
            remark(on: DeviceFit(profile, needs, machine))
        } else if case .existing(let name, _) = hardware, let profile = design.site.hardwareProfile(named: name) {
            remark(on: DeviceFit(profile, needs, machine))
        }
        if request.isPinned, pins.isEmpty {
            remarks.append(
                "It tells neither a serial nor a UUID that could pin it (--pin): with netboot.pin it gets no plan.")
        }
    }

    /// What tells the machine from others, by the keys of `owner_data`.
    var pins: [(key: String, value: String)] {
        [("serial", machine.serial), ("uuid", machine.uuid)].compactMap { key, value in value.map { (key, $0) } }
    }

    private static func check(
        _ request: Request, _ machine: DiscoveredMachine, _ site: EffectiveSite
    ) throws(BoatyardError) {
        guard UnsafeText.isLabel(request.name) else {
            throw BoatyardError(
                "adopt.name",
                "'\(request.name)' is no host name. Use 1 to 63 letters, digits and hyphens, with no hyphen first or last.",
                kind: .invalid)
        }
        guard !machine.disks.isEmpty || !machine.cards.isEmpty else {
            throw BoatyardError(
                "adopt.inventory",
                "The inventory of \(machine.mac) has neither disks nor interfaces, so that nothing can be said of its devices."
                    + " Let the machine boot over the network again, with the current installer.", kind: .invalid)
        }
        if let node = site.nodes.first(where: { $0.bootMACAddress == machine.mac }) {
            throw BoatyardError(
                "adopt.machine",
                "\(machine.mac) is the boot_mac of the node \(node.name) already. Deploy that node, or change its boot_mac first.",
                kind: .conflict)
        }
        let macs = Set(machine.cards.compactMap(\.mac))
        if let node = site.nodes.first(where: { $0.bootMACAddress.map(macs.contains) ?? false }) {
            throw BoatyardError(
                "adopt.machine",
                "The machine that boots from \(machine.mac) has the interface \(node.bootMAC ?? "") too, which is the boot_mac of"
                    + " the node \(node.name): it is \(node.name), booted from another interface. Boot it from that one, or settle"
                    + " it with: boatyard claim \(node.name) --mac \(machine.mac)", kind: .conflict)
        }
        if let node = site.node(named: request.name) {
            throw BoatyardError(
                "adopt.name",
                "There is a node \(request.name) already\(node.bootMAC.map { ", which boots from \($0)" } ?? "")."
                    + " Choose another name.", kind: .conflict)
        }
        if let rack = request.rack, !site.racks.isEmpty, site.rack(named: rack) == nil {
            throw BoatyardError(
                "adopt.rack",
                "There is no Rack \(rack) in the site's documents."
                    + Suggestion.sentence(for: rack, among: site.racks.map(\.name)), kind: .invalid)
        }
    }

    private mutating func remark(on fit: DeviceFit) {
        guard !fit.uncertain.isEmpty else { return }
        remarks.append(
            "Whether there is a disk \(fit.uncertain.joined(separator: ", ")) cannot be told from the inventory: compare its alias"
                + " with the disks above.")
    }
}

// MARK: - Addresses

extension Adoption {
    private mutating func address(_ node: BaremetalNode, _ site: EffectiveSite) throws(BoatyardError) {
        var free = FreeAddresses(site)
        let outOfBand = node.outOfBandNetwork.flatMap { site.network(named: $0) }
        let isGiven = request.networks.contains { $0.name == outOfBand?.name }
        if let outOfBand, !isGiven { addBMC(on: outOfBand, free) }
        for (name, text) in request.networks {
            guard let network = site.network(named: name) else {
                throw BoatyardError(
                    "adopt.network",
                    "There is no Network \(name) in the site's documents."
                        + Suggestion.sentence(for: name, among: site.networks.map(\.name)), kind: .invalid)
            }
            guard !addresses.contains(where: { $0.network == name }) else {
                throw BoatyardError("adopt.network", "The network \(name) is given twice.", kind: .invalid)
            }
            try addresses.append(Self.address(text, on: network, free))
            if let address = addresses.last.flatMap({ IPAddress($0.address) }) { free.take(address, for: request.name) }
        }
        if node.outOfBandNetwork == nil {
            remarks.append("The host profile \(request.profile) says no network of BMCs (oob.network).")
        }
        let missing = Self.carried(by: node, site).filter { name in !addresses.contains { $0.network == name } }
        guard !addresses.isEmpty else {
            throw BoatyardError(
                "adopt.address",
                "\(request.name) would have no address, and a node needs one. Name its networks with --network NAME, or --network"
                    + " NAME=ADDRESS."
                    + (missing.isEmpty ? "" : " Its host profile has: \(missing.joined(separator: ", "))."),
                kind: .invalid)
        }
        for name in missing {
            let next = site.network(named: name).flatMap { free.next(on: $0) }
            let hint = next.map { "; the next free address is \($0)" } ?? ""
            remarks.append("It has no address on the network \(name) of its host profile (--network \(name)\(hint)).")
        }
    }

    /// The address that the machine tells of its BMC, where the design can have it.
    private mutating func addBMC(on network: Network, _ free: FreeAddresses) {
        guard let address = machine.bmcAddress else {
            remarks.append(
                "The inventory tells no BMC address: give one on the network \(network.name) (--network"
                    + " \(network.name)=ADDRESS).")
            return
        }
        if let obstacle = free.obstacle(to: address, on: network) {
            remarks.append(
                "The machine says that its BMC has the address \(address), which is \(obstacle), so that it was left out: see to"
                    + " the BMC, or give its address on the network \(network.name) (--network \(network.name)=ADDRESS)."
            )
            return
        }
        addresses.append(
            Address(
                network: network.name, address: address.description, reason: "of the BMC, as the machine itself says"))
    }

    private static func address(
        _ text: String?, on network: Network, _ free: FreeAddresses
    ) throws(BoatyardError) -> Address {
        guard let text else {
            guard let address = free.next(on: network) else {
                let lacks = network.ranges.contains { $0.kind == "static" }
                throw BoatyardError(
                    "adopt.address",
                    "The network \(network.name) has no "
                        + (lacks
                            ? "free address in its ranges of type static."
                            : "range of type static to take an address from.")
                        + " Give one: --network \(network.name)=ADDRESS, or dhcp.", kind: .invalid)
            }
            return Address(
                network: network.name, address: address.description,
                reason: "the next free one of the network's static range")
        }
        if text == "dhcp" { return Address(network: network.name, address: text, reason: "as asked for") }
        guard let address = IPAddress(text) else {
            throw BoatyardError(
                "adopt.address",
                "'\(text)', for the network \(network.name), is no address. One in \(network.cidr) is expected, or dhcp.",
                kind: .invalid)
        }
        if let obstacle = free.obstacle(to: address, on: network) {
            let next = free.next(on: network).map { " The next free one is \($0)." } ?? ""
            throw BoatyardError(
                "adopt.address", "The address \(address), for the network \(network.name), is \(obstacle).\(next)",
                kind: .conflict)
        }
        return Address(network: network.name, address: address.description, reason: "as asked for")
    }

    /// Networks that the machine itself configures.
    private static func carried(by node: BaremetalNode, _ site: EffectiveSite) -> [String] {
        OrderedSet(node.interfaces.flatMap(\.networks)).filter { site.network(named: $0)?.isConfigured ?? false }
    }
}

// MARK: - Hardware

extension Adoption {
    private static func hardware(
        for machine: DiscoveredMachine, _ needs: DeviceFit.Needs, _ node: BaremetalNode, current: HardwareProfile?,
        _ site: EffectiveSite
    ) -> Hardware {
        var reasons = ["its host profile names no hardware profile"]
        if let current {
            let fit = DeviceFit(current, needs, machine)
            if fit.isGood { return .inherited(current.name) }
            reasons = fit.misses.map { "\(current.name) of its host profile does not fit: \($0)" }
        }
        let others = site.hardwareProfiles.filter { $0.name != current?.name }
        if let other = others.first(where: { DeviceFit($0, needs, machine).isGood }) {
            return .existing(other.name, reasons: reasons)
        }
        let taken = Set(site.hardwareProfiles.map(\.name))
        return .new(
            NewHardwareProfile(
                for: machine, needs, bootAlias: bootAlias(of: node, site), current: current, besides: taken),
            reasons: reasons)
    }

    /// The name under which the host profile has the interface that boots: that of an untagged network with a DHCP range, of
    /// one cable rather than of a bond; else the first.
    private static func bootAlias(of node: BaremetalNode, _ site: EffectiveSite) -> String? {
        let serving = node.interfaces.filter { interface in
            interface.networks.contains { name in
                guard let network = site.network(named: name) else { return false }
                return network.vlan == nil && network.ranges.contains { $0.kind == "dhcp" }
            }
        }
        let interface = serving.first { $0.slaves.count == 1 } ?? serving.first ?? node.interfaces.first
        return interface?.slaves.first
    }
}
