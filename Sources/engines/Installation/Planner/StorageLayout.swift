import SiteDesign

/// Where on its disks a machine gets what.
struct StorageLayout {
    /// What is filled with a file system, in the order of the design.
    struct Filling {
        var device: BlockDevice
        /// In bytes.
        var size: Int
        var system: InstallationPlan.FileSystem
        /// Names of the disks that it is on.
        var disks: Set<String>
        /// Of the UUIDs that follow from it.
        var purpose: String
    }

    var tables: [PartitionTable] = []
    var arrays: [ArrayCreation] = []
    var physicalVolumes: [PhysicalVolumeCreation] = []
    var groups: [VolumeGroupCreation] = []
    var volumes: [LogicalVolumeCreation] = []
    var fillings: [Filling] = []
    /// EFI system partitions, one for each disk to boot from.
    var systemPartitions: [Filling] = []
    /// Disks to boot from, by the kernel's name.
    var bootDisks: [String] = []
    /// By the kernel's name, the identifier that a disk has once it is laid out.
    var identifiers: [String: String] = [:]
}

/// Lays out the disks of a plan.
struct StoragePlanner {
    let plan: InstallationPlan
    let facts: MachineFacts
    /// By the name of the device in the plan.
    let disks: [String: MachineFacts.Disk]
    let identifiers: DerivedIdentifiers

    private static let mebibyte = 1 << 20
    /// Before the first partition, and after the last: both tables, and room for those who round.
    static let margin = mebibyte
    /// Of GRUB's core.
    static let biosBootSize = mebibyte
    /// As Debian's installer makes it: enough for FAT32 on sectors of 4096 bytes.
    static let systemPartitionSize = 512 * mebibyte
    /// LVM's usual one.
    static let extentSize = 4 * mebibyte
    /// Before the first extent of a physical volume.
    private static let volumeMargin = mebibyte

    func wrong(_ what: String, _ reason: InstallationError.Reason = .layout) -> InstallationError {
        InstallationError(reason, "\(plan.node): \(what)")
    }

    func layout() throws(InstallationError) -> StorageLayout {
        guard !plan.disks.isEmpty else { throw wrong("the plan lays out no disk. Give the node storage.") }
        var layout = StorageLayout()
        let bootDevices = try self.bootDevices()
        /// Devices and sizes of what arrays and groups are made from.
        var parts: [InstallationPlan.Member: (device: BlockDevice, size: Int)] = [:]
        var groupParts: [String: [(device: BlockDevice, size: Int, disks: Set<String>)]] = [:]
        for disk in plan.disks {
            guard let real = disks[disk.device] else { continue }
            if bootDevices.contains(disk.device) { layout.bootDisks.append(real.name) }
            if disk.partitions.isEmpty {
                let device = BlockDevice.disk(real.name)
                parts[.init(device: disk.device, partition: nil)] = (device, real.size)
                if let group = disk.volumeGroup {
                    groupParts[group, default: []].append((device, real.size, [real.name]))
                    layout.identifiers[real.name] = identifiers.physicalVolumeUUID("pv disk \(disk.device)")
                }
                continue
            }
            let table = try table(disk, real, isBoot: bootDevices.contains(disk.device))
            layout.tables.append(table)
            layout.identifiers[real.name] = table.identifier
            let added = table.partitions.filter { $0.number > disk.partitions.count }
            for entry in table.partitions where entry.type == .efiSystem {
                // One of the design has its own file system.
                guard added.contains(entry) else { continue }
                layout.systemPartitions.append(
                    .init(
                        device: entry.device(on: real.name), size: entry.size,
                        system: Self.systemPartition(layout.systemPartitions.count),
                        disks: [real.name], purpose: "esp \(disk.device)"))
            }
            for (index, partition) in disk.partitions.enumerated() {
                guard let entry = table.partitions.first(where: { $0.number == index + 1 }) else { continue }
                let device = entry.device(on: real.name)
                let member = InstallationPlan.Member(device: disk.device, partition: partition.name)
                guard parts.updateValue((device, entry.size), forKey: member) == nil else {
                    throw wrong("\(disk.device) has two partitions \(partition.name). Give each a name of its own.")
                }
                if let group = partition.volumeGroup {
                    groupParts[group, default: []].append((device, entry.size, [real.name]))
                }
                if case .fileSystem(let system) = partition.contents {
                    let filling = StorageLayout.Filling(
                        device: device, size: entry.size, system: system, disks: [real.name],
                        purpose: "partition \(disk.device) \(partition.name)")
                    layout.fillings.append(filling)
                    if entry.type == .efiSystem, bootDevices.contains(disk.device) {
                        layout.systemPartitions.append(filling)
                    }
                }
            }
        }
        try addArrays(to: &layout, parts, &groupParts)
        try addGroups(to: &layout, groupParts)
        return layout
    }

