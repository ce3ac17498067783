import OrderedCollections
import Primitives

@testable import Installation

/// A plan as the daemon gives it, with members replaced, and a machine that it fits.
enum Fixture {
    static let deployment = "01CZTB7GN1000G40R40M30E27Z"

    /// A disk with `/boot` and root, another one with a volume group, a bond with a VLAN.
    static func plan(_ members: OrderedDictionary<String, Value> = [:]) -> Value {
        var plan: Value.Object = [
            "kind": "install", "deployment": .string(deployment), "node": "n1", "fqdn": "n1.example.com",
            "image": [
                "name": "debian-12", "kernel": "generic", "url": "http://10.1.0.2:8080/images/debian-12/a.tar.zst",
                "sha256": .string(String(repeating: "ab", count: 32)), "size": 170_000_000,
                "unpacked_size": 480_000_000,
                "format": "tar.zst",
            ],
            "boot_mode": "bios", "kernel_parameters": "quiet console=ttyS0,115200n8", "console": ["ttyS0,115200n8"],
            "disks": [
                disk(
                    "bootdisk", name: "sda", address: "0:2.0.0", bus: "scsi",
                    partitions: [
                        partition("root", "20g", fileSystem("/")),
                        partition("boot", "1g", fileSystem("/boot"), ["bootable": true]),
                        partition("var", ">2g", fileSystem("/var", type: "xfs")),
                    ]), disk("sdb", group: "data"),
            ],
            "volume_groups": [
                [
                    "name": "data", "uuid": nil, "physical_volumes": [["device": "sdb", "partition": nil]],
                    "logical_volumes": [
                        ["name": "log", "size": "25%", "uuid": nil, "filesystem": fileSystem("/srv/log")],
                        ["name": "raw", "size": "1gi", "uuid": nil, "filesystem": nil],
                    ],
                ]
            ],
            "network": network, "users": [["name": "ubuntu", "authorized_keys": ["ssh-ed25519 AAAA operator"]]],
            "repositories": [], "remove_unlisted_repositories": false, "packages": [],
            "boot_data": [
                "key": "00ff", "files": "http://10.1.0.2:8080/api/v1.0/bootdata/n1/files",
                "units": "http://10.1.0.2:8080/api/v1.0/bootdata/n1/units",
            ], "boot_actions": [], "report_url": "http://10.1.0.2:8080/agent/v1/events",
        ]
        for (key, value) in members { plan[key] = value }
        return .object(plan)
    }

    static func read(_ members: OrderedDictionary<String, Value> = [:]) throws -> InstallationPlan {
        guard case .install(let plan) = try MachinePlan(Self.plan(members)) else {
            throw InstallationError(.plan, "The fixture is no installation.")
        }
        return plan
    }

    static func operations(
        _ members: OrderedDictionary<String, Value> = [:], _ facts: MachineFacts = machine()
    ) throws -> [InstallationOperation] {
        try InstallationPlanner.operations(try read(members), facts)
    }

    static let network: Value = [
        "interfaces": [
            card("eno1", "0000:01:00.0"), card("eno2", "0000:01:00.1"),
            card("eno3", "0000:02:00.0", [address("pxe", "dhcp")]),
        ],
        "bonds": [
            [
                "name": "bond0", "slaves": ["eno1", "eno2"], "mtu": 9000, "mode": "802.3ad", "hash": "layer3+4",
                "peer_rate": "fast", "mon_rate": 100, "up_delay": 200, "down_delay": 200,
                "addresses": [address("mgmt", "static", "10.2.0.11/24", gateway: "10.2.0.1", isDefault: true)],
            ]
        ],
        "vlans": [
            [
                "name": "bond0.30", "parent": "bond0", "id": 30, "mtu": 9000,
                "addresses": [address("storage", "static", "10.3.0.11/24")],
            ]
        ],
        "routes": [["subnet": "10.9.0.0/16", "gateway": "10.2.0.254", "metric": 100, "interface": "bond0"]],
        "dns": ["servers": ["10.2.0.2", "10.2.0.3"], "search": ["example.com"]],
    ]

    static func card(_ name: String, _ pci: String?, _ addresses: [Value] = []) -> Value {
        [
            "name": .string(name), "mtu": 9000, "addresses": .array(addresses),
            "selector": ["alias": .string(name), "address": Value(pci), "bus_type": "pci"],
        ]
    }

