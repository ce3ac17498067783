import OrderedCollections
import Primitives

extension StorageDevice {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        labels = try fields.labels("labels")
        volumeGroup = try fields.text("volume_group")
        // A disk that is a physical volume as a whole has no partitions, whatever the document says.
        if volumeGroup == nil, let list = fields["partitions"].arrayValue {
            partitions = try list.map { try Partition(FieldReader($0, "partitions")) }
        }
    }
}

extension Partition {
    init(_ fields: FieldReader) throws {
        self.init(name: try fields.requiredText("name"))
        size = try fields.text("size")
        uuid = try fields.text("part_uuid")
        isBootable = try fields.flag("bootable")
        volumeGroup = try fields.text("volume_group")
        labels = try fields.labels("labels")
        if let section = try fields.optionalSection("filesystem") { fileSystem = try FileSystem(section) }
    }
}

extension StorageArray {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        level = try fields.text("level")
        members = try Self.parts(fields, "members")
        spares = try Self.parts(fields, "spares")
        volumeGroup = try fields.text("volume_group")
        if let section = try fields.optionalSection("filesystem") { fileSystem = try FileSystem(section) }
    }

    private static func parts(_ fields: FieldReader, _ key: String) throws -> [Member]? {
        try fields[key].arrayValue.map { parts in
            try parts.map { part in
                let part = try FieldReader(part, key)
                return Member(device: try part.requiredText("device"), partition: try part.text("partition"))
            }
        }
    }
}

extension VolumeGroup {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        uuid = try fields.text("vg_uuid")
        logicalVolumes = try fields["logical_volumes"].arrayValue.map { volumes in
            try volumes.map { try LogicalVolume(FieldReader($0, "logical_volumes")) }
        }
    }
}

extension LogicalVolume {
    init(_ fields: FieldReader) throws {
        self.init(name: try fields.requiredText("name"))
        size = try fields.text("size")
        uuid = try fields.text("lv_uuid")
        if let section = try fields.optionalSection("filesystem") { fileSystem = try FileSystem(section) }
    }
}

extension FileSystem {
    init(_ fields: FieldReader) throws {
        self.init()
        mountPoint = try fields.text("mountpoint")
        type = try fields.text("fstype") ?? "ext4"
        mountOptions = try fields.text("mount_options") ?? "defaults"
        uuid = try fields.text("fs_uuid")
        label = try fields.text("fs_label")
    }
}
