import Primitives
import SiteDesign

/// The files that dnsmasq reads: one with what holds for all, and one for each machine (`docs/reference/netboot.md` §5).
///
/// Every value in them is a number, an address or a name that was parsed or checked before, so that a document cannot
/// bring a directive in.
package struct DHCPConfiguration: Sendable, Hashable {
    /// `dnsmasq.conf`. Where leases, programs and the machines' files lie is no part of it.
    package var main: String
    /// The contents of the machines' files by their names, `52-54-00-20-01-11`. Each is one line.
    package var hosts: [String: String]
    /// What an operator should know, a sentence each: a machine or a kind of firmware that gets less than it might.
    package var remarks: [String]

    /// Renders the configuration of a site.
    ///
    /// - Parameters:
    ///   - interface: the interface of the provisioning network.
    ///   - nodeURL: the address of the listener `node` as machines reach it.
    ///   - programs: the names of the boot programs that are there.
    /// - Throws: `BoatyardError` `dhcp.node_url` for an address that cannot stand in a DHCP answer.
    package init(
        site: EffectiveSite, settings: DHCPServerSettings, interface: String, nodeURL: String, programs: Set<String>
    ) throws(BoatyardError) {
        let networks = settings.mode == .off ? [] : ProvisioningNetwork.all(in: site)
        var lines = [
            "# Written by boatyardd from the committed site design. Changes are lost.", "port=0",
            "interface=\(interface)", "bind-dynamic",
        ]
        var text = MainFile(settings: settings, nodeURL: nodeURL, programs: programs)
        if settings.mode != .off {
            try NodeAddress.check(nodeURL)
            lines += text.detection + text.networks(networks, interface: interface) + text.programs()
        }
        let mtu = networks.map(\.mtu).min() ?? ProvisioningNetwork.mtu
        lines += ["tftp-single-port", "tftp-mtu=\(mtu)", "tftp-max=400"]
        main = lines.joined(separator: "\n") + "\n"
        hosts = [:]
        remarks = text.remarks
        if settings.mode == .authoritative { addHosts(of: site, networks) }
    }

    private mutating func addHosts(of site: EffectiveSite, _ networks: [ProvisioningNetwork]) {
        let served = Set(networks.map(\.name))
        var owners: [MACAddress: String] = [:]
        var addresses: [IPv4Address: String] = [:]
        for node in site.nodes {
            guard let boot = BootAddress(node, in: site) else {
                remarks.append(
                    "\(node.name) has no boot MAC: it gets an address as a machine that nobody knows. Set boot_mac in its "
                        + "metadata.")
                continue
            }
            if let owner = owners[boot.mac] {
                remarks.append("\(node.name) has the boot MAC \(boot.mac) of \(owner) and gets no address of its own.")
                continue
            }
            owners[boot.mac] = node.name
            var fields = [boot.mac.description]
            if let address = boot.address, boot.network.map(served.contains) == true {
                if let owner = addresses[address] {
                    remarks.append("\(node.name) has the address \(address) of \(owner) and gets another one to boot.")
                } else {
                    addresses[address] = node.name
                    fields.append(address.description)
                }
            }
            if HostName.isLabel(node.name) { fields.append(node.name) }
            hosts[Self.fileName(of: boot.mac)] = fields.joined(separator: ",") + "\n"
        }
    }

    /// `52-54-00-20-01-11`
    package static func fileName(of mac: MACAddress) -> String {
        String(mac.description.map { $0 == ":" ? "-" : $0 })
    }
}

/// The lines of `dnsmasq.conf` that answer DHCP.
private struct MainFile {
    let settings: DHCPServerSettings
    let nodeURL: String
    private let available: Set<String>
    private(set) var remarks: [String] = []

    init(settings: DHCPServerSettings, nodeURL: String, programs: Set<String>) {
        self.settings = settings
        self.nodeURL = nodeURL
        available = programs
    }

    /// Tags by what a client tells. iPXE is known by its own option, or by its user class.
    var detection: [String] {
        ["dhcp-match=set:ipxe,175", "dhcp-userclass=set:ipxe,iPXE"]
            + BootClient.allCases.flatMap { client in
                client.architectures.map { "dhcp-match=set:\(client.rawValue),option:client-arch,\($0)" }
            }
    }

