import Installation
import OrderedCollections
import Primitives
import RehearsalMap
import SiteDesign

/// A site as a rehearsal sees it: its machines, and the hosts that boot actions fetch from.
package struct RehearsedSite: Sendable {
    /// The machines of the site that can be rehearsed.
    package let machines: [MachineDescription]
    /// The other ones, each with the reason: orders to them fail, as they do without a rehearsal.
    package let leftOut: [(name: String, reason: String)]
    /// Host, with its port where the location gives one, of every remote asset.
    package let locationHosts: [String]

    /// The design of a site.
    ///
    /// - Parameter documents: the site's rendered documents.
    /// - Throws: `RehearsalError` where the design does not compile.
    package static func compile(_ documents: [DesignDocument]) throws(RehearsalError) -> EffectiveSite {
        let compiled = SiteDesign.compile(documents)
        if let site = compiled.site { return site }
        let reasons = compiled.messages.filter(\.error).map(Self.reason)
        throw RehearsalError((["The site design does not compile:"] + reasons).joined(separator: "\n  "))
    }

    package init(_ site: EffectiveSite) {
        var machines: [MachineDescription] = []
        var leftOut: [(name: String, reason: String)] = []
        var addresses = SampleAddresses()
        for (index, node) in site.nodes.enumerated() {
            do throws(RehearsalError) {
                machines.append(try Self.describe(node, index: index, in: site, &addresses))
            } catch {
                leftOut.append((node.name, error.description))
            }
        }
        self.machines = machines
        self.leftOut = leftOut
        var hosts = OrderedSet<String>()
        for action in site.bootActions {
            for asset in action.assets {
                if let host = asset.location.flatMap(Self.host) { hosts.append(host) }
            }
        }
        locationHosts = Array(hosts)
    }

    init(machines: [MachineDescription], locationHosts: [String] = []) {
        self.machines = machines
        self.locationHosts = locationHosts
        leftOut = []
    }

    /// The site with some of its machines.
    ///
    /// - Throws: `RehearsalError` for a name that is no machine's, or that of one which cannot be rehearsed.
    package func limited(to names: Set<String>) throws(RehearsalError) -> RehearsedSite {
        try check(names)
        return RehearsedSite(machines: machines.filter { names.contains($0.name) }, locationHosts: locationHosts)
    }

    /// Ordered faults that will have no effect on the machines of this site, a sentence each.
    ///
    /// - Parameter faults: by machine name.
    package func remarks(on faults: [String: [Fault]]) -> [String] {
        machines.flatMap { machine in
            (faults[machine.name] ?? []).compactMap { fault in
                machine.obstacle(to: fault).map { "\(fault.spelling) has no effect on \(machine.name): \($0)." }
            }
        }
    }

    /// - Throws: as `limited(to:)`.
    func check(_ names: Set<String>) throws(RehearsalError) {
        let known = machines.map(\.name)
        guard let unknown = names.sorted().first(where: { !known.contains($0) }) else { return }
        if let machine = leftOut.first(where: { $0.name == unknown }) {
            throw RehearsalError("\(unknown) cannot be rehearsed: \(machine.reason)")
        }
        throw RehearsalError("There is no machine \(unknown) in the site; there are \(known.joined(separator: ", ")).")
    }

    private static func reason(_ message: DesignValidationMessage) -> String {
        let documents = message.documents.map { "\($0.schema) \($0.name)" }.joined(separator: ", ")
        let hint = UnquotedMACAddress.hint(for: message.message).map { "\n    \($0)" } ?? ""
        return (documents.isEmpty ? "" : "\(documents): ") + message.message + hint
    }

    private static func describe(
        _ node: BaremetalNode, index: Int, in site: EffectiveSite, _ addresses: inout SampleAddresses
    ) throws(RehearsalError) -> MachineDescription {
        guard
            let bmcProtocol = MachineDescription.BMCProtocol(
                type: node.outOfBandType, scheme: node.outOfBandParameters["scheme"])
        else {
            throw RehearsalError(
                "its out-of-band type is \(node.outOfBandType ?? "none"), and there is a driver for ipmi, libvirt, manual "
                    + "and redfish.")
        }
        let hasBMC = bmcProtocol.isInDocuments
        guard let address = hasBMC ? node.outOfBandAddress : node.name else {
            throw RehearsalError("it has no address on its out-of-band network.")
        }
        let hardware = site.hardwareProfile(of: node)
        let mac = node.bootMACAddress ?? generatedMAC(machine: index, interface: 0)
        return MachineDescription(
            name: node.name, bmcAddress: address, bmcProtocol: bmcProtocol,
            account: hasBMC ? node.outOfBandAccount ?? "" : RehearsalMap.substituteAccount,
            credential: hasBMC
                ? node.outOfBandCredential ?? Secret("") : Secret(RehearsalMap.substituteCredential),
            bmcKey: hasBMC ? node.outOfBandKey : nil, mac: mac,
            firmware: hardware?.bootMode == .uefi ? .uefi : .bios,
            interfaces: interfaces(of: node, hardware: hardware, machine: index, bootMAC: mac, &addresses),
            disks: disks(of: node, hardware: hardware), assets: assets(of: node, in: site),
            namesNeighbours: node.ownerData.keys.contains { $0.hasPrefix(HardwareExpectations.Label.neighbour) })
    }

    /// One Ethernet interface for every slave that the design names, the boot interface first; that one alone where it names none.
    private static func interfaces(
        of node: BaremetalNode, hardware: HardwareProfile?, machine: Int, bootMAC: MACAddress,
        _ addresses: inout SampleAddresses
    ) -> [MachineDescription.Interface] {
        var slaves = OrderedSet<String>()
        for interface in node.interfaces { slaves.append(contentsOf: interface.slaves) }
        var taken = Set(slaves.compactMap { hardware?.device($0)?.address })
        var interfaces: [MachineDescription.Interface] = []
        for (index, slave) in slaves.enumerated() {
            let alias = hardware?.device(slave)
            let address = alias?.address.map { addresses.matching($0, besides: taken) }
            if let address { taken.insert(address) }
            interfaces.append(
                MachineDescription.Interface(
                    name: alias == nil ? slave : "ens\(index + 3)",
                    mac: index == 0 ? bootMAC : generatedMAC(machine: machine, interface: index),
                    address: address))
        }
        return interfaces.isEmpty ? [MachineDescription.Interface(name: "ens3", mac: bootMAC)] : interfaces
    }

    /// One disk for every physical device of the design, large enough for any layout of a small site.
    private static func disks(of node: BaremetalNode, hardware: HardwareProfile?) -> [MachineDescription.Disk] {
        // Names that the design gives itself are no alias's.
        let own = Set(node.storageDevices.map(\.name).filter { hardware?.device($0) == nil })
        var free = (0..<own.count + node.storageDevices.count).lazy.map(SampleAddresses.diskName)
            .filter { !own.contains($0) }.makeIterator()
        return node.storageDevices.map { device in
            let alias = hardware?.device(device.name)
            return MachineDescription.Disk(
                name: alias == nil ? device.name : free.next() ?? device.name, size: 960_000_000_000,
                address: alias?.address, bus: alias?.busType, needed: needed(device, of: node))
        }
    }

    /// In bytes: twice what partitions and logical volumes of the disk ask for in numbers, and 8 GiB at least.
    private static func needed(_ device: StorageDevice, of node: BaremetalNode) -> Int {
        let arrays = node.arrays.filter { array in array.parts.contains { $0.device == device.name } }
        let groups = Set(
            ([device.volumeGroup] + (device.partitions ?? []).map(\.volumeGroup) + arrays.map(\.volumeGroup))
                .compactMap(\.self))
        let volumes = node.volumeGroups.filter { groups.contains($0.name) }.flatMap { $0.logicalVolumes ?? [] }
        let sizes = (device.partitions ?? []).map(\.size) + volumes.map(\.size)
        var sum = 0.0
        for text in sizes {
            guard let text, let size = try? StorageSize(text), case .bytes(let factor) = size.unit else { continue }
            sum += Double(size.amount) * Double(factor)
        }
        return max(8 << 30, Int(exactly: (sum * 2).rounded()) ?? .max)
    }

    private static func assets(of node: BaremetalNode, in site: EffectiveSite) -> [MachineDescription.ExpectedAsset] {
        site.bootActions(of: node.name).flatMap { action in
            action.assets.compactMap { asset -> MachineDescription.ExpectedAsset? in
                guard asset.kind != .packageList, let path = asset.path else { return nil }
                let isLiteral =
                    asset.location == nil
                    && (asset.dataPipeline ?? []).allSatisfy { $0 == .utf8Decode || $0 == .utf8Encode }
                return MachineDescription.ExpectedAsset(
                    kind: asset.kind == .unit ? .units : .files, path: path, mode: asset.permissions ?? 0o600,
                    contents: isLiteral ? asset.data.map { Array($0.utf8) } : nil)
            }
        }
    }

    /// A locally administered address that is the same in every rehearsal of the site.
    private static func generatedMAC(machine: Int, interface: Int) -> MACAddress {
        let bytes: [UInt8] = [
            0x52, 0x54, 0x01, UInt8(truncatingIfNeeded: machine >> 8), UInt8(truncatingIfNeeded: machine),
            UInt8(truncatingIfNeeded: interface),
        ]
        // Six bytes are always an address.
        return MACAddress(bytes: bytes) ?? MACAddress.zero
    }

    /// The host of `scheme+http://user@host:port/path`; nil for references to Deckhand, which is the daemon itself.
    private static func host(of location: String) -> String? {
        guard let separator = location.firstRange(of: "://") else { return nil }
        guard !location[..<separator.lowerBound].hasPrefix("deckhand") else { return nil }
        let authority = location[separator.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@").last.map(String.init) ?? ""
        return host.isEmpty || host.contains("{") ? nil : host
    }
}
