import OrderedCollections
import Primitives

extension DocumentSchema {
    static let hostProfile = DocumentSchema(
        "drydock/HostProfile/v1",
        "What many nodes have in common: BMC type and account, interfaces, storage, image. A node or another profile takes it over with "
            + "`host_profile` and changes what it says itself; a name with `!` before it takes a member away.",
        readers: "Drydock, for every node that names it.",
        example: """
            hardware_profile: server
            primary_network: oam
            oob:
              type: ipmi
              network: oob
              account: admin
            interfaces:
              eno1:
                device_link: oam
                slaves: [nic1]
                networks: [oam]
            storage:
              physical_devices:
                bootdisk:
                  labels:
                    bootdrive: 'true'
                  partitions:
                    - name: root
                      size: '>20g'
                      bootable: true
                      filesystem:
                        mountpoint: /
                        fstype: ext4
            platform:
              image: debian-12
              kernel: generic
            """,
        data: SchemaPart.closed(.object(hostMembers)))

    static let baremetalNode = DocumentSchema(
        "drydock/BaremetalNode/v1",
        "One machine: its name is that of the document, its addresses stand in `addressing`, and the rest comes from the profile that it "
            + "names, but for what it says itself.",
        readers:
            "Drydock: a machine is known by `boot_mac`, reached by its BMC's address, and installed as the document says.",
        example: """
            host_profile: worker
            addressing:
              - network: oob
                address: 198.51.100.11
              - network: oam
                address: 192.0.2.11
            metadata:
              boot_mac: '52:54:00:12:34:01'
              rack: rack-1
              tags: [worker]
            """,
        data: {
            var members = hostMembers
            members["addressing"] = SchemaPart.list(
                SchemaPart.open([
                    "network": SchemaPart.text("The network, by name.", example: "oam"),
                    "address": SchemaPart.text("The address, or `dhcp`.", example: "192.0.2.11"),
                ]),
                "The node's address in each of its networks, that of its BMC (`oob.network`) among them. One at least; not inherited."
            )
            return SchemaPart.closed(.object(members))
        }())

    /// What host profiles and nodes may say.
    private static let hostMembers: Value.Object = [
        "host_profile": SchemaPart.text("The profile that this one builds on.", example: "worker"),
        "hardware_profile": SchemaPart.text("The model of the machine. Every node needs one.", example: "server"),
        "primary_network": SchemaPart.text(
            "The network whose domain the node's full name has, and over which it is reached.", example: "oam"),
        "oob": outOfBand,
        "interfaces": SchemaPart.map(
            SchemaPart.open([
                "device_link": SchemaPart.text("The NetworkLink that the interface is plugged into.", example: "oam"),
                "slaves": SchemaPart.list(
                    SchemaPart.text(),
                    "Its cards, aliases of the hardware profile or names as a kernel gives them; several for a bond.",
                    example: ["nic1"]),
                "networks": SchemaPart.list(
                    SchemaPart.text(), "The networks that it has an address in, or carries.", example: ["oam"]),
                "sriov": SchemaPart.open(
                    [
                        "vf_count": SchemaPart.number("How many virtual functions.", default: 0),
                        "trustedmode": SchemaPart.flag("Whether they are trusted.", default: false),
                    ], "Virtual functions of the card, for templates of boot actions: the installer makes none."),
            ]), "Network interfaces by name. Those without an address in `addressing` are brought up only."),
        "storage": SchemaPart.closed(
            [
                "physical_devices": SchemaPart.map(
                    device, "Disks by alias or name. Disks that are not named stay as they are."),
                "volume_groups": SchemaPart.map(volumeGroup, "Volume groups of LVM, by name."),
                "raid": SchemaPart.map(
                    array, "Arrays of disks or partitions, by name. Of Boatyard alone: Drydock has none."),
            ], "How disks are laid out."),
        "platform": SchemaPart.closed(
            [
                "image": SchemaPart.text("The image, as `boatyard image list` shows it.", example: "debian-12"),
                "kernel": SchemaPart.text("The image's kernel.", example: "generic"),
                "kernel_params": SchemaPart.map(
                    SchemaPart.scalar(),
                    "Parameters of the kernel's command line, by name; `true` for one without a value. `hardwareprofile:cpuset.NAME` and "
                        + "`hardwareprofile:hugepages.NAME.size` take values from the hardware profile.",
                    example: ["console": "ttyS0,115200n8"]),
            ], "What is installed."),
        "metadata": SchemaPart.closed(
            [
                "boot_mac": SchemaPart.text(
                    "The MAC address that the machine boots from, by which it is known. Quote it. Of nodes only; not inherited.",
                    example: "52:54:00:12:34:01"),
                "rack": SchemaPart.text("The rack that it stands in.", example: "rack-1"),
                "tags": SchemaPart.list(
                    SchemaPart.text(), "Tags, by which groups and boot actions choose nodes.", example: ["worker"]),
                "owner_data": SchemaPart.map(
                    SchemaPart.text(),
                    "Labels. `hardware_test` (`quick`, `full`), `memory_gib` and `neighbour.CARD` (`SWITCH PORT`) are for the test of the "
                        + "hardware; the others become labels of Kubernetes nodes.", example: ["memory_gib": "64"]),
            ], "How the node is known and chosen."),
    ]

