import ImageBuild
import Netboot
import Primitives
import Testing

@Suite("Disks of cloud images")
struct PartitionTableTests {
    private static let linux: [UInt8] = [
        0xAF, 0x3D, 0xC6, 0x0F, 0x83, 0x84, 0x72, 0x47, 0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4,
    ]
    private static let root: [UInt8] = [
        0xE3, 0xBC, 0x68, 0x4F, 0xCD, 0xE8, 0xB1, 0x4D, 0x96, 0xE7, 0xFB, 0xCA, 0xF9, 0x84, 0xB7, 0x09,
    ]
    private static let boot: [UInt8] = [
        0xFF, 0xF2, 0xC3, 0xBC, 0x59, 0xE6, 0x62, 0x42, 0xA3, 0x52, 0xB2, 0x75, 0xFD, 0x6F, 0x71, 0x72,
    ]
    private static let esp: [UInt8] = [
        0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B,
    ]

    private static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// A disk with a GPT; partitions by type, first and last sector.
    private func gpt(_ partitions: [Int: (type: [UInt8], first: Int, last: Int)], length: Int = 128) -> [UInt8] {
        var disk = [UInt8](repeating: 0, count: PartitionTable.length)
        func put(_ bytes: [UInt8], at offset: Int) {
            for (place, byte) in bytes.enumerated() where offset + place < disk.count { disk[offset + place] = byte }
        }
        put([0x55, 0xAA], at: 510)
        put([0xEE], at: 450)
        put(Array("EFI PART".utf8), at: 512)
        put(Self.bytes(2, 8) + Self.bytes(128, 4) + Self.bytes(length, 4), at: 512 + 72)
        for (number, partition) in partitions {
            put(
                partition.type + Self.bytes(number, 16) + Self.bytes(partition.first, 8)
                    + Self.bytes(partition.last, 8),
                at: 1024 + (number - 1) * length)
        }
        return disk
    }

    @Test("the root is the partition that says so, else the largest of Linux")
    func choice() throws {
        let debian = try PartitionTable(
            gpt([1: (Self.root, 262144, 4194303), 14: (Self.esp, 2048, 8191), 15: (Self.linux, 8192, 262143)]),
            diskSize: 4 << 30)
        #expect(try debian.root().number == 1)
        #expect(try debian.root().offset == 262144 * 512)
        #expect(debian.boot == nil)
        let ubuntu = try PartitionTable(
            gpt([
                1: (Self.linux, 2_099_200, 7_339_998), 15: (Self.esp, 10240, 227_327),
                16: (Self.boot, 227_328, 2_097_152),
            ]),
            diskSize: 4 << 30)
        #expect(try ubuntu.root().number == 1)
        #expect(ubuntu.boot?.number == 16)
        #expect(ubuntu.boot?.size == (2_097_152 - 227_328 + 1) * 512)
    }

    @Test("a table of the old kind is read, too")
    func mbr() throws {
        var disk = [UInt8](repeating: 0, count: PartitionTable.length)
        disk[510...511] = [0x55, 0xAA]
        disk.replaceSubrange(446..<462, with: [0, 0, 0, 0, 0x83, 0, 0, 0] + Self.bytes(2048, 4) + Self.bytes(4096, 4))
        disk.replaceSubrange(462..<478, with: [0, 0, 0, 0, 0x82, 0, 0, 0] + Self.bytes(8192, 4) + Self.bytes(4096, 4))
        let table = try PartitionTable(disk, diskSize: 1 << 30)
        #expect(try table.root() == .init(number: 1, offset: 1 << 20, size: 2 << 20, kind: .linux))
        #expect(table.partitions.map(\.kind) == [.linux, .other])
    }

    @Test("a table that leads out of the disk, or says nothing, is refused")
    func refused() throws {
        let zero = [UInt8](repeating: 0, count: PartitionTable.length)
        for (disk, size) in [
            ([], 0), (zero, 1 << 30), (gpt([:]), 1 << 30), (gpt([1: (Self.linux, 2048, 1 << 40)]), 1 << 30),
            (gpt([1: (Self.linux, 4096, 2048)]), 1 << 30), (gpt([1: (Self.linux, -1, -1)]), 1 << 30),
            (gpt([1: (Self.linux, 2048, 4096)], length: 0), 1 << 30),
        ] {
            let error = #expect(throws: BoatyardError.self) { try PartitionTable(disk, diskSize: size) }
            #expect(error?.code == "image.partitions" && error?.kind == .invalid)
        }
        let none = try PartitionTable(gpt([1: (Self.esp, 2048, 4096)]), diskSize: 1 << 30)
        #expect(throws: BoatyardError.self) { try none.root() }
    }

    @Test("files are told by their first bytes")
    func kinds() {
        func at(_ offset: Int, _ bytes: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: offset) + bytes }
        #expect(FileKind([0x28, 0xB5, 0x2F, 0xFD, 0]) == .archive(.zstd))
        #expect(FileKind([0x1F, 0x8B, 8]) == .archive(.gzip))
        #expect(FileKind([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]) == .archive(.xz))
        #expect(FileKind(at(257, Array("ustar".utf8))) == .archive(.tar))
        #expect(FileKind(Array("hsqs".utf8)) == .squashfs)
        #expect(FileKind(Array("QFI".utf8) + [0xFB]) == .qcow2)
        #expect(FileKind(at(510, [0x55, 0xAA])) == .disk)
        #expect(FileKind(at(0x438, [0x53, 0xEF])) == .fileSystem)
        #expect(FileKind([]) == .unknown)
        #expect(FileKind(Array("#!/bin/sh".utf8)) == .unknown)
    }
}
