extension StorageDevice: Heir {
    func inheriting(from parent: StorageDevice) -> StorageDevice {
        var merged = self
        Inheritance.scalars(&merged, parent, \.volumeGroup)
        merged.labels = Inheritance.map(labels, parent.labels)
        merged.partitions = Inheritance.members(partitions, parent.partitions)
        return merged
    }
}

extension Partition: Heir {
    func inheriting(from parent: Partition) -> Partition {
        var merged = self
        Inheritance.scalars(&merged, parent, \.size, \.uuid, \.volumeGroup)
        merged.isBootable = isBootable ?? parent.isBootable
        merged.labels = Inheritance.map(labels, parent.labels)
        merged.fileSystem = fileSystem.inheriting(from: parent.fileSystem)
        return merged
    }
}

extension StorageArray: Heir {
    func inheriting(from parent: StorageArray) -> StorageArray {
        var merged = self
        Inheritance.scalars(&merged, parent, \.level, \.volumeGroup)
        merged.members = members ?? parent.members
        merged.spares = spares ?? parent.spares
        merged.fileSystem = fileSystem.inheriting(from: parent.fileSystem)
        return merged
    }
}

extension VolumeGroup: Heir {
    func inheriting(from parent: VolumeGroup) -> VolumeGroup {
        var merged = self
        Inheritance.scalars(&merged, parent, \.uuid)
        merged.logicalVolumes = Inheritance.members(logicalVolumes, parent.logicalVolumes)
        return merged
    }
}

extension LogicalVolume: Heir {
    func inheriting(from parent: LogicalVolume) -> LogicalVolume {
        var merged = self
        Inheritance.scalars(&merged, parent, \.size, \.uuid)
        merged.fileSystem = fileSystem.inheriting(from: parent.fileSystem)
        return merged
    }
}

extension FileSystem {
    func inheriting(from parent: FileSystem) -> FileSystem {
        var merged = self
        Inheritance.scalars(&merged, parent, \.mountPoint, \.type, \.mountOptions, \.uuid, \.label)
        return merged
    }
}
