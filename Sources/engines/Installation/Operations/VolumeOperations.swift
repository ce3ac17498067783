import SiteDesign

/// An md array.
package struct ArrayCreation: Sendable, Hashable {
    /// A file of `/dev/md`.
    package var name: String
    /// Of redundancy.
    package var level: StorageArray.Level
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
