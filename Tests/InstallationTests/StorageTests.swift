import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("Layout of disks")
struct StorageTests {
    private typealias Members = OrderedDictionary<String, Value>
    private static let mebibyte = 1 << 20

    private static func root(_ size: String = "20g") -> Value {
        Fixture.partition("root", size, Fixture.fileSystem("/"))
    }
    private static func single(_ partitions: [Value]) -> Members {
        ["disks": [Fixture.disk("sda", partitions: partitions)], "volume_groups": []]
    }

    @Test(
        "partitions of the design are counted from 1 in their order; what the BIOS needs is before them and counted 14")
    func bios() throws {
        let table = try #require(try Fixture.operations().tables["sda"])
        #expect(table.partitions.map(\.number) == [14, 1, 2, 3])
        #expect(table.partitions.map(\.name) == ["bios_grub", "root", "boot", "var"])
        #expect(table.partitions.map(\.type) == [.biosBoot, .linux, .linux, .linux])
        #expect(table.partitions[0].start == Self.mebibyte)
        #expect(table.partitions[0].size == Self.mebibyte)
        #expect(table.partitions[1].start == 2 * Self.mebibyte)
        #expect(table.partitions.map(\.isBootable) == [false, false, true, false])
    }

    @Test("partitions begin at whole mebibytes, do not overlap, and leave room for the second table")
    func places() throws {
        for firmware in [MachineFacts.Firmware.bios, .uefi] {
            let operations = try Fixture.operations(
                ["boot_mode": .string(firmware.rawValue)], Fixture.machine(firmware))
            let table = try #require(operations.tables["sda"])
            var end = Self.mebibyte
            for partition in table.partitions {
                #expect(partition.start >= end)
                #expect(partition.start.isMultiple(of: Self.mebibyte))
                #expect(partition.size.isMultiple(of: 4096) && partition.size > 0)
                end = partition.start + partition.size
            }
            #expect(end <= Fixture.disks[0].size - Self.mebibyte)
            #expect(Set(table.partitions.map(\.uuid)).count == table.partitions.count)
        }
    }

    @Test("UEFI gets a system partition, formatted and mounted, where the design has none")
    func uefi() throws {
        let operations = try Fixture.operations(["boot_mode": "uefi"], Fixture.machine(.uefi))
        let table = try #require(operations.tables["sda"])
        #expect(table.partitions.map(\.number) == [15, 1, 2, 3])
        #expect(table.partitions[0].type == .efiSystem)
        #expect(operations.formats.last?.kind == .vfat)
        #expect(operations.mounts.map(\.mountPoint) == ["/", "/boot", "/var", "/boot/efi", "/srv/log"])
        #expect(operations.bootLoader?.systemPartitions.map(\.mountPoint) == ["/boot/efi"])
        #expect(operations.text("/etc/fstab")?.contains("/boot/efi vfat umask=0077,nofail") == true)
    }

    @Test("a system partition of the design is used, and none is added")
    func ownSystemPartition() throws {
        let efi = Fixture.partition("efi", "600mi", Fixture.fileSystem("/boot/efi", type: "vfat"))
        let operations = try Fixture.operations(
            Self.single([efi, Self.root()]).merging(["boot_mode": "uefi"]) { $1 }, Fixture.machine(.uefi))
        let table = try #require(operations.tables["sda"])
        #expect(table.partitions.map(\.number) == [1, 2])
        #expect(table.partitions.map(\.type) == [.efiSystem, .linux])
        #expect(operations.bootLoader?.systemPartitions.map(\.mountPoint) == ["/boot/efi"])
        #expect(operations.formats.count == 2)
    }

    @Test("a BIOS boot partition of the design is used, and not formatted")
    func ownBiosBoot() throws {
        let core = Fixture.partition("grub", "2mi", Fixture.fileSystem(nil, type: "bios_boot"))
        let operations = try Fixture.operations(Self.single([core, Self.root()]))
        #expect(operations.tables["sda"]?.partitions.map(\.type) == [.biosBoot, .linux])
        #expect(operations.formats.count == 1)
    }

