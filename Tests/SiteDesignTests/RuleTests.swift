import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

/// The messages are those that Drydock's validators were recorded with.
@Suite("Rules of Drydock")
struct RuleTests {
    private func findings(_ extra: String) throws -> [String] {
        try Design.compile(extra).messages.filter { $0.level == .error }.map { "\($0.name) \($0.message)" }
    }

    private func document(_ kind: String, _ name: String, _ data: String) -> String {
        "---\nschema: drydock/\(kind)/v1\nmetadata: {name: \(name)}\ndata: \(data)\n"
    }

    /// A link with tags and no networks, and further members.
    private static func link(_ members: String = "", mtu: Int = 1500, networks: String = "") -> String {
        "{mtu: \(mtu), linkspeed: auto, trunking: {mode: 802.1q}, allowed_networks: [\(networks)]\(members)}"
    }

    private static func untagged(_ native: String, mtu: Int = 1500, networks: String = "") -> String {
        "{mtu: \(mtu), linkspeed: auto, trunking: {mode: disabled\(native)}, allowed_networks: [\(networks)]}"
    }

    private static func disk(_ name: String, _ partitions: String) -> String {
        "storage: {physical_devices: {\(name): {partitions: [\(partitions)]}}}"
    }

    private static let trunking = "DD2004 Network Trunking Rationalty: "
    private static let locality = "DD2002 IP Locality Check: "

    @Test(
        "links: tags, delays, frames and the networks that they carry",
        arguments: [
            (
                "oob",
                untagged(", default_network: oob", networks: "oob, spare"),
                trunking + "If there is more than 1 allowed network,trunking mode must be enabled"
            ),
            (
                "oob", untagged("", networks: "oob"),
                trunking + "Trunking mode is disabled, a trunking default_network must be defined"
            ),
            (
                "spare",
                untagged(", default_network: storage", mtu: 9000),
                trunking + "Network link native network has a defined VLAN tag."
            ),
            (
                "spare",
                link(", bonding: {mode: 802.3ad, mon_rate: 150, up_delay: 50}"),
                "DD1006 Network Bond Rationality: Up delay 50 is less than mon rate 150"
            ),
            (
                "spare",
                link(", bonding: {mode: 802.3ad, mon_rate: 150, down_delay: 50}"),
                "DD1006 Network Bond Rationality: Down delay 50 is less than mon rate 150"
            ),
            (
                "spare", link(mtu: 700),
                "DD2003 MTU Rationality: MTU must be between 1280 and 65536, value is 700"
            ),
            (
                "spare", link(networks: "storage"),
                "DD1007 Allowed Network Check: Allowed network storage duplicated on NetworkLink gp and NetworkLink spare"
            ),
        ])
    func links(name: String, data: String, message: String) throws {
        #expect(try findings(document("NetworkLink", name, data)) == [message])
    }

    @Test("delays as long as the time between two looks, and links with tags and one network, are sound")
    func soundLinks() throws {
        let data =
            Self.link(", bonding: {mode: 802.3ad, mon_rate: 50, up_delay: 50, down_delay: 50}", mtu: 65536)
        #expect(try findings(document("NetworkLink", "spare", data)).isEmpty)
    }

    @Test(
        "networks: host bits, frames, and gateways within",
        arguments: [
            (
                "spare", "{cidr: 172.16.100.1/24}",
                "DD2006 CIDR Validity: The provided CIDR 172.16.100.1/24 has host bits set"
            ),
            (
                "spare", "{cidr: 10.7.0.0/24, mtu: 70000}",
                "DD2003 MTU Rationality: MTU must be between 1280 and 65536, value is 70000"
            ),
            (
                "pxe", "{cidr: 10.1.0.0/24, mtu: 9000, ranges: [{type: dhcp, start: 10.1.0.100, end: 10.1.0.200}]}",
                "DD2003 MTU Rationality: MTU must be <= the parent Network Link; for Network pxe"
            ),
            (
                "spare", "{cidr: 172.16.1.0/24, routes: [{subnet: 0.0.0.0/0, metric: 10}]}",
                locality
                    + "No gateway found for route [{'subnet': '0.0.0.0/0', 'gateway': None, 'metric': '10', 'routedomain': None}]."
            ),
            (
                "mgmt", "{cidr: 10.2.0.0/24, routes: [{subnet: 0.0.0.0/0, gateway: 141.16.1.1}]}",
                locality + "The gateway IP Address 141.16.1.1 is not within the defined CIDR: 10.2.0.0/24 of mgmt."
            ),
        ])
    func networks(name: String, data: String, message: String) throws {
        #expect(try findings(document("Network", name, data)) == [message])
    }

