import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Validators")
struct ValidatorTests {
    private func findings(_ extra: String, images: OrderedDictionary<String, [String]>? = nil) throws -> [String] {
        let platform = images.map { ImageCatalogSource.catalog(ImageCatalog(images: $0)) } ?? .absent
        return try Design.compile(extra, platform: platform).messages.filter { $0.level != .info }.map {
            "\($0.name) \($0.message)"
        }
    }

    private let noDriver =
        "DD3001 Platform Selection: Platform Validation: No enabled node driver, imageand kernel selections not validated."

    @Test("a sound site passes all eighteen, each of which says so")
    func sound() throws {
        let design = try Design.compile()
        #expect(design.status == .success)
        #expect(
            design.messages.filter { $0.level == .info }.map(\.name) == [
                "DD1001", "DD2006", "DD1008", "DD2002", "DD2003", "DD2004", "DD2005", "DD3001", "DD1006", "DD2002",
                "DD2003", "DD2004", "DD1007", "DD3003", "DD4001", "DD4002", "DD4001", "DD4002",
            ])
        #expect(try findings("") == [noDriver])
    }

    @Test("images and kernels are asked of who installs them")
    func platform() throws {
        #expect(try findings("", images: ["debian-12": ["generic"]]).isEmpty)
        #expect(
            try findings("", images: ["debian-12": ["rt"]])
                == ["DD3001 Platform Selection: Platform Validation: invalid kernel generic on node n1"])
        #expect(
            try findings("", images: [:])
                == ["DD3001 Platform Selection: Platform Validation: invalid image debian-12 on node n1"])
    }

    @Test(
        "one fault, one message",
        arguments: [
            (
                "storage: {physical_devices: {sdc: {labels: {a: b}}}}",
                "DD2002 Storage Partitioning: Storage device sdc on BaremetalNode n2 has neither partitions nor a volume group"
            ),
            (
                "storage: {volume_groups: {lost: {logical_volumes: []}}}",
                "DD2002 Storage Partitioning: Volume group lost not assigned any physical volumes"
            ),
            (
                "storage: {volume_groups: {data: {logical_volumes: [{name: etcd, filesystem: {mountpoint: /var}}]}}}",
                "DD2004 Storage Mountpoint: Mountpoint \"/var\" already exists"
            ),
            (
                "platform: {kernel_params: {hugepages: '4'}}",
                "DD1008 Hugepages: Invalid hugepages kernel configuration"
            ),
            (
                "oob: {account: '!'}\nmetadata: {boot_mac: '52-54-00-AA-BB-CC'}",
                ""
            ),
            (
                "oob: {'!account': ''}", "DD4001 Valid IPMI Configuration: OOB parameter account for type ipmi missing."
            ),
            (
                "oob: {network: pxe}", "DD4001 Valid IPMI Configuration: OOB address missing for IPMI node."
            ),
            (
                "interfaces: {bond0: {networks: [pxe]}}",
                "DD1007 Allowed Network Check: Interface bond0 attached to network pxe not allowed on interface link"
            ),
            (
                "metadata: {boot_mac: '52-54-00-00-00-11'}",
                "BY1001 Distinct Machines: Boot MAC address 52:54:00:00:00:11 of BaremetalNode n2 is that of BaremetalNode n1 too"
            ),
            (
                "metadata: {boot_mac: 'x'}",
                "BY1005 Written Addresses: Boot MAC address 'x' of BaremetalNode n2 cannot be read"
            ),
            (
                "interfaces: {'!pxe': {}}",
                "BY1002 Network Boot: BaremetalNode n2 has no interface on a network with a range of type dhcp"
            ),
            (
                "platform: {kernel_params: {init: '/bin/sh; reboot'}}",
                "BY1006 Safe Texts: Kernel parameter init of BaremetalNode n2 has ';' in it"
            ),
        ])
    func single(members: String, message: String) throws {
        let expected = message.isEmpty ? [noDriver] : [noDriver, message]
        #expect(Set(try findings(Design.node("n2", members))) == Set(expected))
    }

    @Test("an address outside its network, given twice, or on no network is found")
    func addresses() throws {
        let messages = try findings(
            """
            ---
            schema: drydock/BaremetalNode/v1
            metadata: {name: n2}
            data:
              host_profile: base
              addressing:
                - {network: oob, address: 10.0.0.11}
                - {network: mgmt, address: 10.7.0.12}
                - {network: nowhere, address: 10.8.0.12}
            """)
        #expect(messages.contains("DD2005 Duplicated IP Check: Duplicate IP Address Found: 10.0.0.11 "))
        #expect(
            messages.contains(
                "DD2002 IP Locality Check: The IP Address 10.7.0.12 is not within the defined CIDR: 10.2.0.0/24 of mgmt ."
            ))
        #expect(messages.contains("DD2002 IP Locality Check: nowhere is not a valid network."))
    }

    @Test("an address in a served range is a warning, the site stays valid")
    func servedRange() throws {
        let design = try Design.compile(
            """
            schema: drydock/Network/v1
            metadata: {name: mgmt}
            data:
              cidr: 10.2.0.0/24
              ranges: [{type: dhcp, start: 10.2.0.10, end: 10.2.0.20}, {type: static, start: 10.2.0.15, end: 10.2.0.30}]
            """)
        #expect(design.status == .success)
        #expect(design.messages.filter { $0.name == "BY1003" }.count == 2)
    }

    @Test("a link in active-backup mode is validated like any other")
    func activeBackup() throws {
        let design = try Design.compile(
            """
            schema: drydock/NetworkLink/v1
            metadata: {name: gp}
            data:
              bonding: {mode: active-backup}
              mtu: 9000
              linkspeed: auto
              trunking: {mode: 802.1q, default_network: mgmt}
              allowed_networks: [mgmt, storage]
            """)
        #expect(design.status == .success)
    }

    @Test("root on a logical volume is a root, and needs something to boot from")
    func rootVolume() throws {
        let messages = try findings(
            Design.node(
                "n2",
                """
                storage:
                  physical_devices: {'!bootdisk': {}}
                  volume_groups: {data: {logical_volumes: [{name: root, size: 40g, filesystem: {mountpoint: /}}]}}
                """))
        #expect(
            messages == [
                noDriver,
                "BY1004 Boot Partition: BaremetalNode n2 has its root on a logical volume and no partition to boot from",
            ])
        let small = try findings(
            Design.node(
                "n2",
                """
                storage:
                  physical_devices: {'!bootdisk': {}}
                  volume_groups: {data: {logical_volumes: [{name: root, size: 4g, filesystem: {mountpoint: /}}]}}
                """))
        #expect(small.contains("DD1001 Rational Boot Storage: Root volume must be > 20GB on BaremetalNode n2"))
    }

    @Test("what stops a validator stops the validation with a message of a task")
    func stopped() throws {
        let design = try Design.compile(
            """
            schema: drydock/NetworkLink/v1
            metadata: {name: x}
            data: {mtu: 1500, linkspeed: auto, trunking: {default_network: nowhere}, allowed_networks: []}
            """)
        #expect(design.status == .failure)
        #expect(design.site == nil)
        let last = try #require(design.messages.last)
        #expect(last.form == .task)
        #expect(last.message == "Error loading effective site: Network nowhere not found in design state")
    }

    @Test("a message has the recorded form")
    func messageBody() throws {
        let message = try #require(Design.compile().messages.first)
        #expect(
            message.body(at: Timestamp(microseconds: 1_700_000_000_000_000))
                == [
                    "kind": "ValidationMessage", "name": "DD1001",
                    "message": "Rational Boot Storage: Validation successful.", "error": false, "level": "Info",
                    "diagnostic": "", "ts": "2023-11-14 22:13:20+00:00", "documents": [],
                ])
    }

    @Test("a hostile name reaches no script", arguments: ["a\nb", "a${b", "a\"b", "a;b", "a&&b", "a`b", "a\\b"])
    func unsafeNames(name: String) {
        #expect(UnsafeText.hazard(in: name) != nil)
    }

    @Test(
        "versions of packages",
        arguments: [
            ("1.0-1", true), ("2:1.0-1", true), ("1.0", false), ("", true), ("a-b", true), ("1.0-", false),
            (":1-1", false), ("1.0_1-1", false),
        ])
    func versions(version: String, isValid: Bool) {
        #expect(PackageVersion.isValid(version) == isValid)
    }
}