    @Test("/boot/efi that is no vfat is refused on UEFI")
    func wrongSystemPartition() throws {
        let efi = Fixture.partition("efi", "600mi", Fixture.fileSystem("/boot/efi"))
        let error = #expect(throws: InstallationError.self) {
            try Fixture.operations(
                Self.single([efi, Self.root()]).merging(["boot_mode": "uefi"]) { $1 }, Fixture.machine(.uefi))
        }
        #expect(error?.message.contains("where UEFI needs vfat") == true)
    }

    @Test("with fourteen partitions of the design and more, the last numbers of the table are taken")
    func many() throws {
        let others = (1...13).map { Fixture.partition("p\($0)", "1g") }
        let table = try #require(try Fixture.operations(Self.single([Self.root()] + others)).tables["sda"])
        #expect(table.partitions.map(\.number) == [127] + Array(1...14))
    }

    @Test("a machine that was booted by the other firmware is refused before anything is planned")
    func firmware() throws {
        let error = #expect(throws: InstallationError.self) { try Fixture.operations([:], Fixture.machine(.uefi)) }
        #expect(error?.reason == .firmware)
        #expect(error?.message.hasPrefix("n1 was booted by UEFI, and its HardwareProfile says boot_mode bios") == true)
    }

    @Test(
        "sizes are Drydock's: decimal, binary, per cent of the disk, and the rest less 4 MiB",
        arguments: [
            ("20g", 20_000_002_048), ("20gi", 20 << 30), ("1000m", 1_000_001_536), ("50%", 50_000_003_072),
            (">20g", 99_992_207_360),
        ])
    func sizes(text: String, bytes: Int) throws {
        let disks = [MachineFacts.Disk(name: "sda", size: 100_000_000_000)]
        let operations = try Fixture.operations(Self.single([Self.root(text)]), Fixture.machine(disks: disks))
        let size = try #require(operations.tables["sda"]?.partitions.last?.size)
        // Rounded up to whole blocks of 4096 bytes, the rest down.
        #expect(abs(size - bytes) < 8192, "\(size)")
        if !text.hasPrefix(">") { #expect(size >= bytes - 4096) }
    }

    @Test("what does not fit is refused with what is left")
    func space() throws {
        let small = Fixture.machine(disks: [MachineFacts.Disk(name: "sda", size: 20_000_000_000)])
        for (partitions, expected) in [
            ([Self.root("20g")], "partition root of sda is to have 20g, but of 20.0 GB only 19.9 GB are left"),
            ([Self.root("19g"), Fixture.partition("b", ">2g")], "partition b of sda is to have >2g, but"),
            ([Self.root(">1g"), Fixture.partition("b", "1g")], "partition b of sda is to have 1g, but"),
        ] {
            let error = #expect(throws: InstallationError.self) {
                try Fixture.operations(Self.single(partitions), small)
            }
            #expect(error?.reason == .space)
            #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
        }
        let tiny = Fixture.machine(disks: [MachineFacts.Disk(name: "sda", size: 1 << 20)])
        #expect(throws: InstallationError.self) { try Fixture.operations(Self.single([Self.root()]), tiny) }
    }

    @Test(
        "a file system that its device is too small for is refused", arguments: [("xfs", "299mi"), ("btrfs", "100mi")])
    func smallFileSystems(type: String, size: String) throws {
        let small = Fixture.partition("a", size, Fixture.fileSystem("/a", type: type))
        let error = #expect(throws: InstallationError.self) {
            try Fixture.operations(Self.single([Self.root(), small]))
        }
        #expect(error?.reason == .space)
        #expect(error?.message.contains("n1: partition 2 of sda has ") == true, "\(String(describing: error))")
        let large = Fixture.partition("a", "300mi", Fixture.fileSystem("/a", type: type))
        #expect(try Fixture.operations(Self.single([Self.root(), large])).formats.count == 2)
    }

    @Test(
        "a size of nothing and one beyond all numbers are refused", arguments: ["0g", "0%", "99999999999t", "x", ">0m"])
    func oddSizes(text: String) throws {
        let full = [Self.root("20g"), Fixture.partition("a", ">1m"), Fixture.partition("b", text)]
        #expect(throws: InstallationError.self) { try Fixture.operations(Self.single(full)) }
    }

    // MARK: Volume groups

    private static let rootGroup: Members = [
        "disks": [
            Fixture.disk(
                "sda",
                partitions: [
                    Fixture.partition("boot", "1g", Fixture.fileSystem("/boot")),
                    Fixture.partition("pv", ">5g", nil, ["volume_group": "my-vg"]),
                ])
        ],
        "volume_groups": [
            [
                "name": "my-vg",
                "logical_volumes": [
                    ["name": "root", "size": "20g", "filesystem": Fixture.fileSystem("/")],
                    ["name": "swap", "size": "4gi", "filesystem": Fixture.fileSystem(nil, type: "swap")],
                    ["name": "rest", "size": ">1g", "filesystem": Fixture.fileSystem("/srv")],
                ],
            ]
        ],
    ]

    @Test("root may be on a logical volume, which is named to kernel and fstab by its node")
    func rootVolume() throws {
        let operations = try Fixture.operations(Self.rootGroup)
        #expect(operations.bootConfiguration?.root == "/dev/mapper/my--vg-root")
        let table = try #require(operations.text("/etc/fstab"))
        #expect(table.contains("/dev/mapper/my--vg-root / ext4 defaults 0 1\n"))
        #expect(table.contains("/dev/mapper/my--vg-swap none swap sw 0 0\n"))
        #expect(operations.tables["sda"]?.partitions.last?.type == .lvm)
        #expect(
            operations.contains {
                $0.action
                    == .prepareInitramfs(InitramfsRequirements(needsLVM: true, needsArrays: false, disks: ["sda"]))
            })
    }

    @Test("volumes have whole extents, and together no more than their group")
    func extents() throws {
        let operations = try Fixture.operations(Self.rootGroup)
        var sum = 0
        for case .createLogicalVolume(let volume) in operations.map(\.action) {
            #expect(volume.size.isMultiple(of: volume.extentSize))
            #expect(volume.extents * volume.extentSize == volume.size)
            sum += volume.size
        }
        let partition = try #require(operations.tables["sda"]?.partitions.last)
        #expect(sum <= partition.size - Self.mebibyte)
        #expect(sum > partition.size - 16 * Self.mebibyte)
    }

    @Test(
        "groups and arrays that contradict themselves are refused",
        arguments: [
            (["volume_groups": [["name": "data"], ["name": "data"]]], "two volume groups are called data"),
            (["volume_groups": []], "the volume group data, which the plan does not have"),
            (["volume_groups": [["name": "data"], ["name": "other"]]], "other has no disk or partition"),
            (
                [
                    "volume_groups": [
                        [
                            "name": "data",
                            "logical_volumes": [["name": "a", "size": "1g"], ["name": "a", "size": "1g"]],
                        ]
                    ]
                ], "data has two volumes a"
            ),
            (
                ["volume_groups": [["name": "data", "logical_volumes": [["name": "a", "size": "2t"]]]]],
                "volume a of data is to have 2t"
            ),
            (["raid": [array("md0", [("bootdisk", "var"), ("sdb", nil)])]], "used by itself, too"),
            (["raid": [array("md0", [("md1", nil), ("sdb", nil)])]], "md1, which is no disk or partition"),
            (["disks": []], "lays out no disk"),
        ] as [(OrderedDictionary<String, Value>, String)])
    func contradictions(members: OrderedDictionary<String, Value>, reason: String) throws {
        let error = #expect(throws: InstallationError.self) { try Fixture.operations(members) }
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    private static func array(
        _ name: String, _ members: [(String, String?)], _ others: OrderedDictionary<String, Value> = [:]
    ) -> Value {
        var array: Value.Object = [
            "name": .string(name), "level": "raid1",
            "members": .array(members.map { ["device": .string($0), "partition": Value($1)] }),
        ]
        for (key, value) in others { array[key] = value }
        return .object(array)
    }

    // MARK: Arrays

    private static let mirror: Members = {
        let partitions = [Fixture.partition("boot", "2g"), Fixture.partition("system", "40g")]
        return [
            "disks": [Fixture.disk("sda", partitions: partitions), Fixture.disk("sdb", partitions: partitions)],
            "raid": [
                array("boot", [("sda", "boot"), ("sdb", "boot")], ["filesystem": Fixture.fileSystem("/boot")]),
                array("system", [("sda", "system"), ("sdb", "system")], ["volume_group": "vg"]),
            ],
            "volume_groups": [
                [
                    "name": "vg",
                    "logical_volumes": [["name": "root", "size": "30g", "filesystem": Fixture.fileSystem("/")]],
                ]
            ],
        ]
    }()

    @Test("a mirror boots from each of its disks")
    func mirrored() throws {
        let bios = try Fixture.operations(Self.mirror)
        #expect(bios.bootLoader?.disks == ["sda", "sdb"])
        for name in ["sda", "sdb"] {
            #expect(bios.tables[name]?.partitions.map(\.type) == [.biosBoot, .raid, .raid])
        }
        #expect(bios.bootConfiguration?.modules == ["part_gpt", "mdraid1x", "ext2"])
        let uefi = try Fixture.operations(Self.mirror.merging(["boot_mode": "uefi"]) { $1 }, Fixture.machine(.uefi))
        #expect(uefi.bootLoader?.systemPartitions.map(\.mountPoint) == ["/boot/efi", "/boot/efi2"])
        #expect(uefi.tables["sda"]?.partitions.first?.uuid != uefi.tables["sdb"]?.partitions.first?.uuid)
    }

    @Test("arrays are known by UUID, whatever the host is called")
    func arrayConfiguration() throws {
        let operations = try Fixture.operations(Self.mirror)
        let text = try #require(operations.text("/etc/mdadm/mdadm.conf"))
        #expect(text.hasPrefix("HOMEHOST <ignore>\n"))
        for case .createArray(let array) in operations.map(\.action) {
            #expect(array.uuid.split(separator: ":").map(\.count) == [8, 8, 8, 8])
            #expect(text.contains("ARRAY /dev/md/\(array.name) metadata=1.2 UUID=\(array.uuid)\n"))
        }
        #expect(
            operations.contains {
                let disks = ["sda", "sdb"]
                return $0.action
                    == .prepareInitramfs(InitramfsRequirements(needsLVM: true, needsArrays: true, disks: disks))
            })
    }

    @Test("a partition in two arrays is refused")
    func shared() throws {
        var members = Self.mirror
        members["raid"] = [
            Self.array("a", [("sda", "boot"), ("sdb", "boot")], ["filesystem": Fixture.fileSystem("/boot")]),
            Self.array("b", [("sda", "boot"), ("sdb", "system")], ["volume_group": "vg"]),
        ]
        let error = #expect(throws: InstallationError.self) { try Fixture.operations(members) }
        #expect(error?.message.contains("partition boot of sda is part of the array a and of b") == true)
    }

    // MARK: Where to boot from

    @Test("without a partition of the system, the disk with the label bootdrive is booted from, else that of the group")
    func bootDisk() throws {
        func operations(_ labels: Value) throws -> [InstallationOperation] {
            let partitions = [Fixture.partition("pv", "30g", nil, ["volume_group": "vg"])]
            return try Fixture.operations([
                "disks": [
                    Fixture.disk("sda", partitions: partitions),
                    Fixture.disk("sdb", labels: labels, partitions: [Fixture.partition("x", "1g")]),
                ],
                "volume_groups": [
                    [
                        "name": "vg",
                        "logical_volumes": [["name": "root", "size": "20g", "filesystem": Fixture.fileSystem("/")]],
                    ]
                ],
            ])
        }
        let core = try Fixture.operations([
            "disks": [
                Fixture.disk("sda", group: "vg"),
                Fixture.disk(
                    "sdb", partitions: [Fixture.partition("core", "2mi", Fixture.fileSystem(nil, type: "bios_boot"))]),
            ],
            "volume_groups": [
                [
                    "name": "vg",
                    "logical_volumes": [["name": "root", "size": "20g", "filesystem": Fixture.fileSystem("/")]],
                ]
            ],
        ])
        #expect(core.bootLoader?.disks == ["sdb"])
        #expect(try operations(["bootdrive": "true"]).bootLoader?.disks == ["sdb"])
        #expect(try operations([:]).bootLoader?.disks == ["sda"])
        #expect(try operations([:]).bootConfiguration?.kernelFolder == "/boot")
        #expect(try operations([:]).bootConfiguration?.modules == ["part_gpt", "lvm", "ext2"])
    }

    @Test("a machine without a partition to boot from is refused")
    func wholeDisk() throws {
        let error = #expect(throws: InstallationError.self) {
            try Fixture.operations([
                "disks": [Fixture.disk("sda", group: "vg")],
                "volume_groups": [
                    [
                        "name": "vg",
                        "logical_volumes": [["name": "root", "size": "20g", "filesystem": Fixture.fileSystem("/")]],
                    ]
                ],
            ])
        }
        #expect(error?.message.contains("no disk is one to boot from") == true)
    }

    @Test("nothing at /, and one mount point twice, are refused by name")
    func mountPoints() throws {
        let twice = [Self.root(), Fixture.partition("b", "1g", Fixture.fileSystem("/"))]
        #expect(
            #expect(throws: InstallationError.self) { try Fixture.operations(Self.single(twice)) }?.message
                .contains("both partition 1 of sda and partition 2 of sda are to be mounted at /") == true)
        let none = [Fixture.partition("b", "1g", Fixture.fileSystem("/boot"))]
        #expect(
            #expect(throws: InstallationError.self) { try Fixture.operations(Self.single(none)) }?.message
                .contains("nothing is mounted at /") == true)
        let uuid = "01234567-89ab-4def-8123-456789abcdef"
        let same = [
            Fixture.partition("root", "20g", Fixture.fileSystem("/", ["uuid": .string(uuid)])),
            Fixture.partition("b", "1g", Fixture.fileSystem("/b", ["uuid": .string(uuid.uppercased())])),
        ]
        #expect(
            #expect(throws: InstallationError.self) { try Fixture.operations(Self.single(same)) }?.message
                .contains("have the UUID \(uuid)") == true)
    }
}