    @Test(
        "what stops a rule is told with its document",
        arguments: [
            ("Network", "spare", "{cidr: nonsense}", "invalid IPNetwork nonsense"),
            (
                "Network", "spare", "{cidr: 10.7.0.0/24, routes: [{subnet: 0.0.0.0/0, gateway: here}]}",
                "'here' of Network spare does not appear to be an IPv4 address"
            ),
            (
                "BaremetalNode", "n2", "{host_profile: base, addressing: [{network: oob, address: 10.0.0.300}]}",
                "'10.0.0.300' of BaremetalNode n2 does not appear to be an IPv4 address"
            ),
            (
                "BaremetalNode", "n2",
                "{host_profile: base, addressing: [{network: oob, address: 10.0.0.12}], \(disk("sdc", "{name: p}"))}",
                "Partition p of BaremetalNode n2 has no size"
            ),
            (
                "BaremetalNode", "n2",
                "{host_profile: base, addressing: [{network: oob, address: 10.0.0.12}], "
                    + "\(disk("sdc", "{name: p, size: '>20%'}"))}",
                "Partition p of BaremetalNode n2 has the size >20%, which is no percentage"
            ),
        ])
    func stopped(kind: String, name: String, data: String, message: String) throws {
        let design = try Design.compile(document(kind, name, data))
        #expect(design.status == .failure)
        #expect(design.messages.last?.message.hasSuffix(message) == true, "\(design.messages.last?.message ?? "")")
    }

    @Test(
        "machines: their disks, their names and how they are reached",
        arguments: [
            (
                disk("bootdisk", "{name: root, size: '30'}"),
                [
                    "DD1001 Rational Boot Storage: Root volume has an invalid size format on BaremetalNoden2.",
                    "DD1001 Rational Boot Storage: Root volume has to be set and must be > 20GB on BaremetalNode n2",
                ]
            ),
            (
                disk("bootdisk", "{name: root, size: 19g}"),
                ["DD1001 Rational Boot Storage: Root volume must be > 20GB on BaremetalNode n2"]
            ),
            (
                disk("bootdisk", "{name: root, size: 30g}, {name: boot, size: 900m}"),
                ["DD1001 Rational Boot Storage: Boot volume must be > 1GB on BaremetalNode n2"]
            ),
            (
                disk("bootdisk", "{name: root, size: 30g}, {name: boot, size: '>1g'}"),
                ["DD1001 Rational Boot Storage: Boot volume has an invalid size format on BaremetalNode n2."]
            ),
            (
                "storage: {physical_devices: {'!bootdisk': {}}}",
                ["DD1001 Rational Boot Storage: Root volume has to be set and must be > 20GB on BaremetalNode n2"]
            ),
            (
                disk("sdc", "{name: a, size: 60%}, {name: b, size: 40%}"),
                ["DD2003 Storage Sizing: Cumulative partition sizes on device sdc is greater than 99%."]
            ),
            (
                disk("sdc", "{name: a, size: '-5%'}"),
                ["DD2003 Storage Sizing: Partition a size is < 0 "]
            ),
            (
                disk("sdc", "{name: a, size: 5g, filesystem: {mountpoint: /boot}}"),
                ["DD2004 Storage Mountpoint: Mountpoint \"/boot\" already exists"]
            ),
            (
                "oob: {type: libvirt}",
                [
                    "DD4002 Valid Libvirt Configuration: OOB parameter libvirt_uri missing for type libvirt.",
                    "DD4002 Valid Libvirt Configuration: libvirt-based node requries defined boot MAC address.",
                ]
            ),
            (
                "oob: {type: libvirt, libvirt_uri: 'http://host'}\nmetadata: {boot_mac: '52:54:00:00:00:12'}",
                ["DD4002 Valid Libvirt Configuration: OOB parameter libvirt_uri has invalid scheme."]
            ),
            (
                "interfaces: {bond0: {device_link: nowhere}}",
                [
                    "DD1007 Allowed Network Check: Interface bond0 connected to undefined network link nowhere.",
                    "DD1007 Allowed Network Check: Interface bond0 connected to undefined network link nowhere.",
                ]
            ),
        ])
    func machines(members: String, messages: [String]) throws {
        let found = try findings(Design.node("n2", members))
        for message in Set(messages) {
            #expect(found.count { $0 == message } == messages.count { $0 == message }, "\(found)")
        }
        #expect(found.filter { $0.hasPrefix("DD") }.count == messages.count, "\(found)")
    }

    @Test("a host name has 255 characters, its labels 63 of letters, digits and hyphens")
    func hostNames() throws {
        let label = String(repeating: "a", count: 63)
        let domain = Array(repeating: label, count: 4).joined(separator: ".")
        let network = document(
            "Network", "mgmt", "{cidr: 10.2.0.0/24, dns: {domain: \(domain), servers: 10.2.0.2}}")
        #expect(
            try findings(network) == [
                "DD3003 Hostname Validity: FQDN n1.\(domain) is invalid, greater than 255 characters."
            ])
        let found = try findings(Design.node("bad__name", "")).filter { $0.hasPrefix("DD") }
        #expect(
            found == [
                "DD3003 Hostname Validity: FQDN bad__name.example.com is invalid - label 'bad__name' is invalid."
            ])
    }

    @Test("an empty design is warned about, not refused")
    func empty() {
        let design = SiteDesign.compile([])
        #expect(
            design.messages.filter { $0.level == .warning }.map(\.message) == [
                "CIDR Validity: No networks found.", "IP Locality Check: No networks found.",
                "IP Locality Check: No baremetal_nodes found.", "Duplicated IP Check: No BaremetalNodes Found.",
                "Platform Selection: "
                    + "Platform Validation: No enabled node driver, imageand kernel selections not validated.",
            ])
        #expect(design.status == .success)
    }
}
