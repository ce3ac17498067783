import Primitives
import SiteDesign
import Testing
import YAML

@testable import Installation

@Suite("Designs that can be installed")
struct InstallableDesignTests {
    /// A site of one node, whose storage has `system` for its file systems.
    private static func documents(_ storage: String, more: String = "") throws -> [DesignDocument] {
        let site = """
            schema: drydock/Region/v1
            metadata: {name: site}
            data: {authorized_keys: []}
            ---
            schema: drydock/HardwareProfile/v1
            metadata: {name: generic}
            data:
              boot_mode: bios
              device_aliases:
                bootdisk: {address: '0:0.0.0', bus_type: scsi, dev_type: SSD}
            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: pxe}
            data: {mtu: 1500, linkspeed: auto, trunking: {mode: disabled, default_network: pxe}, allowed_networks: [pxe]}
            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: oob}
            data: {mtu: 1500, linkspeed: auto, trunking: {mode: disabled, default_network: oob}, allowed_networks: [oob]}
            ---
            schema: drydock/Network/v1
            metadata: {name: oob}
            data: {cidr: 10.20.0.0/24}
            ---
            schema: drydock/Network/v1
            metadata: {name: pxe}
            data:
              cidr: 10.20.1.0/24
              ranges: [{type: dhcp, start: 10.20.1.100, end: 10.20.1.200}]
            ---
            schema: drydock/HostProfile/v1
            metadata: {name: worker}
            data:
              hardware_profile: generic
              primary_network: pxe
              oob: {type: ipmi, network: oob, account: admin, credential: hunter2}
              interfaces: {pxe: {device_link: pxe, slaves: [eno1], networks: [pxe]}}
              platform: {image: debian-12, kernel: generic\(more)}
              storage:
            \(storage)
            ---
            schema: drydock/BaremetalNode/v1
            metadata: {name: n1}
            data:
              host_profile: worker
              addressing: [{network: oob, address: 10.20.0.11}, {network: pxe, address: 10.20.1.11}]
              metadata: {boot_mac: '52:54:00:20:01:11'}
            """
        return try YAML.load(Array(site.utf8)).compactMap { DesignDocument($0) }
    }

    private static func disk(_ fileSystem: String, volume: String? = nil) -> String {
        let group =
            volume.map {
                "\n    volume_groups:\n      vg0: {logical_volumes: [{name: data, size: 20g, filesystem: {\($0)}}]}"
            } ?? ""
        return """
                physical_devices:
                  bootdisk:
                    labels: {bootdrive: 'true'}
                    partitions:
                      - {name: root, size: 30g, bootable: true, filesystem: {\(fileSystem)}}
                      - {name: rest, size: 30g\(volume == nil ? "" : ", volume_group: vg0")}
            """ + group
    }

    @Test("a machine that can be installed is as valid as SiteDesign says")
    func good() throws {
        let documents = try Self.documents(
            Self.disk("mountpoint: /, fstype: ext4", volume: "mountpoint: /var, fstype: xfs"))
        let design = InstallableDesign.compile(documents)
        #expect(design.status == .success, "\(design.messages.filter(\.error).map(\.message))")
        #expect(design.messages == SiteDesign.compile(documents).messages)
    }

    @Test(
        "what the installer would refuse is an error that says where in the design it stands",
        arguments: [
            (
                disk("mountpoint: /, fstype: zfs"), "",
                "fstype of the partition root of disk bootdisk is 'zfs'; there are",
                ["storage", "physical_devices", "bootdisk", "partitions", .element("root"), "filesystem", "fstype"]
            ),
            (
                disk("mountpoint: /, fstype: ext4", volume: "mountpoint: var, fstype: ext4"), "",
                "mountpoint of the logical volume data 'var' is no absolute path",
                ["storage", "volume_groups", "vg0", "logical_volumes", .element("data"), "filesystem", "mountpoint"]
            ),
            (
                disk("mountpoint: /, fstype: ext4", volume: "mountpoint: /var, fstype: ext4, mount_options: 'a b'"), "",
                "mount_options of the logical volume data 'a b' has a blank",
                ["storage", "volume_groups", "vg0", "logical_volumes", .element("data"), "filesystem", "mount_options"]
            ),
        ] as [(String, String, String, [DesignStep])])
    func refused(storage: String, more: String, fault: String, path: [DesignStep]) throws {
        let documents = try Self.documents(storage, more: more)
        #expect(SiteDesign.compile(documents).status == .success)
        let design = InstallableDesign.compile(documents)
        let errors = design.messages.filter(\.error)
        #expect(design.status == .invalid && errors.count == 1, "\(errors)")
        let error = try #require(errors.first)
        #expect(error.name == "BY1031" && error.documents == [DocumentReference(.baremetalNode, "n1")])
        #expect(
            error.message.hasPrefix(
                "Installation: BaremetalNode n1 cannot be installed as it is designed: \(fault)"), "\(error.message)")
        #expect(error.path == path, "\(error.path)")
    }

    @Test("of a machine with another error nothing is added")
    func once() throws {
        let documents = try Self.documents(
            Self.disk("mountpoint: /, fstype: zfs").replacing("size: 30g, bootable", with: "size: 3g, bootable"))
        let design = InstallableDesign.compile(documents)
        #expect(
            design.messages.filter(\.error).map(\.name) == ["DD1001"],
            "\(design.messages.filter(\.error).map(\.message))")
    }

    @Test("a member of a plan that is known by no name of the design keeps its own")
    func members() {
        let plan: Value = ["disks": [["device": "sda", "partitions": [["name": "p"]]]]]
        #expect(PlanMember("kernel_parameters", of: plan).name == "'kernel_parameters'")
        #expect(PlanMember("network.interfaces[0].mtu", of: plan).name == "'network.interfaces[0].mtu'")
        let partition = PlanMember("disks[0].partitions[0].uuid", of: plan)
        #expect(partition.name == "uuid of the partition p of disk sda" && partition.steps.count == 5)
        #expect(PlanMember("disks[7].size", of: plan).name == "size of the disk ")
    }
}