    /// An EFI system partition that the design does not have. It is not needed to run, so that a disk may go.
    private static func systemPartition(_ index: Int) -> InstallationPlan.FileSystem {
        InstallationPlan.FileSystem(
            kind: .vfat, mountPoint: index == 0 ? efiFolder : "\(efiFolder)\(index + 1)", options: "umask=0077",
            uuid: nil, label: "ESP")
    }

    static let efiFolder = "/boot/efi"

    // MARK: Disks to boot from

    /// Devices of the plan that the machine is booted from.
    private func bootDevices() throws(InstallationError) -> Set<String> {
        var devices = Set(plan.disks.filter { $0.partitions.contains(where: \.isBootable) }.map(\.device))
        // A mirror is there so that the machine boots without one of its disks.
        for array in plan.arrays where Self.isSystem(array.contents) || isRootGroup(array.volumeGroup) {
            if array.level.isRedundant || devices.isEmpty { devices.formUnion(array.members.map(\.device)) }
        }
        if devices.isEmpty {
            devices = Set(
                plan.disks.filter { disk in disk.partitions.contains { Self.isSystem($0.contents) } }.map(\.device))
        }
        // What the design has for the firmware says where it is to boot from.
        if devices.isEmpty {
            let isForFirmware = { (partition: InstallationPlan.Partition) in
                partition.contents == .biosBoot || Self.isSystemPartition(partition.contents)
            }
            devices = Set(plan.disks.filter { $0.partitions.contains(where: isForFirmware) }.map(\.device))
        }
        if devices.isEmpty {
            devices = Set(plan.disks.filter { $0.labels["bootdrive"]?.lowercased() == "true" }.map(\.device))
        }
        if devices.isEmpty {
            let disks = plan.disks.filter { disk in disk.partitions.contains { isRootGroup($0.volumeGroup) } }
            devices = Set(disks.prefix(1).map(\.device))
        }
        guard let first = plan.disks.first(where: { devices.contains($0.device) }) else {
            throw wrong("no disk is one to boot from. Mark a partition bootable, or label a disk with bootdrive.")
        }
        for disk in plan.disks where devices.contains(disk.device) && disk.partitions.isEmpty {
            throw wrong(
                "\(first.device) is to be booted from, but is a physical volume as a whole. Give it partitions.")
        }
        return devices
    }

    private static func isSystem(_ contents: InstallationPlan.Contents) -> Bool {
        guard case .fileSystem(let system) = contents else { return false }
        return system.mountPoint == "/" || system.mountPoint == "/boot"
    }

    private func isRootGroup(_ name: String?) -> Bool {
        guard let name else { return false }
        return plan.volumeGroups.contains { group in
            group.name == name && group.logicalVolumes.contains { Self.isSystem($0.contents) }
        }
    }

    // MARK: Partitions

