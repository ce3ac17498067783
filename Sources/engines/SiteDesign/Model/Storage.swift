import Primitives

/// A disk: partitioned, or a physical volume as a whole.
package struct StorageDevice: Sendable, Hashable {
    /// An alias of the hardware profile, or the kernel's name.
    package var name: String
    /// Labels of the document: `bootdrive`.
    package var labels: Labels?
    /// The group that the whole disk is a physical volume of.
    package var volumeGroup: String?
    /// nil where the design gives none; ignored by ingest where the device belongs to a volume group.
    package var partitions: [Partition]?

    /// A disk about which nothing else is said.
    package init(name: String) { self.name = name }
}

/// A partition of a disk, in the order of the document.
package struct Partition: Sendable, Hashable {
    /// Its name in the partition table.
    package var name: String
    /// A size of the design: `32g`, `>100m`, `50%`. nil stops the plan of a partition.
    package var size: String?
    /// Of the partition, as written.
    package var uuid: String?
    /// Whether the flag is set; nil where the document does not say.
    package var isBootable: Bool?
    /// The group that it is a physical volume of.
    package var volumeGroup: String?
    /// Labels of the document.
    package var labels: Labels?
    /// What it is formatted with.
    package var fileSystem = FileSystem()

    /// A partition without file system.
    package init(name: String) { self.name = name }
}

/// An md array (`storage.raid`, which Drydock does not have).
package struct StorageArray: Sendable, Hashable {
    /// How data is spread over the members: `raid1`, as `mdadm --level` takes it.
    package enum Level: String, Sendable, Hashable, CaseIterable {
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

    /// A disk as a whole, or a partition of it.
    package struct Member: Sendable, Hashable {
        /// The name of a `StorageDevice`.
        package var device: String
        /// The name of a partition of it; nil for the whole disk.
        package var partition: String?

        /// A disk, or a partition of it.
        package init(device: String, partition: String? = nil) {
            self.device = device
            self.partition = partition
        }
    }

    /// Its name below `/dev/md`.
    package var name: String
    /// `raid1`; nil where the document does not say. What is no level stays as it is written.
    package var level: String?
    /// Those with data, in the order of the document; nil where it gives none.
    package var members: [Member]?
    /// Those that take the place of a member that fails; nil where the document gives none.
    package var spares: [Member]?
    /// The group that it is a physical volume of.
    package var volumeGroup: String?
    /// What it is formatted with.
    package var fileSystem = FileSystem()

    /// An array without members.
    package init(name: String) { self.name = name }

    /// Whether a text can be the name of an array: a file of `/dev/md`.
    package static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.utf8.allSatisfy { AddressCharacters.isAlphanumeric($0) || "_-".utf8.contains($0) }
    }

    /// Members and spares.
    package var parts: [Member] { (members ?? []) + (spares ?? []) }
}

/// An LVM volume group.
package struct VolumeGroup: Sendable, Hashable {
    /// Its LVM name.
    package var name: String
    /// As written.
    package var uuid: String?
    /// In the order of the document; nil where it gives none.
    package var logicalVolumes: [LogicalVolume]?

    /// A group without volumes.
    package init(name: String) { self.name = name }
}

/// An LVM logical volume.
package struct LogicalVolume: Sendable, Hashable {
    /// Its LVM name.
    package var name: String
    /// As `Partition.size`.
    package var size: String?
    /// As written.
    package var uuid: String?
    /// What it is formatted with.
    package var fileSystem = FileSystem()

    /// A volume without file system.
    package init(name: String) { self.name = name }
}

/// What a partition or volume is formatted with and where it is mounted; all nil: left raw.
package struct FileSystem: Sendable, Hashable {
    /// An absolute path; nil where it is not mounted.
    package var mountPoint: String?
    /// `ext4`, `xfs`, `vfat`, `bios_boot`.
    package var type: String?
    /// As in fstab: `defaults,noatime`.
    package var mountOptions: String?
    /// Of the file system, as written.
    package var uuid: String?
    /// Of the file system.
    package var label: String?

    /// Left raw.
    package init() {}

    /// Holds `/` or `/boot`.
    package var isSystem: Bool { mountPoint == "/" || mountPoint == "/boot" }
}
