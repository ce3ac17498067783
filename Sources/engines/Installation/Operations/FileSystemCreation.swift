/// A file system or swap space.
package struct FileSystemCreation: Sendable, Hashable {
    /// What can be made.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case ext2, ext3, ext4, xfs, btrfs, vfat, swap

        /// What it needs at least, in bytes: smaller ones are refused when they are made.
        var smallestSize: Int {
            switch self {
            case .xfs: 300 << 20
            case .btrfs: 128 << 20
            case .ext2, .ext3, .ext4, .vfat, .swap: 1 << 20
            }
        }

        /// How long a label may be, in bytes.
        package var longestLabel: Int {
            switch self {
            case .ext2, .ext3, .ext4, .swap: 16
            case .xfs: 12
            case .vfat: 11
            case .btrfs: 255
            }
        }
    }

    /// What it is made on.
    package var device: BlockDevice
    /// What is made.
    package var kind: Kind
    /// As `blkid` shows it: `XXXX-XXXX` in upper case for `vfat`, else a UUID in lower case.
    package var uuid: String
    /// Of the file system; nil for none.
    package var label: String?
    /// Of the device, in bytes; nil where it is not known.
    package var size: Int?

    /// The program and its arguments. Features that are newer than the oldest system that is installed are off, and
    /// so is the discarding of the whole device, which can take longer than everything else.
    ///
    /// - Parameter path: the device's node.
    package func command(path: String) -> [String] {
        switch kind {
        case .ext2, .ext3, .ext4:
            // orphan_file needs e2fsprogs 1.47 on the target, metadata_csum_seed a GRUB after 2.06 (Debian 12 has
            // neither).
            var features: [String] = []
            if kind == .ext4 { features = ["-O", "^orphan_file,^metadata_csum_seed"] }
            return ["mkfs.\(kind.rawValue)", "-F", "-q", "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1"]
                + features + ["-U", uuid] + labelled("-L") + [path]
        case .xfs:
            // Kernels before 5.19 do not mount large extent counters, and GRUB 2.06 does not read them.
            return ["mkfs.xfs", "-f", "-q", "-K", "-i", "nrext64=0", "-m", "uuid=\(uuid)"] + labelled("-L") + [path]
        case .btrfs: return ["mkfs.btrfs", "-f", "-q", "-K", "-U", uuid] + labelled("-L") + [path]
        case .vfat:
            // UEFI asks for FAT32, of which 65 525 clusters are the least (UEFI 2.10 §13.3).
            let width = (size ?? 0) >= 260 << 20 ? ["-F", "32"] : []
            return ["mkfs.vfat"] + width + ["-i", uuid.filter { $0 != "-" }] + labelled("-n") + [path]
        case .swap: return ["mkswap", "-f", "-U", uuid] + labelled("-L") + [path]
        }
    }

    private func labelled(_ option: String) -> [String] { label.map { [option, $0] } ?? [] }
}

/// Where a file system is mounted while the system is installed.
package struct TargetMount: Sendable, Hashable {
    /// What is mounted.
    package var device: BlockDevice
    /// Below the root of the new system: `/`, `/boot`, without a slash at the end.
    package var mountPoint: String
    /// As for `mount -t`.
    package var type: String
}
