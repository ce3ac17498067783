import OrderedCollections
import Primitives

extension DocumentSchema {
    static let hardwareProfile = DocumentSchema(
        "drydock/HardwareProfile/v1",
        "A model of machine: how it boots, and names for its cards and disks by the places where they are, so that profiles do not depend on "
            + "what a kernel calls them. `boatyard get nodes --unknown` and `boatyard adopt` show what a machine has.",
        readers: "Drydock, for every node that names it, and the installer, which finds cards and disks by it.",
        example: """
            vendor: Example
            generation: '1'
            hw_version: '1'
            bios_version: '1.0'
            boot_mode: uefi
            bootstrap_protocol: pxe
            pxe_interface: 0
            device_aliases:
              nic1:
                address: '0000:01:00.0'
                bus_type: pci
                dev_type: 10 Gigabit Ethernet
              bootdisk:
                address: '0:0.0.0'
                bus_type: scsi
                dev_type: SSD
            """,
        data: SchemaPart.closed([
            "vendor": SchemaPart.text("The vendor. For people."),
            "generation": SchemaPart.text("The generation of the model. For people."),
            "hw_version": SchemaPart.text("The version of the hardware. For people."),
            "bios_version": SchemaPart.text("The version of the firmware. For people."),
            "boot_mode": SchemaPart.choice(
                ["bios", "uefi"],
                "How the firmware boots. It decides the partition table, the boot loader and the order to the BMC.",
                default: "bios"),
            "bootstrap_protocol": SchemaPart.choice(
                ["pxe", "usb", "hdd"],
                "How the installer comes. Boatyard boots by PXE, or by the BMC's virtual drive (`oob.boot`).",
                default: "pxe"),
            "pxe_interface": SchemaPart.number(
                "The number of the card that boots. Read by nothing: `boot_mac` of the node decides."),
            "device_aliases": SchemaPart.map(
                SchemaPart.open([
                    "address": SchemaPart.text(
                        "Where the device is: of a card its PCI address, of a disk that of its bus, both as `lshw` shows them, or "
                            + "`regexp:EXPRESSION`. Quote it: YAML reads digits with colons as a number.",
                        example: "0000:01:00.0"),
                    "bus_type": SchemaPart.text(
                        "`pci` for cards; for disks `scsi`, `virtio`, `nvme` and others.", example: "pci"),
                    "dev_type": SchemaPart.text(
                        "What the device is. Needed where an interface uses the alias.", example: "SSD"),
                ]), "Names for devices, which `interfaces.NAME.slaves` and `storage.physical_devices` use."),
            "cpu_sets": SchemaPart.map(
                SchemaPart.text(),
                "Sets of processors by name, for `hardwareprofile:cpuset.NAME` in `platform.kernel_params`.",
                example: ["isolated": "2-23"]),
            "hugepages": SchemaPart.map(
                SchemaPart.open([
                    "size": SchemaPart.text("The size of a page.", example: "1G"),
                    "count": SchemaPart.number("How many.", example: 16),
                ]),
                "Huge pages by name, for `hardwareprofile:hugepages.NAME.size` and `.count` in `platform.kernel_params`."
            ),
        ]))

    static let bootAction = DocumentSchema(
        "drydock/BootAction/v1",
        "Files, units and packages that machines get when they are installed, and whether each of them has to report that it is ready. "
            + "Texts can be templates (Jinja) that know the machine.",
        readers: "Drydock, at each installation; the machine, which fetches them once.",
        example: """
            signaling: false
            node_filter:
              filter_set_type: union
              filter_set:
                - filter_type: union
                  node_tags: [worker]
            assets:
              - type: file
                path: /etc/motd
                permissions: '644'
                data_pipeline: [utf8_decode, template]
                data: |
                  {{ node.hostname }}, built by Boatyard.
              - type: pkg_list
                data:
                  htop: null
            """,
        data: SchemaPart.closed([
            "signaling": SchemaPart.flag(
                "Whether the machine reports how it went; a deployment waits for that report.", default: true),
            "node_filter": SchemaPart.closed(
                [
                    "filter_set_type": SchemaPart.choice(
                        ["intersection", "union"], "Whether a node has to meet every filter, or one of them."),
                    "filter_set": SchemaPart.list(
                        SchemaPart.closed([
                            "filter_type": SchemaPart.choice(
                                ["intersection", "union"], "Whether a node has to meet every criterion, or one of them."
                            ),
                            "node_names": SchemaPart.list(SchemaPart.text(), "Names of nodes.", example: ["n1"]),
                            "node_tags": SchemaPart.list(
                                SchemaPart.text(), "Tags of nodes (`metadata.tags`).", example: ["worker"]),
                            "node_labels": SchemaPart.anything(
                                "Labels of nodes (`metadata.owner_data`) with their values, texts."),
                            "rack_names": SchemaPart.list(
                                SchemaPart.text(), "Racks of nodes (`metadata.rack`).", example: ["rack-1"]),
                            "rack_labels": SchemaPart.anything("Read by nothing."),
                        ]), "The filters."),
                ], "Which nodes get it; without it every node."),
            "assets": SchemaPart.list(
                SchemaPart.closed(
                    [
                        "type": SchemaPart.choice(
                            ["unit", "file", "pkg_list"],
                            "`file`; `unit`, a unit of systemd, which is enabled; `pkg_list`, packages that are installed."
                        ),
                        "path": SchemaPart.pattern(
                            "^/.+", "Where the file or unit goes, absolute.", example: "/etc/motd"),
                        "permissions": SchemaPart.pattern(
                            "[0-9]{3}", "The file's mode, three octal digits as a text.", example: "644"),
                        "data": .object([
                            "description":
                                "The contents, a text. Of a `pkg_list`, packages with the version of each, or null for the newest.",
                            "anyOf": [
                                SchemaPart.text(),
                                SchemaPart.map(["anyOf": [["type": "string"], ["type": "null"]]]),
                            ],
                        ]),
                        "location": SchemaPart.text(
                            "The address that the contents are fetched from, in place of `data`.",
                            example: "http://192.0.2.1/motd"),
                        "location_pipeline": SchemaPart.list(
                            SchemaPart.choice(["template"]), "What is done to the address before it is fetched.",
                            example: ["template"]),
                        "data_pipeline": SchemaPart.list(
                            SchemaPart.choice([
                                "base64_encode", "template", "base64_decode", "utf8_encode", "utf8_decode",
                            ]),
                            "What is done to the contents, in this order. A template needs `utf8_decode` before it.",
                            example: ["utf8_decode", "template"]),
                    ], required: ["type"]), "What the machine gets."),
        ]))
}
