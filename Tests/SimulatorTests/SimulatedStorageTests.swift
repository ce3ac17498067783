import Installation
import Primitives
import Testing

@testable import Simulator

@Suite("Disks in memory")
struct SimulatedStorageTests {
    private static let disk = MachineFacts.Disk(name: "sda", size: 100_000_000_000, serial: "S")

    private static func plan(_ partitions: [Value], deployment: String = "01CZTB7GN1000G40R40M30E27Z") -> Value {
        [
            "kind": "install", "deployment": .string(deployment), "node": "n1", "fqdn": "n1.example.com",
            "image": [
                "name": "i", "url": "http://a/b", "sha256": .string(String(repeating: "0", count: 64)), "format": "tar",
            ],
            "boot_mode": "bios", "network": ["interfaces": []], "report_url": "http://a/b",
            "disks": [
                ["device": "sda", "name": "sda", "selector": ["alias": "sda"], "partitions": .array(partitions)]
            ],
            "volume_groups": [
                [
                    "name": "vg",
                    "logical_volumes": [
                        ["name": "srv", "size": "10g", "filesystem": ["type": "xfs", "mountpoint": "/srv"]]
                    ],
                ]
            ],
        ]
    }

    private static let partitions: [Value] = [
        ["name": "root", "size": "30g", "filesystem": ["type": "ext4", "mountpoint": "/"]],
        ["name": "pv", "size": ">20g", "volume_group": "vg"],
    ]

    private func operations(
        _ storage: SimulatedStorage, deployment: String = "01CZTB7GN1000G40R40M30E27Z"
    ) throws -> [InstallationOperation] {
        guard case .install(let plan) = try MachinePlan(Self.plan(Self.partitions, deployment: deployment)) else {
            return []
        }
        let (disks, layers) = storage.facts
        return try InstallationPlanner.operations(
            plan, MachineFacts(firmware: .bios, disks: disks, layers: layers))
    }

    @Test("an installation leaves partitions, volumes, files and a boot loader, and nothing mounted")
    func installs() throws {
        var storage = SimulatedStorage(disks: [Self.disk])
        for operation in try operations(storage) { try storage.carryOut(operation) }
        #expect(storage.mounts.isEmpty)
        #expect(storage.bootDisks == ["sda"])
        #expect(storage.files["/etc/fstab"] != nil)
        #expect(storage.facts.disks[0].identifier != nil)
        #expect(storage.facts.layers.count == 3)
    }

    @Test("what was stopped in the middle is found by the next installation, wiped, and installed")
    func again() throws {
        for count in 0..<(try operations(SimulatedStorage(disks: [Self.disk])).count) {
            var storage = SimulatedStorage(disks: [Self.disk])
            for operation in try operations(storage).prefix(count) { try storage.carryOut(operation) }
            for operation in try operations(storage, deployment: "01CZTB7GN1000G40R40M30E270") {
                try storage.carryOut(operation)
            }
            #expect(storage.bootDisks == ["sda"])
        }
    }

    @Test("the same deployment again, after any operation, wipes nothing that it has made, and ends installed")
    func resumed() throws {
        let all = try operations(SimulatedStorage(disks: [Self.disk]))
        let partitioned = try #require(all.firstIndex { $0.name == "partition sda" })
        for count in [partitioned + 1, all.count] {
            var storage = SimulatedStorage(disks: [Self.disk])
            for operation in all.prefix(count) { try storage.carryOut(operation) }
            let next = try operations(storage)
            #expect(!next.contains { $0.name.hasPrefix("wipe") })
            for operation in next { try storage.carryOut(operation) }
            #expect(storage.bootDisks == ["sda"])
        }
    }

