/// A block device that an installation makes or fills.
package enum BlockDevice: Sendable, Hashable, CustomStringConvertible {
    /// A whole disk, by the kernel's name.
    case disk(String)
    /// A partition, by its UUID in the partition table, in lower case; number and disk say where it is meant to be.
    case partition(uuid: String, number: Int, disk: String)
    /// An array, by its name.
    case array(String)
    /// A logical volume.
    case logicalVolume(group: String, name: String)

    /// The node under which udev shows it.
    package var path: String {
        switch self {
        case .disk(let name): "/dev/\(name)"
        case .partition(let uuid, _, _): "/dev/disk/by-partuuid/\(uuid)"
        case .array(let name): "/dev/md/\(name)"
        // The device mapper joins both by a hyphen, and doubles those within.
        case .logicalVolume(let group, let name): "/dev/mapper/\(Self.escaped(group))-\(Self.escaped(name))"
        }
    }

    package var description: String {
        switch self {
        case .disk(let name): name
        case .partition(_, let number, let disk): "partition \(number) of \(disk)"
        case .array(let name): "array \(name)"
        case .logicalVolume(let group, let name): "\(group)/\(name)"
        }
    }

    private static func escaped(_ name: String) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false).joined(separator: "--")
    }
}

/// How a disk is known again before it is written to: a name alone may be another disk's after a boot.
package struct DiskIdentity: Sendable, Hashable {
    /// The kernel's name.
    package var name: String
    /// In bytes.
    package var size: Int
    /// In bytes.
    package var logicalSectorSize: Int
    /// As the disk tells it; nil where it tells none.
    package var serial: String?
    package var wwns: [String]

    package init(_ disk: MachineFacts.Disk) {
        name = disk.name
        size = disk.size
        logicalSectorSize = disk.logicalSectorSize
        serial = disk.serial
        wwns = disk.wwns
    }

    /// Whether `disk` is the one that was meant.
    package func matches(_ disk: MachineFacts.Disk) -> Bool { self == DiskIdentity(disk) }
}
