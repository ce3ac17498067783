import OrderedCollections
import Primitives

extension DesignSchemas {
    static let baremetalNode: Value = {
        var members = hostMembers()
        members["addressing"] = SchemaParts.list(
            SchemaParts.open(["network": SchemaParts.text, "address": SchemaParts.text]))
        return SchemaParts.closed(.object(members))
    }()

    /// What host profiles and nodes may say.
    static func hostMembers() -> Value.Object {
        [
            "host_profile": SchemaParts.text,
            "hardware_profile": SchemaParts.text,
            "primary_network": SchemaParts.text,
            "oob": SchemaParts.open([
                "type": SchemaParts.text, "network": SchemaParts.text, "account": SchemaParts.text,
                "credential": SchemaParts.text,
            ]),
            "storage": SchemaParts.closed([
                "physical_devices": SchemaParts.map(device), "volume_groups": SchemaParts.map(volumeGroup),
                "raid": SchemaParts.map(array),
            ]),
            "platform": SchemaParts.closed([
                "image": SchemaParts.text, "kernel": SchemaParts.text,
                "kernel_params": SchemaParts.map(SchemaParts.scalar),
            ]),
            "metadata": SchemaParts.closed([
                "tags": SchemaParts.list(SchemaParts.text), "owner_data": SchemaParts.map(SchemaParts.text),
                "rack": SchemaParts.text, "boot_mac": SchemaParts.text,
            ]),
            "interfaces": SchemaParts.map(
                SchemaParts.open([
                    "device_link": SchemaParts.text, "slaves": SchemaParts.list(SchemaParts.text),
                    "networks": SchemaParts.list(SchemaParts.text),
                    "sriov": SchemaParts.open(["vf_count": SchemaParts.number, "trustedmode": SchemaParts.flag]),
                ])),
        ]
    }

    private static let device = SchemaParts.closed([
        "labels": SchemaParts.map(SchemaParts.text),
        "volume_group": SchemaParts.text,
        "partitions": SchemaParts.list(
            SchemaParts.closed([
                "name": SchemaParts.text, "size": SchemaParts.text, "part_uuid": SchemaParts.text,
                "bootable": SchemaParts.flag, "volume_group": SchemaParts.text,
                "labels": SchemaParts.map(SchemaParts.text), "filesystem": fileSystem,
            ])),
    ])

    private static let array = SchemaParts.closed([
        "level": SchemaParts.text, "members": SchemaParts.list(part), "spares": SchemaParts.list(part),
        "volume_group": SchemaParts.text, "filesystem": fileSystem,
    ])

    /// Of an array.
    private static let part = SchemaParts.closed(
        ["device": SchemaParts.text, "partition": SchemaParts.text], required: ["device"])

    private static let volumeGroup = SchemaParts.open([
        "vg_uuid": SchemaParts.text,
        "logical_volumes": SchemaParts.list(
            SchemaParts.open([
                "name": SchemaParts.text, "lv_uuid": SchemaParts.text, "size": SchemaParts.text,
                "filesystem": fileSystem,
            ])),
    ])

    private static let fileSystem = SchemaParts.closed([
        "mountpoint": SchemaParts.text, "fstype": SchemaParts.text, "mount_options": SchemaParts.text,
        "fs_uuid": SchemaParts.text, "fs_label": SchemaParts.text,
    ])
}
