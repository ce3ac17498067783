import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Installation plans")
struct InstallPlanTests {
    private func plan(_ extra: String = "", node: String = "n1", names: [String: String] = [:]) throws -> Value {
        let site = try Design.site(extra)
        let machine = try #require(site.node(named: node))
        let builder = InstallPlanBuilder(site: site, node: machine, logicalNames: names)
        return .object(try builder.plan(packages: ["curl": nil, "jq": "1.6-2"]))
    }

    @Test("a plan says all that the design says of a machine")
    func whole() throws {
        let plan = try plan()
        #expect(plan["fqdn"] == "n1.example.com")
        #expect(plan["boot_mode"] == "bios")
        #expect(plan["kernel_parameters"] == "console=ttyS0 quiet")
        #expect(plan["users"] == [["name": "ubuntu", "authorized_keys": ["ssh-ed25519 AAAA operator"]]])
        #expect(plan["packages"] == [["name": "curl", "version": nil], ["name": "jq", "version": "1.6-2"]])
        #expect(plan["repositories"]?[0]?["disabled_components"] == ["multiverse", "restricted", "universe"])
        #expect(plan["remove_unlisted_repositories"] == true)
    }

    @Test("disks have their selectors, partitions as written, and one to boot from")
    func disks() throws {
        let disk = try #require(try plan(names: ["bootdisk": "sda"])["disks"]?[0])
        #expect(disk["device"] == "bootdisk")
        #expect(disk["name"] == "sda")
        #expect(disk["selector"] == ["alias": "bootdisk", "address": "0:2.0.0", "bus_type": "scsi"])
        #expect(disk["partitions"]?.arrayValue?.map { $0["bootable"] } == [true, false, false])
        #expect(
            disk["partitions"]?[2]?["filesystem"]
                == ["type": "xfs", "mountpoint": "/var", "options": "defaults", "uuid": nil, "label": nil])
    }

    @Test("where nothing is marked bootable the boot partition is")
    func bootable() throws {
        let plan = try plan(
            Design.node("n2", "storage: {physical_devices: {bootdisk: {partitions: [{name: root, bootable: false}]}}}"),
            node: "n2")
        let partitions = try #require(plan["disks"]?[0]?["partitions"]?.arrayValue)
        #expect(partitions.map { $0["bootable"] } == [false, true, false])
    }

    @Test("root may be on a logical volume, whose group names its physical volumes")
    func rootVolume() throws {
        let plan = try plan(
            Design.node(
                "n2",
                """
                storage:
                  physical_devices:
                    bootdisk: {partitions: [{name: '!root'}, {name: pv, size: ">1g", volume_group: data}]}
                  volume_groups: {data: {logical_volumes: [{name: root, size: 40g, filesystem: {mountpoint: /}}]}}
                """), node: "n2")
        let group = try #require(plan["volume_groups"]?[0])
        #expect(
            group["physical_volumes"]
                == [["device": "bootdisk", "partition": "pv"], ["device": "sdb", "partition": nil]])
        #expect(group["logical_volumes"]?.arrayValue?.map { $0["name"] } == ["log", "etcd", "root"])
    }

    @Test("the native network is on the bond, another on a tagged interface of it")
    func network() throws {
        let network = try #require(try plan(names: ["nic1": "eno1", "nic2": "eno2", "nic3": "eno3"])["network"])
        #expect(network["interfaces"]?.arrayValue?.map { $0["name"] } == ["eno3", "eno1", "eno2"])
        #expect(network["interfaces"]?[0]?["addresses"]?[0]?["mode"] == "dhcp")
        let bond = try #require(network["bonds"]?[0])
        #expect(bond["slaves"] == ["eno1", "eno2"])
        #expect(bond["mtu"] == 9000)
        #expect(bond["hash"] == "layer3+4")
        #expect(
            bond["addresses"]?[0]
                == [
                    "network": "mgmt", "mode": "static", "family": "ipv4", "address": "10.2.0.11/24",
                    "gateway": "10.2.0.1", "default_route": true,
                ])
        #expect(
            network["vlans"]
                == [
                    [
                        "name": "bond0.30", "parent": "bond0", "id": 30, "mtu": 9000,
                        "addresses": [
                            [
                                "network": "storage", "mode": "none", "family": "ipv4", "address": nil, "gateway": nil,
                                "default_route": false,
                            ]
                        ],
                    ]
                ])
        #expect(
            network["routes"]
                == [["subnet": "10.9.0.0/16", "gateway": "10.2.0.254", "metric": 100, "interface": "bond0"]])
        #expect(
            network["dns"] == ["servers": ["10.2.0.2", "10.2.0.3", "10.1.0.2"], "search": ["example.com"]])
    }

    private func sixes(_ six: String, address: String = "fd00::11", primary: String = "mgmt") -> String {
        """
        ---
        schema: drydock/NetworkLink/v1
        metadata: {name: gp}
        data:
          bonding: {mode: active-backup}
          mtu: 9000
          linkspeed: auto
          trunking: {mode: 802.1q, default_network: mgmt}
          allowed_networks: [mgmt, storage, six]
        ---
        schema: drydock/Network/v1
        metadata: {name: six}
        data: {\(six)}
        ---
        schema: drydock/BaremetalNode/v1
        metadata: {name: n2}
        data:
          host_profile: base
          primary_network: \(primary)
          interfaces: {bond0: {networks: [mgmt, six]}}
          addressing:
            - {network: oob, address: 10.0.0.12}
            - {network: mgmt, address: 10.2.0.12}
            - {network: six, address: '\(address)'}

        """
    }

    private func addresses(_ design: String) throws -> [Value] {
        let network = try plan(design, node: "n2")["network"]
        return (network?["bonds"]?[0]?["addresses"]?.arrayValue ?? [])
            + (network?["vlans"]?.arrayValue ?? []).flatMap { $0["addresses"]?.arrayValue ?? [] }
    }

    @Test("each family has a default route, that of the other than the primary network's from the first with a gateway")
    func families() throws {
        let fixed =
            "vlan: '40', cidr: 'fd00::/64', routes: [{subnet: '0::0/0', gateway: 'fe80::1'},"
            + " {subnet: 'fd01::/64', gateway: 'fd00::2'}], dns: {servers: 'fd00::53, 10.2.0.2'}"
        let found = try addresses(sixes(fixed))
        #expect(found.map { $0["gateway"] ?? .null } == ["10.2.0.1", "fe80::1", nil])
        #expect(found.map { $0["default_route"] } == [true, true, false])
        #expect(found.map { $0["family"] } == ["ipv4", "ipv6", "ipv4"])
        #expect(found[1]["address"] == "fd00::11/64")
        let network = try plan(sixes(fixed), node: "n2")["network"]
        #expect(
            network?["routes"]?.arrayValue?.last
                == ["subnet": "fd01::/64", "gateway": "fd00::2", "metric": 100, "interface": "bond0.40"])
        #expect(network?["dns"]?["servers"] == ["10.2.0.2", "10.2.0.3", "10.1.0.2", "fd00::53"])
        let primary = try addresses(sixes(fixed, primary: "six"))
        #expect(primary.map { $0["default_route"] } == [true, true, false])
    }

    @Test("a network of IPv6 whose addresses are dynamic brings the default route where no gateway is written")
    func dynamicFamily() throws {
        let found = try addresses(sixes("vlan: '40', cidr: 'fd00::/64'", address: "dhcp"))
        #expect(found[1]["mode"] == "dhcp")
        #expect(found[1]["family"] == "ipv6")
        #expect(found.map { $0["default_route"] } == [true, true, false])
        let fixed = try addresses(sixes("vlan: '40', cidr: 'fd00::/64'"))
        #expect(fixed.map { $0["default_route"] } == [true, false, false])
    }

    @Test("a card of a bond carries nothing itself, and links labelled noconfig are left alone")
    func shared() throws {
        let plan = try plan(
            Design.node(
                "n2",
                "interfaces: {pxe: {slaves: [nic1, '!nic3']}, bmc: {device_link: oob, slaves: [nic3], networks: [oob]}}"
            ),
            node: "n2")
        #expect(plan["network"]?["interfaces"]?.arrayValue?.map { $0["name"] } == ["nic1", "nic2"])
    }

    @Test(
        "what cannot be configured is refused with the reason",
        arguments: [
            ("interfaces: {pxe: {slaves: [nic1, nic2]}}", "has 3 slaves; without a bond it must have one"),
            ("interfaces: {bond0: {slaves: ['!nic1', '!nic2']}}", "The bond bond0 of n2 has no slaves."),
        ])
    func refused(members: String, reason: String) throws {
        let error = #expect(throws: BoatyardError.self) { try plan(Design.node("n2", members), node: "n2") }
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("a kernel package is installed, not passed to the kernel")
    func kernelPackage() throws {
        let plan = try plan(
            Design.node("n2", "platform: {kernel_params: {kernel_package: linux-image-6.1}}"), node: "n2")
        #expect(plan["kernel_parameters"] == "console=ttyS0 quiet")
        #expect(plan["packages"]?[0] == ["name": "linux-image-6.1", "version": nil])
    }
}