    private func table(
        _ disk: InstallationPlan.Disk, _ real: MachineFacts.Disk, isBoot: Bool
    ) throws(InstallationError) -> PartitionTable {
        var entries: [PartitionEntry] = []
        var place = Self.margin
        let end = (real.size - Self.margin) / Self.mebibyte * Self.mebibyte
        for (type, size) in added(disk, isBoot: isBoot) {
            guard size <= end - place else {
                throw tooSmall(disk, real, type == .efiSystem ? "an ESP" : "GRUB", size, end - place)
            }
            entries.append(
                PartitionEntry(
                    number: try addedNumber(type, beside: disk), name: type == .efiSystem ? "esp" : "bios_grub",
                    type: type, start: place, size: size, uuid: identifiers.uuid("\(type) \(disk.device)"),
                    isBootable: false))
            place += size
        }
        for (index, partition) in disk.partitions.enumerated() {
            let free = max(0, end - place)
            let size = try size(
                partition.size, of: "partition \(partition.name)", on: disk.device,
                total: real.size, free: free, step: 4096)
            entries.append(
                PartitionEntry(
                    number: index + 1, name: partition.name, type: type(of: partition, on: disk, isBoot: isBoot),
                    start: place, size: size,
                    uuid: partition.uuid ?? identifiers.uuid("partition \(disk.device) \(partition.name)"),
                    isBootable: partition.isBootable))
            // Whole mebibytes, of which each drive's own blocks are a part.
            place += (size + Self.mebibyte - 1) / Self.mebibyte * Self.mebibyte
        }
        return PartitionTable(
            disk: DiskIdentity(real), identifier: identifiers.uuid("disk \(disk.device)"), partitions: entries)
    }

    /// What the firmware needs on a disk to boot from, where the design has none of it.
    private func added(_ disk: InstallationPlan.Disk, isBoot: Bool) -> [(PartitionType, Int)] {
        guard isBoot else { return [] }
        switch facts.firmware {
        case .bios:
            return disk.partitions.contains { $0.contents == .biosBoot } ? [] : [(.biosBoot, Self.biosBootSize)]
        case .uefi:
            let has = disk.partitions.contains { Self.isSystemPartition($0.contents) }
            return has ? [] : [(.efiSystem, Self.systemPartitionSize)]
        }
    }

    static func isSystemPartition(_ contents: InstallationPlan.Contents) -> Bool {
        guard case .fileSystem(let system) = contents else { return false }
        return system.kind == .vfat && (system.mountPoint ?? "").hasPrefix(efiFolder)
    }

    /// 14 and 15, as on Debian's images for clouds, so that the partitions of the design are counted from 1; where the
    /// design has as many itself, the last ones of the table.
    private func addedNumber(_ type: PartitionType, beside disk: InstallationPlan.Disk) throws(InstallationError) -> Int
    {
        let isFew = disk.partitions.count < 14
        return type == .biosBoot ? (isFew ? 14 : 127) : (isFew ? 15 : 128)
    }

    private func type(
        of partition: InstallationPlan.Partition, on disk: InstallationPlan.Disk, isBoot: Bool
    ) -> PartitionType {
        if partition.volumeGroup != nil { return .lvm }
        let member = InstallationPlan.Member(device: disk.device, partition: partition.name)
        if plan.arrays.contains(where: { ($0.members + $0.spares).contains(member) }) { return .raid }
        switch partition.contents {
        case .raw: return .linux
        case .biosBoot: return .biosBoot
        case .fileSystem(let system):
            if Self.isSystemPartition(partition.contents) { return .efiSystem }
            return system.kind == .swap ? .swap : .linux
        }
    }

