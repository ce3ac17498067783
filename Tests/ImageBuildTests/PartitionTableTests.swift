import ImageBuild
import Netboot
import Primitives
import Testing

@Suite("Disks of cloud images")
struct PartitionTableTests {
    private static let linux = guid("0FC63DAF-8483-4772-8E79-3D69D8477DE4")
    private static let root = guid("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709")
    private static let boot = guid("BC13C2FF-59E6-4262-A352-B275FD6F7172")
    private static let esp = guid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B")

    /// A GUID as it stands on the disk: the first three parts are little endian.
    private static func guid(_ text: String) -> [UInt8] {
        let parts = text.split(separator: "-").map { part in
            stride(from: 0, to: part.count, by: 2).map { place in
                UInt8(part.dropFirst(place).prefix(2), radix: 16) ?? 0
            }
        }
        return parts[0].reversed() + parts[1].reversed() + parts[2].reversed() + parts[3] + parts[4]
    }

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

    @Test("partitions are told by the GUIDs of the specification")
    func types() throws {
        // As `sfdisk` writes it.
        #expect(
            Self.boot == [
                0xFF, 0xC2, 0x13, 0xBC, 0xE6, 0x59, 0x62, 0x42, 0xA3, 0x52, 0xB2, 0x75, 0xFD, 0x6F, 0x71, 0x72,
            ])
        for (type, kind) in [
            (Self.root, PartitionTable.Kind.root), (Self.linux, .linux), (Self.boot, .boot), (Self.esp, .other),
        ] {
            let table = try PartitionTable(gpt([1: (type, 2048, 4096)]), diskSize: 1 << 30)
            #expect(table.partitions.map(\.kind) == [kind])
        }
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
