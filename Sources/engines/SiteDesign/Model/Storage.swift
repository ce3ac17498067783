/// A disk: partitioned, or a physical volume as a whole.
package struct StorageDevice: Sendable, Hashable {
    /// An alias of the hardware profile, or the kernel's name.
    package var name: String
    package var labels: Labels?
    package var volumeGroup: String?
    /// nil where the design gives none; ignored by ingest where the device belongs to a volume group.
    package var partitions: [Partition]?

    package init(name: String) { self.name = name }
}

package struct Partition: Sendable, Hashable {
    package var name: String
    package var size: String?
    package var uuid: String?
    package var isBootable: Bool?
    package var volumeGroup: String?
    package var labels: Labels?
    package var fileSystem = FileSystem()

    package init(name: String) { self.name = name }
}

package struct VolumeGroup: Sendable, Hashable {
    package var name: String
    package var uuid: String?
    package var logicalVolumes: [LogicalVolume]?

    package init(name: String) { self.name = name }
}

package struct LogicalVolume: Sendable, Hashable {
    package var name: String
    package var size: String?
    package var uuid: String?
    package var fileSystem = FileSystem()

    package init(name: String) { self.name = name }
}

/// What a partition or volume is formatted with and where it is mounted; all nil: left raw.
package struct FileSystem: Sendable, Hashable {
    package var mountPoint: String?
    package var type: String?
    package var mountOptions: String?
    package var uuid: String?
    package var label: String?

    package init() {}

    /// Holds `/` or `/boot`.
    package var isSystem: Bool { mountPoint == "/" || mountPoint == "/boot" }
}