    private func size(
        _ text: String, of what: String, on place: String, total: Int, free: Int, step: Int
    ) throws(InstallationError) -> Int {
        let bytes: Int
        let isRest: Bool
        do {
            let size = try StorageSize(text)
            isRest = size.isMinimum
            bytes = try size.bytes(of: StorageContext(total: total, available: free))
        } catch .tooLarge {
            throw wrong(
                "\(what) of \(place) is to have \(text.shownInMessage), but of \(ByteCount.text(total)) only"
                    + " \(ByteCount.text(free)) are left. Make it or those before it smaller.", .space)
        } catch {
            throw InstallationError(
                .plan,
                "\(plan.node): \(what) of \(place) has the size '\(text.shownInMessage)'. Write 30g, >20g or 50%.",
                isPermanent: true)
        }
        if isRest {
            let size = bytes / step * step
            guard size > 0 else { throw wrong("\(what) of \(place) gets nothing: no space is left.", .space) }
            return size
        }
        let (sum, overflow) = bytes.addingReportingOverflow(step - 1)
        let size = sum / step * step
        guard !overflow, size > 0, size <= free else {
            throw wrong(
                "\(what) of \(place) is to have \(text.shownInMessage); \(ByteCount.text(free)) are left. Give it more"
                    + " than nothing, and no more than that.", .space)
        }
        return size
    }

    private func tooSmall(
        _ disk: InstallationPlan.Disk, _ real: MachineFacts.Disk, _ what: String, _ size: Int, _ free: Int
    ) -> InstallationError {
        wrong(
            "\(disk.device), which is \(real.name) with \(ByteCount.text(real.size)), has no room for \(what)"
                + " (\(ByteCount.text(size)); \(ByteCount.text(max(0, free))) are left). Use a larger disk.", .space)
    }

    // MARK: Arrays and volume groups

    private func addArrays(
        to layout: inout StorageLayout, _ parts: [InstallationPlan.Member: (device: BlockDevice, size: Int)],
        _ groupParts: inout [String: [(device: BlockDevice, size: Int, disks: Set<String>)]]
    ) throws(InstallationError) {
        var used: [InstallationPlan.Member: String] = [:]
        var names: Set<String> = []
        for array in plan.arrays {
            guard names.insert(array.name).inserted else {
                throw wrong("two arrays are called \(array.name). Give each a name of its own.")
            }
            var found: [(device: BlockDevice, size: Int)] = []
            for member in array.members + array.spares {
                let text = member.partition.map { "partition \($0) of \(member.device)" } ?? member.device
                guard let part = parts[member] else {
                    throw wrong(
                        "the array \(array.name) wants \(text.shownInMessage), which is no disk or partition of the"
                            + " plan. An array cannot be part of another one.")
                }
                let isTaken = contents(of: member).map { $0 != .raw } ?? false || group(of: member) != nil
                if isTaken { throw wrong("\(text) is part of the array \(array.name) and used by itself, too.") }
                if let other = used.updateValue(array.name, forKey: member) {
                    throw wrong("\(text) is part of the array \(other) and of \(array.name).")
                }
                found.append(part)
            }
            let uuid = array.uuid.map(DerivedIdentifiers.arrayForm) ?? identifiers.arrayUUID("array \(array.name)")
            for case .disk(let name) in found.map(\.device) { layout.identifiers[name] = uuid }
            let disks = Set((array.members + array.spares).compactMap { self.disks[$0.device]?.name })
            layout.arrays.append(
                ArrayCreation(
                    name: array.name, level: array.level,
                    uuid: uuid,
                    members: found.prefix(array.members.count).map(\.device),
                    spares: found.dropFirst(array.members.count).map(\.device)))
            let device = BlockDevice.array(array.name)
            let size = Self.size(array.level, members: found.prefix(array.members.count).map(\.size))
            if let group = array.volumeGroup {
                groupParts[group, default: []].append((device, size, disks))
            }
            if case .fileSystem(let system) = array.contents {
                layout.fillings.append(
                    .init(device: device, size: size, system: system, disks: disks, purpose: "array \(array.name)"))
            }
        }
    }