    static func address(
        _ network: String, _ mode: String, _ address: String? = nil, gateway: String? = nil, isDefault: Bool = false
    ) -> Value {
        [
            "network": .string(network), "mode": .string(mode), "address": Value(address), "gateway": Value(gateway),
            "default_route": .bool(isDefault),
        ]
    }

    static func fileSystem(
        _ place: String?, type: String = "ext4", _ members: OrderedDictionary<String, Value> = [:]
    ) -> Value {
        var system: Value.Object = [
            "type": .string(type), "mountpoint": Value(place), "options": "defaults", "uuid": nil, "label": nil,
        ]
        for (key, value) in members { system[key] = value }
        return .object(system)
    }

    static func partition(
        _ name: String, _ size: String, _ system: Value = nil, _ members: OrderedDictionary<String, Value> = [:]
    ) -> Value {
        var partition: Value.Object = [
            "name": .string(name), "size": .string(size), "bootable": false, "uuid": nil, "volume_group": nil,
            "filesystem": system,
        ]
        for (key, value) in members { partition[key] = value }
        return .object(partition)
    }

    static func disk(
        _ device: String, name: String? = nil, address: String? = nil, bus: String? = nil, group: String? = nil,
        labels: Value = [:], partitions: [Value] = []
    ) -> Value {
        [
            "device": .string(device), "name": .string(name ?? device),
            "selector": ["alias": .string(device), "address": Value(address), "bus_type": Value(bus)], "wipe": true,
            "labels": labels, "volume_group": Value(group), "partitions": .array(partitions),
        ]
    }

    static func machine(
        _ firmware: MachineFacts.Firmware = .bios, disks: [MachineFacts.Disk]? = nil,
        layers: [MachineFacts.Layer] = []
    ) -> MachineFacts {
        MachineFacts(
            firmware: firmware, disks: disks ?? Self.disks, layers: layers, interfaces: interfaces)
    }

    static let disks = [
        MachineFacts.Disk(
            name: "sda", size: 480_103_981_056, addresses: ["scsi@0:2.0.0", "pci@0000:03:00.0"], serial: "S1",
            wwns: ["0x5000c500a1b2c3d4"], links: ["ata-DISK_S1"]),
        MachineFacts.Disk(
            name: "sdb", size: 960_197_124_096, addresses: ["0:2:1:0"], serial: "S2", wwns: ["0x5000c500a1b2c3d5"]),
    ]

    static let interfaces = [
        interface("eno1", 0x11, "0000:01:00.0"), interface("eno2", 0x12, "0000:01:00.1"),
        interface("eno3", 0x13, "0000:02:00.0"),
    ]

    static func interface(_ name: String, _ last: UInt8, _ pci: String?) -> MachineFacts.Interface {
        MachineFacts.Interface(
            name: name, mac: MACAddress(bytes: [0x52, 0x54, 0, 0, 0, last]) ?? .zero, pciAddress: pci)
    }
}

extension [InstallationOperation] {
    var names: [String] { map(\.name) }

    /// The tables that are written, by the kernel's name of their disk.
    var tables: [String: PartitionTable] {
        reduce(into: [:]) { tables, operation in
            if case .partition(let table) = operation.action { tables[table.disk.name] = table }
        }
    }

    var formats: [FileSystemCreation] {
        compactMap { if case .format(let creation) = $0.action { creation } else { nil } }
    }

    var mounts: [TargetMount] { compactMap { if case .mount(let mount) = $0.action { mount } else { nil } } }

    var wipes: [Wipe] { compactMap { if case .wipe(let wipe) = $0.action { wipe } else { nil } } }

    var bootConfiguration: BootConfiguration? {
        compactMap { if case .configureBoot(let configuration) = $0.action { configuration } else { nil } }.first
    }

    var bootLoader: BootLoader? {
        compactMap { if case .installBootLoader(let loader) = $0.action { loader } else { nil } }.first
    }

    /// The text of the file at `path`; nil where none is written.
    func text(_ path: String) -> String? {
        for case .write(let file) in map(\.action) where file.path == path {
            if case .text(let text) = file.contents { return text }
        }
        return nil
    }

    func index(_ name: String) -> Int? { firstIndex { $0.name == name } }
}
