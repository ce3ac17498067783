import Primitives
import SiteDesign

/// A network of the design on which machines get addresses by DHCP (`docs/reference/netboot.md` §5).
package struct ProvisioningNetwork: Sendable, Hashable {
    /// The name of the `Network` document.
    package var name: String
    package var subnet: IPv4Network
    /// For machines without an address of their own.
    package var ranges: [ClosedRange<IPv4Address>]
    package var gateway: IPv4Address?
    package var dnsServers: [IPv4Address]
    /// Nil where the design's cannot be a domain.
    package var domain: String?
    /// In bytes, at most 1500: firmware that is told of more drops what is longer.
    package var mtu: Int

    /// Those of a site, in the order of its documents: IPv4 networks that have a range of type `dhcp`, or from which a
    /// machine with a static address boots. What is labelled `noconfig` is left alone.
    package static func all(in site: EffectiveSite) -> [ProvisioningNetwork] {
        let booting = Set(site.nodes.compactMap { BootAddress($0, in: site)?.network })
        let links = Dictionary(
            site.networkLinks.flatMap { link in link.allowedNetworks.map { ($0, [link]) } }, uniquingKeysWith: +)
        return site.networks.compactMap { network in
            let carriers = links[network.name] ?? []
            guard network.isConfigured, carriers.isEmpty || carriers.contains(where: \.isConfigured),
                let subnet = network.subnet, subnet.prefixLength <= 30
            else { return nil }
            let ranges = network.ranges.compactMap { range(of: $0, in: subnet) }
            guard !ranges.isEmpty || booting.contains(network.name) else { return nil }
            let mtu = network.mtu ?? carriers.first { $0.nativeNetwork == network.name }?.mtu ?? Self.mtu
            return ProvisioningNetwork(
                name: network.name, subnet: subnet, ranges: ranges,
                gateway: network.defaultGateway.flatMap { IPv4Address($0) }.flatMap { subnet.contains($0) ? $0 : nil },
                dnsServers: network.dnsServerList.compactMap { IPv4Address($0) },
                domain: HostName.isDomain(network.dnsDomain) ? network.dnsDomain : nil,
                mtu: max(leastMTU, min(mtu, Self.mtu)))
        }
    }

    /// Ethernet's.
    static let mtu = 1500
    /// What every host of IPv4 takes (RFC 791 §3.1).
    private static let leastMTU = 576

    private static func range(of written: AddressRange, in subnet: IPv4Network) -> ClosedRange<IPv4Address>? {
        guard written.kind == "dhcp", let start = written.start.flatMap({ IPv4Address($0) }),
            let end = written.end.flatMap({ IPv4Address($0) }), subnet.contains(start), subnet.contains(end),
            start <= end
        else { return nil }
        return start...end
    }

    /// How many addresses its ranges have.
    var size: Int { ranges.reduce(0) { $0 + Int($1.upperBound.rawValue - $1.lowerBound.rawValue) + 1 } }
}

/// From where a machine boots, and the address that it gets there.
package struct BootAddress: Sendable, Hashable {
    package var mac: MACAddress
    /// The untagged network of the cable that boots; nil where the design does not tell.
    var network: String?
    /// Nil where the machine gets one of a range.
    package var address: IPv4Address?

    /// Nil for a machine without a boot MAC.
    ///
    /// The cable carries an untagged network on which the machine has an address. Of several it is one whose network has a range
    /// for DHCP, else that of the primary network, else one that is no bond, else the first.
    package init?(_ node: BaremetalNode, in site: EffectiveSite) {
        guard let mac = node.bootMACAddress, mac != .zero else { return nil }
        self.mac = mac
        var best = -1
        for interface in node.interfaces {
            guard let link = interface.link.flatMap({ site.networkLink(named: $0) }), link.isConfigured,
                let native = link.nativeNetwork, node.addressing.contains(where: { $0.network == native })
            else { continue }
            let ranges = site.network(named: native)?.ranges ?? []
            let marks = [
                ranges.contains { $0.kind == "dhcp" }, node.settings.primaryNetwork == native,
                interface.slaves.count < 2,
            ]
            let rank = marks.reduce(0) { $0 * 2 + ($1 ? 1 : 0) }
            if rank > best { (best, network) = (rank, native) }
        }
        guard let network, let subnet = site.network(named: network)?.subnet else { return }
        let assigned = node.addressing.first { $0.network == network && $0.address != nil }?.ipv4
        address = assigned.flatMap { subnet.contains($0) ? $0 : nil }
    }
}

/// Names of hosts and domains (RFC 1123 §2.1).
enum HostName {
    /// Letters, digits and hyphens, none of these at the ends; 1 to 63 of them.
    static func isLabel(_ text: some StringProtocol) -> Bool {
        guard (1...63).contains(text.utf8.count), !text.hasPrefix("-"), !text.hasSuffix("-") else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen:
                true
            default: false
            }
        }
    }

    /// Labels with dots between; 253 characters at most.
    static func isDomain(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel($0) }
    }

    private static let hyphen = UInt8(ascii: "-")
}
