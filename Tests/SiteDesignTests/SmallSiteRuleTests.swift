import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

/// The rules that are ours, `BY1001` and on.
@Suite("Rules for small sites")
struct SmallSiteRuleTests {
    private func findings(_ extra: String, of code: String) throws -> [String] {
        try Design.compile(extra).messages.filter { $0.name == code }.map { "\($0.level.title) \($0.message)" }
    }

    @Test(
        "one boot MAC on two machines is found in every way of writing it",
        arguments: ["52:54:00:00:00:11", "52-54-00-00-00-11", "5254.0000.0011", "525400000011"])
    func bootMAC(written: String) throws {
        let found = try findings(Design.node("n2", "metadata: {boot_mac: '\(written)'}"), of: "BY1001")
        #expect(
            found == [
                "Error Distinct Machines: Boot MAC address 52:54:00:00:00:11 of BaremetalNode n2 is that of BaremetalNode"
                    + " n1 too"
            ])
    }

    @Test("digits of a MAC address may be of either case")
    func bootMACCase() throws {
        let found = try findings(
            Design.node("n2", "metadata: {boot_mac: 'AA-BB-CC-DD-EE-FF'}")
                + "\n" + Design.node("n3", "metadata: {boot_mac: 'aa:bb:cc:dd:ee:ff'}", address: 13), of: "BY1001")
        #expect(found.count == 1)
    }

    @Test("two machines behind one BMC are found")
    func managementAddress() throws {
        let found = try findings(Design.node("n2", "", address: 11), of: "BY1001")
        #expect(
            found == [
                "Error Distinct Machines: BMC address 10.0.0.11 of BaremetalNode n2 is that of BaremetalNode n1 too"
            ])
    }

    private func network(_ name: String, _ members: String) -> String {
        "---\nschema: drydock/Network/v1\nmetadata: {name: \(name)}\ndata: {\(members)}\n"
    }

    @Test("a network that machines boot from serves addresses")
    func servingNetwork() throws {
        let found = try findings(
            network("pxe", "cidr: 10.1.0.0/24, ranges: [{type: static, start: 10.1.0.1, end: 10.1.0.9}]"), of: "BY1002")
        #expect(
            found == [
                "Warning Network Boot: Network pxe gives addresses by DHCP to BaremetalNode n1 but has no range of type dhcp",
                "Warning Network Boot: BaremetalNode n1 has no interface on a network with a range of type dhcp",
            ])
    }

    @Test("a machine without an interface on a network that serves addresses cannot boot")
    func bootInterface() throws {
        let found = try findings(Design.node("n2", "interfaces: {'!pxe': {}}"), of: "BY1002")
        #expect(
            found == ["Warning Network Boot: BaremetalNode n2 has no interface on a network with a range of type dhcp"])
    }

    @Test(
        "what is served is nobody else's: no gateway, no reserved range, no broadcast address",
        arguments: [
            ("{type: dhcp, start: 10.2.7.10, end: 10.2.7.20}", nil),
            (
                "{type: dhcp, start: 10.2.7.1, end: 10.2.7.20}",
                "Gateway 10.2.7.1 of Network n lies in a range of type dhcp"
            ),
            (
                "{type: dhcp, start: 10.2.7.200, end: 10.2.7.255}",
                "with 10.2.7.255, which is the broadcast address of 10.2.7.0/24"
            ),
            (
                "{type: dhcp, start: 10.2.7.10, end: 10.2.7.20}, {type: reserved, start: 10.2.7.15, end: 10.2.7.30}",
                "overlaps one of type reserved"
            ),
            (
                "{type: dhcp, start: 10.2.7.10, end: 10.2.7.20}, {type: dhcp, start: 10.2.7.20, end: 10.2.7.30}",
                "has two ranges of type dhcp that overlap"
            ),
            (
                "{type: dhcp, start: 'fd00::1', end: 'fd00::50'}",
                "has a range of type dhcp of IPv6, which is not served"
            ),
        ] as [(String, String?)])
    func served(ranges: String, expected: String?) throws {
        let found = try findings(
            network(
                "n",
                "cidr: 10.2.7.0/24, routes: [{subnet: 0.0.0.0/0, gateway: 10.2.7.1, metric: 10}], ranges: [\(ranges)]"),
            of: "BY1003")
        #expect(found.count == (expected == nil ? 0 : 1), "\(found)")
        if let expected { #expect(found.first?.contains(expected) == true, "\(found)") }
    }

    @Test("served ranges are apart from static ones and from addresses of machines, and within their network")
    func ranges() throws {
        let found = try findings(
            network(
                "mgmt",
                """
                cidr: 10.2.0.0/24, ranges: [{type: dhcp, start: 10.2.0.10, end: 10.2.1.20},
                  {type: static, start: 10.2.0.15, end: 10.2.0.30}]
                """), of: "BY1003")
        #expect(
            found == [
                "Warning Dynamic Range: Network mgmt has a range of type dhcp that is not within 10.2.0.0/24",
                "Warning Dynamic Range: Network mgmt has a range of type dhcp that overlaps one of type static",
                "Warning Dynamic Range: Address 10.2.0.11 of BaremetalNode n1 lies in a range of type dhcp of network mgmt",
            ])
    }

    @Test("ranges that cannot be read or are upside down are told")
    func writtenRanges() throws {
        let found = try findings(
            network(
                "mgmt",
                """
                cidr: 10.2.0.0/24, ranges: [{type: dhcp, start: 10.2.0.300, end: 10.2.0.20},
                  {type: static, start: 10.2.0.30, end: 10.2.0.20}]
                """), of: "BY1005")
        #expect(
            found == [
                "Warning Written Addresses: Range 10.2.0.300 to 10.2.0.20 of Network mgmt cannot be read",
                "Warning Written Addresses: Range 10.2.0.30 to 10.2.0.20 of Network mgmt ends before it begins",
            ])
    }

    private func onVolume(_ partitions: String) -> String {
        Design.node(
            "n2",
            """
            storage:
              physical_devices:
                '!bootdisk': {}
                sda: {partitions: [\(partitions)]}
              volume_groups: {data: {logical_volumes: [{name: root, size: 40g, filesystem: {mountpoint: /}}]}}
            """)
    }

    private let firmware = """
        ---
        schema: drydock/HardwareProfile/v1
        metadata: {name: generic}
        data:
          boot_mode: uefi
          device_aliases:
            nic1: {address: "0000:01:00.0", bus_type: pci, dev_type: NIC}
            nic2: {address: "0000:01:00.1", bus_type: pci, dev_type: NIC}
            nic3: {address: "0000:02:00.0", bus_type: pci, dev_type: NIC}

        """

    @Test("root on a logical volume needs a disk with partitions to boot from")
    func bootPartition() throws {
        let boot = "{name: boot, size: 1g, filesystem: {mountpoint: /boot}}"
        let efi = "{name: esp, size: 1g, filesystem: {mountpoint: /boot/efi, fstype: vfat}}"
        let message =
            "Warning Boot Partition: BaremetalNode n2 has its root on a logical volume and no partition to boot from"
        #expect(try findings(onVolume("{name: x, size: 1g}"), of: "BY1004") == [message])
        #expect(try findings(onVolume(boot), of: "BY1004").isEmpty)
        #expect(try findings(firmware + onVolume(boot), of: "BY1004").isEmpty)
        #expect(try findings(onVolume("{name: x, size: 50g, volume_group: data}"), of: "BY1004").isEmpty)
        #expect(try findings(firmware + onVolume(efi), of: "BY1004").isEmpty)
        #expect(try findings(firmware + onVolume("{name: x, size: 1g, bootable: true}"), of: "BY1004").isEmpty)
    }

    @Test(
        "a text that could reach a script, a server's configuration or a kernel command line is refused",
        arguments: [
            (#"a\nb"#, "a control character"), (#"a\"b"#, "a quote"), ("a'b", "a quote"), ("a${b", "'${'"),
            ("a;b", "';'"), ("a&&b", "'&&'"), ("a`b", "a backquote"), ("a$(b", "'$('"), (#"a\\b"#, "a backslash"),
        ])
    func unsafeTexts(text: String, hazard: String) throws {
        let places = [
            ("platform: {image: \"\(text)\"}", "Image of BaremetalNode n2"),
            ("platform: {kernel: \"\(text)\"}", "Kernel of BaremetalNode n2"),
            ("platform: {kernel_params: {init: \"\(text)\"}}", "Kernel parameter init of BaremetalNode n2"),
            ("platform: {kernel_params: {\"\(text)\": x}}", "Kernel parameter of BaremetalNode n2"),
            ("metadata: {rack: \"\(text)\"}", "Rack of BaremetalNode n2"),
            (
                "interfaces: {\"\(text)\": {device_link: pxe, slaves: [a], networks: []}}",
                "Interface of BaremetalNode n2"
            ),
            (
                "interfaces: {x: {device_link: pxe, slaves: [\"\(text)\"], networks: []}}",
                "Slave of interface x of BaremetalNode n2"
            ),
            (
                "storage: {physical_devices: {\"\(text)\": {partitions: [{name: a, size: 1g}]}}}",
                "Storage device of BaremetalNode n2"
            ),
            (
                "storage: {physical_devices: {sdb: {partitions: [{name: \"\(text)\", size: 1g}]}}}",
                "Partition of BaremetalNode n2"
            ),
            (
                "storage: {volume_groups: {data: {logical_volumes: [{name: \"\(text)\", size: 1g}]}}}",
                "Logical volume of BaremetalNode n2"
            ),
            (
                "storage: {volume_groups: {data: {logical_volumes: [{name: log, filesystem: {mountpoint: \"\(text)\"}}]}}}",
                "Mount point of BaremetalNode n2"
            ),
        ]
        for (members, place) in places {
            let design = try Design.compile(Design.node("n2", members))
            #expect(design.status == .invalid, "\(members)")
            let found = design.messages.filter { $0.name == "BY1006" }.map(\.message)
            #expect(found.contains("Safe Texts: \(place) has \(hazard) in it"), "\(members)")
        }
        let networks = [
            ("cidr: 10.2.0.0/24, dns: {domain: \"\(text)\"}", "Domain of Network mgmt"),
            ("cidr: 10.2.0.0/24, dns: {servers: \"\(text)\"}", "Name servers of Network mgmt"),
            ("cidr: 10.2.0.0/24, vlan: \"\(text)\"", "VLAN of Network mgmt"),
            ("cidr: 10.2.0.0/24, ranges: [{type: dhcp, start: \"\(text)\"}]", "Start of a range of Network mgmt"),
        ]
        for (members, place) in networks {
            let found = try findings(network("mgmt", members), of: "BY1006")
            #expect(found.contains("Error Safe Texts: \(place) has \(hazard) in it"), "\(members)")
        }
    }

    @Test("the name of a node is shown as one line, however it is written")
    func unsafeName() throws {
        let found = try findings(Design.node(#""n2\nexit""#, ""), of: "BY1006")
        #expect(found.contains(#"Error Safe Texts: Name of BaremetalNode 'n2\nexit' has a control character in it"#))
    }

    @Test("of many unknown names all are told, and the first hundred with the nearest name")
    func manyUnknownNames() throws {
        let names = (0..<150).map { "m\($0)" }.joined(separator: ", ")
        let action = """
            ---
            schema: drydock/BootAction/v1
            metadata: {name: many}
            data:
              signaling: false
              node_filter: {filter_set_type: union, filter_set: [{filter_type: union, node_names: [n1, \(names)]}]}
              assets: [{type: file, path: /etc/many, permissions: '644', data_pipeline: [utf8_decode], data: x}]
            """
        let found = try Design.compile(action).messages.filter { $0.name == "BY1022" }
        #expect(found.count == 150)
        #expect(
            found.prefix(100).allSatisfy { $0.diagnostic.hasPrefix("Correct the name, or add the BaremetalNode. ") })
        #expect(found.dropFirst(100).allSatisfy { $0.diagnostic == "Correct the name, or add the BaremetalNode." })
    }
}
