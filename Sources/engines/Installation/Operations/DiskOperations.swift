/// Stops the use of a device, so that what is below it can be wiped.
package struct Release: Sendable, Hashable {
    /// What keeps the device in use.
    package enum Kind: String, Sendable, Hashable {
        /// `device` is mounted at each of `mountPoints`.
        case unmount
        /// `device` is swapped to.
        case swapOff = "swap-off"
        /// `device` is one of the device mapper.
        case removeMapping = "remove-mapping"
        /// `device` is an array.
        case stopArray = "stop-array"
    }

    /// What is to be stopped.
    package var kind: Kind
    /// Its node: `/dev/mapper/vg0-root`.
    package var device: String
    /// Innermost first; empty for the other kinds.
    package var mountPoints: [String]
}

/// Overwrites the beginning and the end of a device, where file systems, LVM, md, ZFS and partition tables have their
/// marks, and then whatever mark `wipefs` still finds.
package struct Wipe: Sendable, Hashable {
    /// The node to write to: `/dev/sda`, `/dev/md127`.
    package var device: String
    /// The kernel's name of the disk to lock; nil for devices of md and of the device mapper.
    package var disk: String?
    /// The disk as it was chosen; nil for what is not a whole disk.
    package var identity: DiskIdentity?
    /// What is overwritten, in bytes from the beginning of the device; within the device, in order, not overlapping.
    package var ranges: [Range<Int>]
    /// Whether the device has to be told to discard what it holds afterwards; failure is no error.
    package var discards: Bool

    /// 4 MiB: ZFS has two labels of 256 KiB at each end, md 1.0 its superblock within the last 128 KiB, btrfs a copy of
    /// its superblock at 64 KiB, GRUB its core in the first MiB.
    static let margin = 4 << 20

    /// What is overwritten of a device of `size` bytes.
    static func ranges(size: Int, dataOffset: Int?) -> [Range<Int>] {
        guard size > 0 else { return [] }
        guard size > 2 * margin else { return [0..<size] }
        var ranges = [0..<margin]
        // What was in an array is still there at this offset of its members, and shows up in the next array.
        if let offset = dataOffset, offset >= 0, offset < size - margin {
            let (end, overflow) = offset.addingReportingOverflow(margin)
            let upper = overflow ? size - margin : min(end, size - margin)
            let lower = max(offset, margin)
            if lower < upper { ranges.append(lower..<upper) }
        }
        ranges.append(size - margin..<size)
        return ranges
    }
}

/// Erases a disk by a command of its own.
package struct SecureErasure: Sendable, Hashable {
    /// In the order of preference.
    package enum Method: String, Sendable, Hashable, CaseIterable {
        /// `nvme sanitize` with a cryptographic erasure.
        case nvmeCryptoSanitize = "nvme-crypto-sanitize"
        /// `nvme sanitize` with an erasure of blocks.
        case nvmeBlockSanitize = "nvme-block-sanitize"
        /// `nvme format --ses=2`: cryptographic.
        case nvmeCryptoFormat = "nvme-crypto-format"
        /// `nvme format --ses=1`: user data.
        case nvmeFormat = "nvme-format"
        /// ATA SECURITY ERASE UNIT in its enhanced mode.
        case ataEnhanced = "ata-enhanced"
        /// ATA SECURITY ERASE UNIT.
        case ata
    }

    /// The disk as it was chosen.
    package var disk: DiskIdentity
    /// Tried in this order until one succeeds; not empty.
    package var methods: [Method]
}

/// A GUID partition table.
package struct PartitionTable: Sendable, Hashable {
    /// The disk as it was chosen.
    package var disk: DiskIdentity
    /// The GUID of the disk, in lower case.
    package var identifier: String
    /// In the order of their places on the disk.
    package var partitions: [PartitionEntry]
}

/// A partition.
package struct PartitionEntry: Sendable, Hashable {
    /// Its place in the table, from 1.
    package var number: Int
    /// 1 to 36 UTF-16 units.
    package var name: String
    /// What it is for.
    package var type: PartitionType
    /// In bytes from the beginning of the disk; a multiple of 1 MiB.
    package var start: Int
    /// In bytes; a multiple of 4 KiB.
    package var size: Int
    /// In lower case.
    package var uuid: String
    /// Whether firmware that looks for an active partition finds this one (attribute bit 2, legacy BIOS bootable).
    package var isBootable: Bool

    /// On `disk`.
    package func device(on disk: String) -> BlockDevice { .partition(uuid: uuid, number: number, disk: disk) }
}

/// What a partition is for; the type GUID is UEFI's and the Discoverable Partitions Specification's.
package enum PartitionType: String, Sendable, Hashable {
    case linux = "0fc63daf-8483-4772-8e79-3d69d8477de4"
    case lvm = "e6d6d379-f507-44c2-a23c-238f2a3df928"
    case raid = "a19d880f-05fc-4d3b-a006-743f0f84911e"
    case swap = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
    /// The EFI system partition.
    case efiSystem = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
    /// Where GRUB keeps its core on a disk that the BIOS boots.
    case biosBoot = "21686148-6449-6e6f-744e-656564454649"

    /// In lower case.
    package var guid: String { rawValue }
}