    @Test("whatever needs an operation that was left out is refused")
    func leftOut() throws {
        let all = try operations(SimulatedStorage(disks: [Self.disk]))
        var count = 0
        for (index, operation) in all.enumerated() {
            switch operation.action {
            case .partition, .createPhysicalVolume, .createVolumeGroup, .createLogicalVolume, .format, .unpackImage:
                break
            case .mount(let mount) where mount.mountPoint == "/": break
            default: continue
            }
            count += 1
            #expect(throws: RehearsalError.self, "without \(operation.name)") {
                var storage = SimulatedStorage(disks: [Self.disk])
                for (place, other) in all.enumerated() where place != index { try storage.carryOut(other) }
            }
        }
        #expect(count == 8)
    }

    @Test("partitions that overlap, or lie beyond the end, are refused")
    func places() throws {
        let all = try operations(SimulatedStorage(disks: [Self.disk]))
        guard case .partition(let table)? = all.first(where: { $0.name == "partition sda" })?.action else {
            Issue.record("nothing is partitioned")
            return
        }
        var overlapping = table
        overlapping.partitions[1].start = overlapping.partitions[0].start
        var beyond = table
        beyond.partitions[2].size = Self.disk.size
        var twice = table
        twice.partitions[1].number = twice.partitions[0].number
        for wrong in [overlapping, beyond, twice] {
            var storage = SimulatedStorage(disks: [Self.disk])
            #expect(throws: RehearsalError.self) { try storage.carryOut(.init("p", "", .partition(wrong))) }
        }
        var used = SimulatedStorage(disks: [Self.disk])
        try used.carryOut(.init("p", "", .partition(table)))
        var other = table
        other.identifier = "0"
        #expect(throws: RehearsalError.self) { try used.carryOut(.init("p", "", .partition(other))) }
    }

    @Test("a disk that is another one by now is not written to")
    func otherDisk() throws {
        let all = try operations(SimulatedStorage(disks: [Self.disk]))
        var swapped = Self.disk
        swapped.serial = "T"
        var storage = SimulatedStorage(disks: [swapped])
        let wipe = try #require(all.first { $0.name == "wipe sda" })
        #expect(throws: RehearsalError.self) { try storage.carryOut(wipe) }
    }

    @Test("a disk that fails is told at the first operation that writes to it, and whenever it is written to later")
    func failingDisk() throws {
        let all = try operations(SimulatedStorage(disks: [Self.disk]))
        var storage = SimulatedStorage(disks: [Self.disk], failing: "sda")
        let first = try #require(all.firstIndex { $0.name == "wipe sda" })
        for operation in all[..<first] { try storage.carryOut(operation) }
        for name in ["wipe sda", "partition sda"] {
            let operation = try #require(all.first { $0.name == name })
            let error = #expect(throws: RehearsalError.self) { try storage.carryOut(operation) }
            #expect(
                error?.description
                    == "/dev/sda cannot be written to: Input/output error. The disk is broken or write-protected: "
                    + "replace it, or leave it out of the design.")
        }
        #expect(storage.facts.disks[0].identifier == nil)
        var other = SimulatedStorage(disks: [Self.disk], failing: "sdb")
        for operation in all { try other.carryOut(operation) }
        #expect(other.bootDisks == ["sda"])
    }

    @Test(
        "partitions are named as the kernel names them",
        arguments: [
            ("sda", "sda1"), ("sdaa", "sdaa1"), ("vda", "vda1"), ("xvda", "xvda1"), ("nvme0n1", "nvme0n1p1"),
            ("mmcblk0", "mmcblk0p1"),
        ])
    func partitionNames(disk: String, partition: String) throws {
        let all = try operations(SimulatedStorage(disks: [Self.disk]))
        guard case .partition(var table)? = all.first(where: { $0.name == "partition sda" })?.action else {
            Issue.record("nothing is partitioned")
            return
        }
        let named = MachineFacts.Disk(name: disk, size: Self.disk.size, serial: "S")
        table.disk = DiskIdentity(named)
        table.partitions[0].number = 1
        table.partitions = [table.partitions[0]]
        var storage = SimulatedStorage(disks: [named])
        try storage.carryOut(.init("p", "", .partition(table)))
        #expect(storage.facts.layers.map(\.path) == ["/dev/\(partition)"])
    }

    @Test(
        "disks without a name of their own are counted as the kernel counts them",
        arguments: [(0, "sda"), (25, "sdz"), (26, "sdaa"), (701, "sdzz"), (702, "sdaaa")])
    func diskNames(index: Int, name: String) {
        #expect(SampleAddresses.diskName(index) == name)
    }

    @Test("an address of which only an expression is known is one that it matches")
    func sampleAddresses() {
        var addresses = SampleAddresses()
        #expect(addresses.matching("0000:00:03.0", besides: ["0000:00:03.0"]) == "0000:00:03.0")
        let expression = "regexp:0000:(19|01):00\\.[01]"
        #expect(addresses.matching(expression, besides: []) == "0000:01:00.0")
        #expect(addresses.matching(expression, besides: ["0000:01:00.0", "0000:01:00.1"]) == "0000:19:00.0")
        #expect(addresses.matching("regexp:nothing", besides: []) == "regexp:nothing")
        #expect(addresses.matching("regexp:(", besides: []) == "regexp:(")
    }
}
