import Netboot
import Primitives
import SiteDesign
import TestSupport
import YAML

/// A small site whose provisioning network is 10.20.1.0/24, and another one behind a relay, 10.30.1.0/24.
enum SampleSite {
    static let networks = """
        ---
        schema: drydock/NetworkLink/v1
        metadata: {name: pxe}
        data:
          bonding: {mode: disabled}
          mtu: 9000
          linkspeed: auto
          trunking: {mode: disabled, default_network: pxe}
          allowed_networks: [pxe]
        ---
        schema: drydock/NetworkLink/v1
        metadata: {name: far}
        data:
          bonding: {mode: disabled}
          mtu: 1420
          linkspeed: auto
          trunking: {mode: disabled, default_network: far}
          allowed_networks: [far]
        ---
        schema: drydock/NetworkLink/v1
        metadata: {name: oob}
        data:
          bonding: {mode: disabled}
          mtu: 1500
          linkspeed: auto
          trunking: {mode: disabled, default_network: oob}
          allowed_networks: [oob]
          labels: {noconfig: enabled}
        ---
        schema: drydock/Network/v1
        metadata: {name: pxe}
        data:
          cidr: 10.20.1.0/24
          ranges:
            - {type: static, start: 10.20.1.11, end: 10.20.1.140}
            - {type: dhcp, start: 10.20.1.150, end: 10.20.1.250}
          dns: {domain: harbour.example.com, servers: "10.20.1.1, 10.20.1.2, fd00::1"}
        ---
        schema: drydock/Network/v1
        metadata: {name: far}
        data:
          cidr: 10.30.1.0/24
          routes:
            - {subnet: 0.0.0.0/0, gateway: 10.30.1.1}
          dhcp_relay: {self_ip: 10.30.1.1, upstream_target: 10.20.1.1}
          dns: {domain: "far away", servers: "10.30.1.1"}
        ---
        schema: drydock/Network/v1
        metadata: {name: oob}
        data:
          cidr: 10.20.0.0/24
          ranges:
            - {type: dhcp, start: 10.20.0.150, end: 10.20.0.250}

        """

    /// A machine on one cable, in the network of that link.
    static func node(_ name: String, mac: String, network: String = "pxe", address: String) -> String {
        """
        ---
        schema: drydock/BaremetalNode/v1
        metadata: {name: \(name)}
        data:
          host_profile: plain
          interfaces:
            eno1: {device_link: \(network), slaves: [eno1], networks: [\(network)]}
          addressing:
            - {network: \(network), address: \(address)}
          metadata: {boot_mac: '\(mac)'}

        """
    }

    static let profiles = """
        ---
        schema: drydock/HardwareProfile/v1
        metadata: {name: plain}
        data: {vendor: any, generation: '1', hw_version: '1', bios_version: '1', boot_mode: bios}
        ---
        schema: drydock/HostProfile/v1
        metadata: {name: plain}
        data:
          hardware_profile: plain
          primary_network: pxe
          oob: {type: manual}

        """

    static let machines =
        node("n1", mac: "52:54:00:20:01:11", address: "10.20.1.11")
        + node("n2", mac: "52:54:00:20:01:12", address: "10.20.1.12")
        + node("n3", mac: "52:54:00:20:01:13", network: "far", address: "10.30.1.13")

    static func site(_ text: String) throws -> EffectiveSite {
        let documents = try YAML.load(Array(text.utf8)).compactMap { DesignDocument($0) }
        return SiteDesign.compile(documents).draft
    }

    static func site(machines: String = machines) throws -> EffectiveSite {
        try site(networks + profiles + machines)
    }

    /// As many machines as there are, with addresses from 10.40.0.1 on.
    static func large(_ count: Int, changing changed: Int? = nil) throws -> EffectiveSite {
        let network = """
            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: wide}
            data:
              bonding: {mode: disabled}
              mtu: 1500
              linkspeed: auto
              trunking: {mode: disabled, default_network: wide}
              allowed_networks: [wide]
            ---
            schema: drydock/Network/v1
            metadata: {name: wide}
            data: {cidr: 10.40.0.0/16}

            """
        let nodes = (1...count).map { number in
            let place = number == changed ? number + 20_000 : number
            return node(
                "m\(number)", mac: "52:54:00:40:\(hex(number >> 8)):\(hex(number))", network: "wide",
                address: "10.40.\(place >> 8).\(place & 255)")
        }
        return try site(network + profiles + nodes.joined())
    }

    private static func hex(_ number: Int) -> String { [UInt8(truncatingIfNeeded: number)].hex }

    static let programs: Set<String> = [
        "undionly.kpxe", "snponly.efi", "ipxe.efi", "shimx64.efi", "grubx64.efi", "snponly-i386.efi",
        "snponly-arm32.efi", "snponly-arm64.efi",
    ]

    static func configuration(
        _ site: EffectiveSite? = nil, mode: DHCPMode = .authoritative, interface: String = "eno2",
        nodeURL: String = "http://10.20.1.1:8080", programs: Set<String> = programs,
        settings: DHCPServerSettings = .init()
    ) throws -> DHCPConfiguration {
        var settings = settings
        settings.mode = mode
        return try DHCPConfiguration(
            site: site ?? self.site(), settings: settings, interface: interface, nodeURL: nodeURL, programs: programs)
    }
}