    private static let outOfBand = SchemaPart.open(
        [
            "type": SchemaPart.text(
                "`ipmi`, `redfish`, `libvirt` for guests, or `manual` where a person switches the machine.",
                example: "ipmi"),
            "network": SchemaPart.text("The network of BMCs; `addressing` has the address in it.", example: "oob"),
            "account": SchemaPart.text("The account of the BMC.", example: "admin"),
            "credential": SchemaPart.text("Its password, best substituted from a Passphrase."),
            "kg": SchemaPart.scalar("The BMC's own key (K_G) of IPMI, a text, or hexadecimal behind `0x`."),
            "boot": SchemaPart.scalar(
                "`network`, or `media`: the installer comes by the BMC's virtual drive (Redfish).", default: "network"),
            "system_id": SchemaPart.scalar(
                "The `Id` of the machine, for a BMC with Redfish that has several.", example: "1"),
            "certificate": SchemaPart.scalar(
                "How a BMC with Redfish is known: `first-use`, a SHA-256 fingerprint, or `authorities`.",
                default: "first-use"),
            "port": SchemaPart.scalar("The port of Redfish.", default: "443"),
            "scheme": SchemaPart.scalar("`https`, or `http` in laboratories.", default: "https"),
            "libvirt_uri": SchemaPart.scalar(
                "The hypervisor, for the type `libvirt`.", example: "qemu+ssh://user@192.0.2.9/system"),
        ], "How the machine is switched, while its own system is not asked.")

    private static let device = SchemaPart.closed([
        "labels": SchemaPart.map(
            SchemaPart.text(), "Labels. `bootdrive: 'true'` marks the disk with the boot loader.",
            example: ["bootdrive": "true"]),
        "volume_group": SchemaPart.text("The volume group that has the whole disk; its partitions are ignored then."),
        "partitions": SchemaPart.list(
            SchemaPart.closed([
                "name": SchemaPart.text("The name of the partition.", example: "root"),
                "size": SchemaPart.text(
                    "The size: a number with m, g, t (of 1000) or mi, gi, ti (of 1024), `>` before it for at least that, or a percentage of "
                        + "the disk.",
                    example: ">20g"),
                "bootable": SchemaPart.flag("Whether the machine boots from it.", default: false),
                "part_uuid": SchemaPart.text("The UUID that the partition gets."),
                "volume_group": SchemaPart.text("The volume group that has the partition."),
                "labels": SchemaPart.map(SchemaPart.text(), "Labels of your own. Read by nothing."),
                "filesystem": fileSystem,
            ]), "The partitions, in their order on the disk."),
    ])

    private static let array = SchemaPart.closed([
        "level": SchemaPart.text("`raid0`, `raid1`, `raid5`, `raid6` or `raid10`.", example: "raid1"),
        "members": SchemaPart.list(part, "Disks or partitions of them."),
        "spares": SchemaPart.list(part, "Those that take the place of one that fails."),
        "volume_group": SchemaPart.text("The volume group that has the array."),
        "filesystem": fileSystem,
    ])

    /// Of an array.
    private static let part = SchemaPart.closed(
        [
            "device": SchemaPart.text("A disk, as `physical_devices` calls it.", example: "bootdisk"),
            "partition": SchemaPart.text("A partition of it; without one the whole disk.", example: "root"),
        ], required: ["device"])

    private static let volumeGroup = SchemaPart.open([
        "vg_uuid": SchemaPart.text("The UUID that the group gets."),
        "logical_volumes": SchemaPart.list(
            SchemaPart.open([
                "name": SchemaPart.text("The name of the volume.", example: "var"),
                "size": SchemaPart.text(
                    "The size, as that of a partition; a percentage is of the group.", example: "20g"),
                "lv_uuid": SchemaPart.text("The UUID that the volume gets."),
                "filesystem": fileSystem,
            ]), "Its logical volumes."),
    ])

    private static let fileSystem = SchemaPart.closed(
        [
            "mountpoint": SchemaPart.text("Where it is mounted; without it, and with `none`, nowhere.", example: "/"),
            "fstype": SchemaPart.text(
                "The type: `ext2`, `ext3`, `ext4`, `xfs`, `btrfs`, `vfat` or `swap`; `bios_boot` for the boot loader's own partition.",
                default: "ext4"),
            "mount_options": SchemaPart.text("Options of the mount, with commas.", default: "defaults"),
            "fs_uuid": SchemaPart.text("The UUID that the file system gets."),
            "fs_label": SchemaPart.text("The label that the file system gets.", example: "root"),
        ], "The file system.")
}
