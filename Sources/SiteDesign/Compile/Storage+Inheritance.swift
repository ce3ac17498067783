extension StorageDevice {
    func inheriting(from parent: StorageDevice) -> StorageDevice {
        var merged = self
        merged.volumeGroup = Inheritance.scalar(volumeGroup, parent.volumeGroup)
        merged.labels = Inheritance.map(labels, parent.labels)
        if partitions != nil || parent.partitions != nil {
            merged.partitions = Inheritance.members(partitions ?? [], parent.partitions ?? [], name: \.name) {
                $0.inheriting(from: $1)
            }
        }
        return merged
    }
}

extension Partition {
    func inheriting(from parent: Partition) -> Partition {
        var merged = self
        merged.size = Inheritance.scalar(size, parent.size)
        merged.uuid = Inheritance.scalar(uuid, parent.uuid)
        merged.isBootable = isBootable ?? parent.isBootable
        merged.volumeGroup = Inheritance.scalar(volumeGroup, parent.volumeGroup)
        merged.labels = Inheritance.map(labels, parent.labels)
        merged.fileSystem = fileSystem.inheriting(from: parent.fileSystem)
        return merged
    }
}

extension VolumeGroup {
    func inheriting(from parent: VolumeGroup) -> VolumeGroup {
        var merged = self
        merged.uuid = Inheritance.scalar(uuid, parent.uuid)
        if logicalVolumes != nil || parent.logicalVolumes != nil {
            merged.logicalVolumes = Inheritance.members(
                logicalVolumes ?? [], parent.logicalVolumes ?? [], name: \.name
            ) { $0.inheriting(from: $1) }
        }
        return merged
    }
}

extension LogicalVolume {
    func inheriting(from parent: LogicalVolume) -> LogicalVolume {
        var merged = self
        merged.size = Inheritance.scalar(size, parent.size)
        merged.uuid = Inheritance.scalar(uuid, parent.uuid)
        merged.fileSystem = fileSystem.inheriting(from: parent.fileSystem)
        return merged
    }
}

extension FileSystem {
    func inheriting(from parent: FileSystem) -> FileSystem {
        var merged = self
        merged.mountPoint = Inheritance.scalar(mountPoint, parent.mountPoint)
        merged.type = Inheritance.scalar(type, parent.type)
        merged.mountOptions = Inheritance.scalar(mountOptions, parent.mountOptions)
        merged.uuid = Inheritance.scalar(uuid, parent.uuid)
        merged.label = Inheritance.scalar(label, parent.label)
        return merged
    }
}
