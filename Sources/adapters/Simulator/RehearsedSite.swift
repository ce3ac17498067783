import OrderedCollections
import Primitives
import SiteDesign

/// A site as a rehearsal sees it: its machines, and the hosts that boot actions fetch from.
package struct RehearsedSite: Sendable {
    /// The machines of the site.
    package let machines: [MachineDescription]
    /// Host, with its port where the location gives one, of every remote asset.
    package let locationHosts: [String]

    /// - Parameter documents: the site's rendered documents.
    /// - Throws: `RehearsalError` where the design does not compile or a machine cannot be reached by IPMI.
    package init(documents: [DesignDocument]) throws(RehearsalError) {
        let compiled = SiteDesign.compile(documents)
        guard let site = compiled.site else {
            let reasons = compiled.messages.filter(\.error).map(Self.reason)
            throw RehearsalError((["The site design does not compile:"] + reasons).joined(separator: "\n  "))
        }
        var machines: [MachineDescription] = []
        for (index, node) in site.nodes.enumerated() {
            machines.append(try Self.describe(node, index: index, in: site))
        }
        self.machines = machines
        var hosts = OrderedSet<String>()
        for action in site.bootActions {
            for asset in action.assets {
                if let host = asset.location.flatMap(Self.host) { hosts.append(host) }
            }
        }
        locationHosts = Array(hosts)
    }

    private static func reason(_ message: DesignValidationMessage) -> String {
        let documents = message.documents.map { "\($0.schema) \($0.name)" }.joined(separator: ", ")
        let hint = UnquotedMACAddress.hint(for: message.message).map { "\n    \($0)" } ?? ""
        return (documents.isEmpty ? "" : "\(documents): ") + message.message + hint
    }

    private static func describe(
        _ node: BaremetalNode, index: Int, in site: EffectiveSite
    ) throws(RehearsalError) -> MachineDescription {
        guard node.outOfBandType == OutOfBandType.ipmi.rawValue else {
            throw RehearsalError(
                "\(node.name) is reached by \(node.outOfBandType ?? "nothing"): only IPMI machines can be rehearsed.")
        }
        guard let address = node.outOfBandAddress else {
            throw RehearsalError("\(node.name) has no address on its out-of-band network.")
        }
        let hardware = site.hardwareProfile(of: node)
        let mac = node.bootMACAddress ?? generatedMAC(machine: index, interface: 0)
        return MachineDescription(
            name: node.name, bmcAddress: address, account: node.outOfBandAccount ?? "",
            credential: node.outOfBandCredential ?? Secret(""), mac: mac,
            interfaces: interfaces(of: node, hardware: hardware, machine: index, bootMAC: mac),
            disks: disks(of: node, hardware: hardware), assets: assets(of: node, in: site))
    }

    /// One Ethernet interface for every slave that the design names, the boot interface first.
    private static func interfaces(
        of node: BaremetalNode, hardware: HardwareProfile?, machine: Int, bootMAC: MACAddress
    ) -> [MachineDescription.Interface] {
        var slaves = OrderedSet<String>()
        for interface in node.interfaces { slaves.append(contentsOf: interface.slaves) }
        return slaves.enumerated().map { index, slave in
            let alias = hardware?.device(slave)
            return MachineDescription.Interface(
                name: alias == nil ? slave : "ens\(index + 3)",
                mac: index == 0 ? bootMAC : generatedMAC(machine: machine, interface: index), address: alias?.address)
        }
    }

    /// One disk for every physical device of the design, large enough for any layout of a small site.
    private static func disks(of node: BaremetalNode, hardware: HardwareProfile?) -> [MachineDescription.Disk] {
        node.storageDevices.enumerated().map { index, device in
            let alias = hardware?.device(device.name)
            let letter = String(UnicodeScalar(UInt8(97 + index % 26)))
            return MachineDescription.Disk(
                name: alias == nil ? device.name : "sd" + letter, size: 960_000_000_000, address: alias?.address)
        }
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
