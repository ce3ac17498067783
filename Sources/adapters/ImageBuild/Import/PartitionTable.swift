import Primitives

/// The partitions of a disk: of a GPT (UEFI 2.10 §5.3), else of an MBR.
package struct PartitionTable: Sendable, Hashable {
    package struct Partition: Sendable, Hashable {
        /// From 1 on.
        package var number: Int
        /// In bytes.
        package var offset: Int
        package var size: Int
        package var kind: Kind

        package init(number: Int, offset: Int, size: Int, kind: Kind) {
            self.number = number
            self.offset = offset
            self.size = size
            self.kind = kind
        }
    }

    /// What a partition is for, as far as it matters here.
    package enum Kind: Sendable, Hashable {
        /// A root file system of this architecture, by its type.
        case root
        /// Any file system of Linux.
        case linux
        /// `/boot`, apart from the root.
        case boot
        case other
    }

    package var partitions: [Partition]

    /// Sectors of such disks have 512 bytes.
    private static let sector = 512
    /// In bytes: how much of a disk has to be looked at.
    package static let length = 34 * sector

    /// By type (Discoverable Partitions Specification).
    private static let kinds: [(guid: String, kind: Kind)] = [
        ("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", .root), ("0fc63daf-8483-4772-8e79-3d69d8477de4", .linux),
        ("bc13c2ff-59e6-4262-a352-b275fd6f7172", .boot),
    ]

    /// - Parameters:
    ///   - bytes: the first `length` bytes of the disk.
    ///   - diskSize: of the whole disk, in bytes; partitions that end behind it are left out.
    /// - Throws: `BoatyardError` `image.partitions`.
    package init(_ bytes: [UInt8], diskSize: Int) throws(BoatyardError) {
        guard bytes.count >= Self.length, bytes[510] == 0x55, bytes[511] == 0xAA else {
            throw Self.unusable("it has no partition table")
        }
        let hasGPT = bytes[Self.sector..<Self.sector + 8].elementsEqual(Array("EFI PART".utf8))
        let found = hasGPT ? Self.gpt(bytes) : Self.mbr(bytes)
        partitions = found.filter {
            $0.size > 0 && $0.offset > 0 && $0.size <= diskSize && $0.offset <= diskSize - $0.size
        }
        guard !partitions.isEmpty else { throw Self.unusable("none of its partitions lies within it") }
    }

    private static func gpt(_ bytes: [UInt8]) -> [Partition] {
        let start = number(bytes, sector + 72, 8)
        let count = number(bytes, sector + 80, 4)
        let length = number(bytes, sector + 84, 4)
        guard start == 2, (128...1024).contains(length), count > 0 else { return [] }
        var partitions: [Partition] = []
        for index in 0..<min(count, 128) {
            let place = 2 * sector + index * length
            guard place + 128 <= bytes.count else { break }
            guard bytes[place..<place + 16].contains(where: { $0 != 0 }) else { continue }
            let guid = guid(bytes[place..<place + 16])
            let first = number(bytes, place + 32, 8)
            let last = number(bytes, place + 40, 8)
            // In sectors: what fits into 53 bits fits into an Int as bytes.
            guard first > 0, last >= first, last < 1 << 50 else { continue }
            let kind = kinds.first { $0.guid == guid }?.kind ?? .other
            partitions.append(
                Partition(number: index + 1, offset: first * sector, size: (last - first + 1) * sector, kind: kind))
        }
        return partitions
    }

    /// The text of a GUID of 16 bytes, whose first three parts are little endian on the disk.
    private static func guid(_ bytes: ArraySlice<UInt8>) -> String {
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
        var text = ""
        for (place, index) in order.enumerated() {
            if [4, 6, 8, 10].contains(place) { text += "-" }
            text += [bytes[bytes.startIndex + index]].hex
        }
        return text
    }

    private static func mbr(_ bytes: [UInt8]) -> [Partition] {
        (0..<4).compactMap { index in
            let place = 446 + index * 16
            let first = number(bytes, place + 8, 4)
            let count = number(bytes, place + 12, 4)
            guard bytes[place + 4] != 0, first > 0, count > 0 else { return nil }
            return Partition(
                number: index + 1, offset: first * sector, size: count * sector,
                kind: bytes[place + 4] == 0x83 ? .linux : .other)
        }
    }

    /// Little endian; what does not fit is -1.
    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        var value: UInt64 = 0
        for place in (offset..<offset + count).reversed() { value = value << 8 | UInt64(bytes[place]) }
        return Int(exactly: value) ?? -1
    }

    /// The partition with the root: the one that says so, else the largest of Linux.
    ///
    /// - Throws: `BoatyardError` `image.partitions`.
    package func root() throws(BoatyardError) -> Partition {
        let candidates = partitions.filter { $0.kind == .root }
        let all = candidates.isEmpty ? partitions.filter { $0.kind == .linux } : candidates
        guard let root = all.max(by: { $0.size < $1.size }) else {
            throw Self.unusable("it has no partition with a file system of Linux")
        }
        return root
    }

    /// The partition that is mounted at `/boot`; nil where the root has it.
    package var boot: Partition? { partitions.first { $0.kind == .boot } }

    private static func unusable(_ what: String) -> BoatyardError {
        BoatyardError(
            "image.partitions", "The disk cannot be imported: \(what).", kind: .invalid)
    }
}
