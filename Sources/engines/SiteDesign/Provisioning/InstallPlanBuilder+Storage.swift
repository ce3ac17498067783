import OrderedCollections
import Primitives

extension InstallPlanBuilder {
    /// Disks in the design's order, partitions in theirs; sizes as written, for the installer knows the disks.
    ///
    /// - Throws: where a size cannot be read by anyone.
    package func disks() throws -> [Value] {
        let boots = bootPartition()
        return try node.storageDevices.map { device in
            var partitions: [Value] = []
            for partition in device.partitions ?? [] {
                let isBoot = boots.map { $0.device == device.name && $0.partition == partition.name } ?? false
                partitions.append([
                    "name": .string(partition.name),
                    "size": .string(try readableSize(partition.size, of: "Partition \(partition.name)")),
                    "bootable": .bool(partition.isBootable ?? isBoot), "uuid": Value(partition.uuid),
                    "volume_group": Value(partition.volumeGroup), "filesystem": Self.fileSystem(partition.fileSystem),
                ])
            }
            return [
                "device": .string(device.name), "name": .string(kernelName(device.name)),
                "selector": selector(device.name), "wipe": true, "labels": Value(device.labels ?? [:]),
                "volume_group": Value(device.volumeGroup), "partitions": .array(partitions),
            ]
        }
    }

    /// Arrays in the design's order.
    func arrays() -> [Value] {
        node.arrays.map { array in
            [
                "name": .string(array.name), "level": Value(array.level),
                "members": .array((array.members ?? []).map(Self.part)),
                "spares": .array((array.spares ?? []).map(Self.part)), "volume_group": Value(array.volumeGroup),
                "filesystem": Self.fileSystem(array.fileSystem),
            ]
        }
    }

    /// A disk or partition that an array or a volume group is made of, as plans have it.
    static func part(_ member: StorageArray.Member) -> Value {
        ["device": .string(member.device), "partition": Value(member.partition)]
    }

    func volumeGroups() -> [Value] {
        node.volumeGroups.map { group in
            [
                "name": .string(group.name), "uuid": Value(group.uuid),
                "physical_volumes": .array(physicalVolumes(of: group.name)),
                "logical_volumes": .array(
                    (group.logicalVolumes ?? []).map { volume in
                        [
                            "name": .string(volume.name), "size": Value(volume.size), "uuid": Value(volume.uuid),
                            "filesystem": Self.fileSystem(volume.fileSystem),
                        ]
                    }),
            ]
        }
    }

    private func physicalVolumes(of group: String) -> [Value] {
        node.storageDevices.flatMap { device -> [Value] in
            if device.volumeGroup == group { return [Self.part(.init(device: device.name))] }
            return (device.partitions ?? []).filter { $0.volumeGroup == group }.map {
                Self.part(.init(device: device.name, partition: $0.name))
            }
        }
    }

    /// The partition that is booted from where the design marks none: `/boot`, else `/`.
    private func bootPartition() -> (device: String, partition: String)? {
        let all = node.storageDevices.flatMap { device in (device.partitions ?? []).map { (device.name, $0) } }
        if all.contains(where: { $0.1.isBootable == true }) { return nil }
        let found =
            all.first { $0.1.fileSystem.mountPoint == "/boot" } ?? all.first { $0.1.fileSystem.mountPoint == "/" }
        return found.map { ($0.0, $0.1.name) }
    }

    private func readableSize(_ size: String?, of what: String) throws -> String {
        guard let size else { throw Self.impossible("\(what) of \(node.name) has no size.") }
        do { _ = try StorageSize(size) } catch {
            throw Self.impossible("\(what) of \(node.name): \(error). Write it as 30g, >20g or 50%.")
        }
        return size
    }

    /// null where there is nothing to make.
    private static func fileSystem(_ system: FileSystem) -> Value {
        guard system.type != nil || system.mountPoint != nil else { return .null }
        return [
            "type": .string(system.type ?? "ext4"), "mountpoint": Value(system.mountPoint),
            "options": .string(system.mountOptions ?? "defaults"), "uuid": Value(system.uuid),
            "label": Value(system.label),
        ]
    }
}