    /// Of an array's data, as `mdadm` has it, less what metadata and bitmap take at most.
    private static func size(_ level: StorageArray.Level, members: [Int]) -> Int {
        let smallest = max(0, (members.min() ?? 0) - 130 * mebibyte)
        let (data, overflow): (Int, Bool) =
            switch level {
            case .raid0: smallest.multipliedReportingOverflow(by: members.count)
            case .raid1: (smallest, false)
            case .raid5: smallest.multipliedReportingOverflow(by: members.count - 1)
            case .raid6: smallest.multipliedReportingOverflow(by: members.count - 2)
            case .raid10: smallest.multipliedReportingOverflow(by: members.count / 2)
            }
        return overflow ? 0 : data
    }

    private func partition(_ member: InstallationPlan.Member) -> InstallationPlan.Partition? {
        plan.disks.first { $0.device == member.device }?.partitions.first { $0.name == member.partition }
    }

    private func contents(of member: InstallationPlan.Member) -> InstallationPlan.Contents? {
        partition(member)?.contents
    }

    private func group(of member: InstallationPlan.Member) -> String? {
        guard member.partition == nil else { return partition(member)?.volumeGroup }
        return plan.disks.first { $0.device == member.device }?.volumeGroup
    }

    private func addGroups(
        to layout: inout StorageLayout, _ parts: [String: [(device: BlockDevice, size: Int, disks: Set<String>)]]
    ) throws(InstallationError) {
        var names: Set<String> = []
        for group in plan.volumeGroups {
            guard names.insert(group.name).inserted else {
                throw wrong("two volume groups are called \(group.name). Give each a name of its own.")
            }
            guard let members = parts[group.name] else {
                throw wrong(
                    "the volume group \(group.name) has no disk or partition. Set volume_group of one to \(group.name)."
                )
            }
            let disks = members.reduce(into: Set<String>()) { $0.formUnion($1.disks) }
            for member in members {
                layout.physicalVolumes.append(
                    PhysicalVolumeCreation(device: member.device, uuid: physicalVolumeUUID(member.device)))
            }
            layout.groups.append(
                VolumeGroupCreation(
                    name: group.name, physicalVolumes: members.map(\.device), extentSize: Self.extentSize))
            let total = members.reduce(0) { sum, member in
                sum + max(0, member.size - Self.volumeMargin) / Self.extentSize * Self.extentSize
            }
            var free = total
            var volumes: Set<String> = []
            for volume in group.logicalVolumes {
                guard volumes.insert(volume.name).inserted else {
                    throw wrong("\(group.name) has two volumes \(volume.name). Give each a name of its own.")
                }
                let size = try size(
                    volume.size, of: "volume \(volume.name)", on: group.name, total: total, free: free,
                    step: Self.extentSize)
                free -= size
                layout.volumes.append(
                    LogicalVolumeCreation(
                        group: group.name, name: volume.name, size: size, extentSize: Self.extentSize))
                if case .fileSystem(let system) = volume.contents {
                    layout.fillings.append(
                        .init(
                            device: .logicalVolume(group: group.name, name: volume.name), size: size, system: system,
                            disks: disks,
                            purpose: "volume \(group.name) \(volume.name)"))
                }
            }
        }
        for group in parts.keys.sorted() where !names.contains(group) {
            throw wrong("a disk or partition belongs to the volume group \(group), which the plan does not have.")
        }
    }

    private func physicalVolumeUUID(_ device: BlockDevice) -> String {
        switch device {
        case .disk(let name):
            let planned = plan.disks.first { disks[$0.device]?.name == name }?.device ?? name
            return identifiers.physicalVolumeUUID("pv disk \(planned)")
        case .partition(let uuid, _, _): return identifiers.physicalVolumeUUID("pv \(uuid)")
        case .array(let name): return identifiers.physicalVolumeUUID("pv array \(name)")
        case .logicalVolume(let group, let name): return identifiers.physicalVolumeUUID("pv \(group)/\(name)")
        }
    }
}