    func networks(_ networks: [ProvisioningNetwork], interface: String) -> [String] {
        guard settings.mode == .authoritative else {
            return networks.map { "dhcp-range=\($0.subnet.network),proxy,\($0.subnet.netmask)" }
        }
        // Clients are known by their MAC: firmware, installer and installed system name themselves differently.
        var lines = ["dhcp-authoritative", "dhcp-ignore-clid", "no-ping"]
        if settings.announcesRouters {
            lines += [
                "enable-ra", "quiet-ra", "ra-param=\(interface),60,0", "dhcp-range=::,constructor:\(interface),ra-only",
            ]
        }
        var leases = Self.spareLeases
        for (index, network) in networks.enumerated() {
            let tag = "net-\(index)"
            let mask = network.subnet.netmask
            lines.append("# \(network.subnet.network)/\(network.subnet.prefixLength)")
            if network.ranges.isEmpty {
                lines.append("dhcp-range=set:\(tag),\(network.subnet.network),static,\(mask),\(Self.leaseTime)")
            }
            lines += network.ranges.map {
                "dhcp-range=set:\(tag),\($0.lowerBound),\($0.upperBound),\(mask),\(Self.leaseTime)"
            }
            leases += network.size
            // Without a value the option is not sent; dnsmasq would send its own address.
            lines.append("dhcp-option=tag:\(tag),option:router\(network.gateway.map { ",\($0)" } ?? "")")
            lines.append(
                "dhcp-option=tag:\(tag),option:dns-server" + network.dnsServers.map { ",\($0)" }.joined())
            if let domain = network.domain { lines.append("dhcp-option=tag:\(tag),option:domain-name,\(domain)") }
            lines.append("dhcp-option=tag:\(tag),option:mtu,\(network.mtu)")
        }
        lines.append("dhcp-lease-max=\(min(leases, 1_000_000))")
        return lines
    }

    /// `DHCPLease.Terms` knows it, too.
    private static let leaseTime = "60m"
    /// For machines with addresses of their own.
    private static let spareLeases = 10_000

    /// The last line that matches wins, so that those of firmware do not match iPXE.
    mutating func programs() -> [String] {
        var lines: [String] = []
        for client in BootClient.allCases {
            if let program = client.program(settings, of: available) {
                lines += answer(client, program)
            } else if client == .bios || client == .efiX64 {
                remarks.append(
                    "There is no boot program for \(client.rawValue), \(client.programs(settings)[0]): machines with such "
                        + "firmware get an address and nothing to boot. Make it with boatyard netboot build.")
            }
        }
        lines.append("dhcp-boot=tag:ipxe,\(NodeAddress.script(nodeURL))")
        if settings.mode == .authoritative { lines.append(Self.onlyOffer) }
        return lines
    }

    /// iPXE's option `no-pxedhcp`: it need not wait two seconds for the offers of proxies.
    private static let onlyOffer = "dhcp-option-force=tag:ipxe,encap:175,176,1b"

    private func answer(_ client: BootClient, _ program: String) -> [String] {
        let tags = "tag:\(client.rawValue),tag:!ipxe"
        switch (settings.mode, client.isHTTP) {
        case (.proxy, true):
            // dnsmasq answers no HTTPClient as a proxy.
            return []
        case (.proxy, false):
            return client.architectures.map { "pxe-service=tag:!ipxe,\($0),\"Boatyard\",\(program)" }
        case (_, true):
            return [
                "dhcp-boot=\(tags),\(BootProgramLocation.address(of: program, nodeURL: nodeURL))",
                // Firmware takes no other answer, and does not ask for the option.
                "dhcp-option-force=\(tags),60,HTTPClient",
            ]
        case (_, false): return ["dhcp-boot=\(tags),\(program)"]
        }
    }
}

/// Where boot programs are served by HTTP.
package enum BootProgramLocation {
    /// Below the address of the listener `node`.
    package static let path = "/netboot/boot"

    /// Of one program.
    package static func address(of program: String, nodeURL: String) -> String { "\(nodeURL)\(path)/\(program)" }
}
