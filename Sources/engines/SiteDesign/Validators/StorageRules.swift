extension Validator {
    /// A disk has partitions or is a physical volume, and every volume group has one.
    static let storagePartitioning = Validator("DD2002", "Storage Partitioning") { site, findings in
        // Upstream forgets no group between nodes, and sites pass by that.
        var assigned: Set<String> = []
        for node in site.nodes {
            let whole = Set(node.arrays.flatMap(\.parts).filter { $0.partition == nil }.map(\.device))
            for device in node.storageDevices {
                let isPartitioned = device.partitions?.isEmpty == false
                switch (isPartitioned, device.volumeGroup) {
                case (true, _?):
                    findings.error(
                        "Storage device \(device.name) on BaremetalNode \(node.name) has both partitions and a volume"
                            + " group",
                        "A storage device is either partitioned or assigned to a volume group.", node.reference,
                        at: ["storage", "physical_devices", .key(device.name)])
                case (false, nil) where !whole.contains(device.name):
                    findings.error(
                        "Storage device \(device.name) on BaremetalNode \(node.name) has neither partitions nor a"
                            + " volume group",
                        "Partition the storage device or assign it to a volume group.", node.reference,
                        at: ["storage", "physical_devices", .key(device.name)])
                default: break
                }
                if let group = device.volumeGroup { assigned.insert(group) }
                for partition in device.partitions ?? [] {
                    if let group = partition.volumeGroup { assigned.insert(group) }
                }
            }
            assigned.formUnion(node.arrays.compactMap(\.volumeGroup))
            for group in node.volumeGroups where !assigned.contains(group.name) {
                findings.error(
                    "Volume group \(group.name) not assigned any physical volumes",
                    "Each volume group should be assigned at least one storage device or partition as a physical"
                        + " volume.",
                    node.reference, at: ["storage", "volume_groups", .key(group.name)],
                    remedy: "Set volume_group of a device or a partition to \(group.name).")
            }
        }
    }

    /// Percents of a disk or of volume groups leave something over.
    static let storageSizing = Validator("DD2003", "Storage Sizing") { site, findings in
        for node in site.nodes {
            for device in node.storageDevices {
                var sum = 0
                for partition in device.partitions ?? [] {
                    try add(
                        partition.size, of: "Partition \(partition.name)", in: node,
                        at: node.path(ofPartition: partition.name), to: &sum, &findings)
                    if sum > 99 {
                        findings.error(
                            "Cumulative partition sizes on device \(device.name) is greater than 99%.",
                            "Percentage-based sizes must sum to less than 100%.", node.reference,
                            at: ["storage", "physical_devices", .key(device.name), "partitions"])
                    }
                }
                sum = 0
                for volume in node.volumeGroups.lazy.flatMap({ $0.logicalVolumes ?? [] }) {
                    try add(
                        volume.size, of: "Logical Volume \(volume.name)", in: node,
                        at: node.path(ofVolume: volume.name),
                        to: &sum, &findings)
                    if sum > 99 {
                        findings.error(
                            "Cumulative logical volume sizes on BaremetalNode \(node.name) is greater than 99%.",
                            "Percentage-based sizes must sum to less than 100%.", node.reference,
                            at: ["storage", "volume_groups"])
                    }
                }
            }
        }
    }

    private static func add(
        _ size: String?, of what: String, in node: BaremetalNode, at path: [DesignStep], to sum: inout Int,
        _ findings: inout Findings
    ) throws {
        guard let size else {
            throw DesignError(
                "\(what) of BaremetalNode \(node.name) has no size", in: node.reference, at: path,
                remedy: StorageSize.forms)
        }
        let parts = size.split(separator: "%", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        guard let percent = Int(parts[0]) else {
            throw DesignError(
                "\(what) of BaremetalNode \(node.name) has the size \(size), which is no percentage",
                in: node.reference, at: path, remedy: StorageSize.forms)
        }
        if percent < 0 {
            findings.error("\(what) size is < 0 ", "", node.reference, at: path, remedy: StorageSize.forms)
        }
        // Beyond a hundred nothing changes any more, and the sum stays a number.
        sum += min(max(percent, -1000), 1000)
    }

    /// Nothing is mounted twice; the first machine that breaks this ends the check, as upstream.
    static let mountPoints = Validator("DD2004", "Storage Mountpoint") { site, findings in
        for node in site.nodes {
            var seen: Set<String> = []
            for device in node.storageDevices {
                var points = (device.partitions ?? []).compactMap(\.fileSystem.mountPoint)
                if let name = device.volumeGroup, let group = node.volumeGroups.first(where: { $0.name == name }) {
                    points += (group.logicalVolumes ?? []).compactMap(\.fileSystem.mountPoint)
                }
                for point in points where !seen.insert(point).inserted {
                    findings.error(
                        "Mountpoint \"\(point)\" already exists", "Please use unique mountpoints.", node.reference,
                        at: ["storage"])
                    return
                }
            }
            let arrays = node.arrays.compactMap(\.fileSystem.mountPoint)
            if let point = arrays.first(where: { !seen.insert($0).inserted }) {
                findings.error(
                    "Mountpoint \"\(point)\" already exists", "Please use unique mountpoints.", node.reference,
                    at: ["storage", "raid"])
                return
            }
        }
    }
}
