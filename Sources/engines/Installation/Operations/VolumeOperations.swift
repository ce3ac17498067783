/// An md array.
package struct ArrayCreation: Sendable, Hashable {
    /// `raid1`, as `mdadm --level` takes it.
    package enum Level: String, Sendable, Hashable {
        case raid0, raid1, raid5, raid6, raid10

        /// How many members it needs.
        package var fewestMembers: Int {
            switch self {
            case .raid0, .raid1: 2
            case .raid5: 3
            case .raid6, .raid10: 4
            }
        }

        /// Whether it lives on without one of its members.
        package var isRedundant: Bool { self != .raid0 }
    }

    /// A file of `/dev/md`.
    package var name: String
    /// Of redundancy.
    package var level: Level
    /// Four groups of eight hexadecimal digits with colons, as `mdadm` writes it.
    package var uuid: String
    /// Those with data, in their order.
    package var members: [BlockDevice]
    /// Those that take the place of a member that fails.
    package var spares: [BlockDevice]
}

/// An LVM physical volume.
package struct PhysicalVolumeCreation: Sendable, Hashable {
    /// What it is made on.
    package var device: BlockDevice
    /// In LVM's form, 6-4-4-4-4-4-6 characters.
    package var uuid: String
}

/// An LVM volume group.
package struct VolumeGroupCreation: Sendable, Hashable {
    /// Its LVM name.
    package var name: String
    /// What it is made from.
    package var physicalVolumes: [BlockDevice]
    /// In bytes.
    package var extentSize: Int
}

/// An LVM logical volume.
package struct LogicalVolumeCreation: Sendable, Hashable {
    /// The LVM name of its group.
    package var group: String
    /// Its LVM name.
    package var name: String
    /// In bytes; a multiple of the group's extent size.
    package var size: Int
    /// Of one extent.
    package var extentSize: Int
    /// How many extents it has.
    package var extents: Int { extentSize > 0 ? size / extentSize : 0 }
}
