import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("Wiping and erasing")
struct WipeTests {
    private typealias Layer = MachineFacts.Layer

    private func names(_ layers: [MachineFacts.Layer], _ disks: [MachineFacts.Disk] = Fixture.disks) -> [String] {
        WipePlanner(facts: Fixture.machine(disks: disks, layers: layers)).operations(for: disks, discards: false).names
    }

    @Test("volumes, then the array's contents, then the array, its members, partitions, and the disks last")
    func topDown() {
        let layers = [
            Layer(name: "sda1", kind: .partition, size: 1 << 34, lowers: ["sda"]),
            Layer(name: "sdb1", kind: .partition, size: 1 << 34, lowers: ["sdb"]),
            Layer(name: "md127", kind: .array, size: 1 << 34, lowers: ["sda1", "sdb1"]),
            Layer(name: "dm-0", path: "/dev/mapper/vg-root", kind: .mapped, size: 1 << 33, lowers: ["md127"]),
            Layer(
                name: "dm-1", path: "/dev/mapper/vg-swap", kind: .mapped, size: 1 << 30, lowers: ["md127"], isSwap: true
            ),
        ]
        #expect(
            names(layers) == [
                "swapoff dm-1", "wipe dm-0", "remove dm-0", "wipe dm-1", "remove dm-1", "wipe md127", "stop md127",
                "wipe sda1", "wipe sdb1", "wipe sda", "wipe sdb",
            ])
    }

    @Test("what is mounted is unmounted before anything is touched, innermost first")
    func mounted() {
        let layers = [
            Layer(
                name: "sda1", kind: .partition, size: 1 << 34, lowers: ["sda"],
                mountPoints: ["/mnt", "/mnt/a/b", "/mnt/a"])
        ]
        let operations = WipePlanner(facts: Fixture.machine(layers: layers)).operations(
            for: Fixture.disks, discards: false)
        #expect(operations.first?.name == "unmount sda1")
        #expect(
            operations.first?.action
                == .release(
                    Release(kind: .unmount, device: "/dev/sda1", mountPoints: ["/mnt/a/b", "/mnt/a", "/mnt"])))
    }

    @Test("what is partly on a disk outside of the plan is stopped, and not written to")
    func foreign() {
        let layers = [Layer(name: "md0", kind: .array, size: 1 << 34, lowers: ["sda", "sdb"])]
        let operations = WipePlanner(facts: Fixture.machine(layers: layers)).operations(
            for: [Fixture.disks[0]], discards: false)
        #expect(operations.names == ["stop md0", "wipe sda"])
    }

    @Test("a device that cannot be written to, or has no size, is taken apart and not written to")
    func readOnly() {
        let layers = [
            Layer(name: "dm-0", kind: .mapped, size: 1 << 30, lowers: ["sda"], isReadOnly: true),
            Layer(name: "dm-1", kind: .mapped, size: 0, lowers: ["sda"]),
        ]
        #expect(names(layers) == ["remove dm-0", "remove dm-1", "wipe sda", "wipe sdb"])
    }

    @Test("layers that stand on each other in a circle are wiped once each, and end")
    func circle() {
        let layers = [
            Layer(name: "dm-0", kind: .mapped, size: 1 << 30, lowers: ["sda", "dm-1"]),
            Layer(name: "dm-1", kind: .mapped, size: 1 << 30, lowers: ["dm-0"]),
        ]
        #expect(Set(names(layers)).count == names(layers).count)
    }

    @Test("both ends of a device are overwritten, and where an array's data begins")
    func ranges() throws {
        let wipe = try #require(try Fixture.operations().wipes.first)
        let size = Fixture.disks[0].size
        #expect(wipe.ranges == [0..<4 << 20, size - 4 << 20..<size])
        #expect(wipe.identity == DiskIdentity(Fixture.disks[0]))
        #expect(Wipe.ranges(size: 1 << 30, dataOffset: 128 << 20).map(\.lowerBound) == [0, 128 << 20, 1020 << 20])
        #expect(
            Wipe.ranges(size: 1 << 30, dataOffset: 1 << 20) == [0..<4 << 20, 4 << 20..<5 << 20, 1020 << 20..<1 << 30])
        for offset in [-1, 1 << 30, .max] {
            #expect(Wipe.ranges(size: 1 << 30, dataOffset: offset).count == 2)
        }
        #expect(Wipe.ranges(size: 1 << 20, dataOffset: nil) == [0..<1 << 20])
        #expect(Wipe.ranges(size: 0, dataOffset: nil).isEmpty)
    }

    @Test("a disk is locked while it or a partition of it is written to, and a volume is not")
    func locks() throws {
        let operations = try Fixture.operations()
        let locked = Dictionary(operations.map { ($0.name, $0.lockedDisk) }, uniquingKeysWith: { $1 })
        #expect(locked["wipe sda"] == "sda")
        #expect(locked["partition sda"] == "sda")
        #expect(locked["format partition 1 of sda"] == "sda")
        #expect(locked["create physical volume sdb"] == "sdb")
        #expect(locked["format data/log"] == .some(nil))
        #expect(locked["unpack image"] == .some(nil))
    }

    @Test("a disk is known again by name, size, serial and WWN, and by nothing less")
    func identity() {
        let identity = DiskIdentity(Fixture.disks[0])
        var other = Fixture.disks[0]
        #expect(identity.matches(other))
        other.serial = "S9"
        #expect(!identity.matches(other))
    }

    // MARK: Erasing

    private static let erased: [MachineFacts.Disk] = [
        .init(name: "nvme0n1", size: 1 << 38, secureErasures: [.nvmeCryptoFormat, .nvmeFormat]),
        .init(name: "sda", size: 1 << 38), .init(name: "sdb", size: 1 << 30, isRemovable: true),
        .init(name: "sdc", size: 1 << 38, isReadOnly: true), .init(name: "sdd", size: 0),
        .init(name: "mmcblk0boot0", size: 4 << 20), .init(name: "mmcblk0", size: 1 << 34),
        .init(name: "sde", size: 1 << 40, signatures: ["gpt", "VMFS_volume_member"]),
    ]

    private func erasure(_ mode: ErasurePlan.Mode) -> [InstallationOperation] {
        ErasurePlanner.operations(
            ErasurePlan(deployment: Fixture.deployment, node: "n1", mode: mode, reportURL: "http://a"),
            Fixture.machine(disks: Self.erased))
    }

    @Test("every disk is erased but those that cannot or must not be, each of which is told with the reason")
    func erasing() {
        #expect(
            erasure(.quick).names == [
                "report started", "wipe nvme0n1", "wipe sda", "wipe mmcblk0", "report erased",
            ])
        #expect(
            ErasurePlanner.left(Fixture.machine(disks: Self.erased)).map(\.name) == [
                "sdb", "sdc", "sdd", "mmcblk0boot0", "sde",
            ])
        #expect(
            erasure(.secure).last?.description
                == "All disks of n1 are erased, but for sdb: it is removable; sdc: it is read-only; "
                + "mmcblk0boot0: it holds firmware; sde: it has VMFS_volume_member on it, a file system that several machines use at "
                + "once.")
    }

    @Test("secure: the disk erases itself where it can, and discards what it holds where not")
    func secure() {
        let operations = erasure(.secure)
        #expect(operations.names.contains("erase nvme0n1"))
        #expect(!operations.names.contains("erase sda"))
        #expect(operations.wipes.map(\.discards) == [true, true, true])
        #expect(erasure(.quick).wipes.map(\.discards) == [false, false, false])
    }
}
