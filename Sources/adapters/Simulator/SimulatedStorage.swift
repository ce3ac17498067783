import Glibc
import Installation
import InstallerTools
import Primitives
import Synchronization

/// The disks of one machine, shared by whatever it runs one after the other.
final class SimulatedDisks: Sendable {
    private let storage: Mutex<SimulatedStorage>

    /// - Parameter failing: as `SimulatedStorage`.
    init(_ machine: MachineDescription, failing: String? = nil) {
        storage = Mutex(
            SimulatedStorage(
                disks: machine.disks.map { disk in
                    MachineFacts.Disk(
                        name: disk.name, size: disk.size,
                        addresses: disk.address.map { [BusAddress.canonical($0, bus: disk.bus)] } ?? [],
                        serial: disk.serial(in: machine))
                }, failing: failing))
    }

    /// As `SimulatedStorage`.
    var facts: (disks: [MachineFacts.Disk], layers: [MachineFacts.Layer]) { storage.withLock { $0.facts } }

    /// As `SimulatedStorage`.
    func carryOut(_ operation: InstallationOperation) throws(RehearsalError) {
        try storage.withLock { storage throws(RehearsalError) in try storage.carryOut(operation) }
    }
}

/// The disks of one machine, in memory: what the operations of an installation do to them, and what tools and kernel
/// would refuse.
///
/// It stays while the machine is off, so that the next installation finds what the last one left.
struct SimulatedStorage: Sendable {
    private enum Contents: Sendable, Hashable {
        case fileSystem(kind: FileSystemCreation.Kind, uuid: String)
        case physicalVolume(uuid: String)
        case arrayMember(String)
    }

    private struct Group: Sendable {
        var physicalVolumes: [BlockDevice]
        /// In bytes.
        var free: Int
        var volumes: [String: Int]
    }

    private struct Array: Sendable {
        var creation: ArrayCreation
        /// In bytes.
        var size: Int
    }

    private let disks: [MachineFacts.Disk]
    private let failing: String?
    /// By the kernel's name of the disk.
    private var tables: [String: PartitionTable] = [:]
    private var arrays: [String: Array] = [:]
    private var groups: [String: Group] = [:]
    private var contents: [BlockDevice: Contents] = [:]
    /// What is mounted at a path of the new system.
    private(set) var mounts: [String: BlockDevice] = [:]
    /// What was written to the new system, by path.
    private(set) var files: [String: TargetFile] = [:]
    private var hasImage = false
    /// Disks that a boot loader was installed on.
    private(set) var bootDisks: Set<String> = []

    /// - Parameter failing: the kernel's name of a disk that takes nothing that is written to it.
    init(disks: [MachineFacts.Disk], failing: String? = nil) {
        self.disks = disks
        self.failing = failing
    }

    /// The disks as an installer finds them, and their partitions. The ramdisk makes arrays and volumes available to
    /// nobody.
    var facts: (disks: [MachineFacts.Disk], layers: [MachineFacts.Layer]) {
        var found = disks
        var layers: [MachineFacts.Layer] = []
        for index in found.indices {
            let name = found[index].name
            if let table = tables[name] {
                found[index].identifier = table.identifier
                found[index].signatures = ["gpt"]
                for entry in table.partitions {
                    // As the kernel names them: sda1, nvme0n1p1.
                    let separator = name.utf8.last.map { (0x30...0x39).contains($0) } == true ? "p" : ""
                    layers.append(
                        .init(
                            name: "\(name)\(separator)\(entry.number)", kind: .partition, size: entry.size,
                            lowers: [name]))
                }
            } else if case .physicalVolume(let uuid)? = contents[.disk(name)] {
                found[index].identifier = uuid
                found[index].signatures = ["LVM2_member"]
            }
        }
        return (found, layers)
    }

    /// - Throws: `RehearsalError` where a machine would refuse it.
    mutating func carryOut(_ operation: InstallationOperation) throws(RehearsalError) {
        switch operation.action {
        case .report, .unpackBootData: break
        case .release(let release):
            throw RehearsalError("\(operation.name): \(release.device) is not in use.")
        case .wipe(let wipe): try carryOut(wipe)
        case .eraseSecurely(let erasure): clear(try disk(erasure.disk).name)
        case .partition(let table): try carryOut(table)
        case .createArray(let array): try carryOut(array)
        case .createPhysicalVolume(let volume):
            try fill(volume.device, with: .physicalVolume(uuid: volume.uuid))
        case .createVolumeGroup(let group): try carryOut(group)
        case .createLogicalVolume(let volume): try carryOut(volume)
        case .format(let creation):
            try fill(creation.device, with: .fileSystem(kind: creation.kind, uuid: creation.uuid))
        case .mount(let mount): try carryOut(mount)
        case .unpackImage:
            guard mounts["/"] != nil else { throw RehearsalError("There is no root to unpack the image into.") }
            files = [:]
            hasImage = true
        case .write(let file):
            try needImage(operation)
            files[file.path] = file
        case .addUser, .configureRepositories, .installPackages, .prepareInitramfs, .enableUnits, .installAgent:
            try needImage(operation)
        case .configureBoot(let configuration): try check(configuration, operation)
        case .installBootLoader(let loader): try carryOut(loader)
        case .unmountTarget:
            guard mounts["/"] != nil else { throw RehearsalError("There is no new system to unmount.") }
            mounts = [:]
        }
    }

    private func needImage(_ operation: InstallationOperation) throws(RehearsalError) {
        guard hasImage, mounts["/"] != nil else {
            throw RehearsalError("\(operation.name): the new system is not there yet.")
        }
    }

    // MARK: Devices

    /// A disk that is about to be written to.
    private func disk(_ identity: DiskIdentity) throws(RehearsalError) -> MachineFacts.Disk {
        guard let disk = disks.first(where: { $0.name == identity.name }), identity.matches(disk) else {
            throw RehearsalError("\(identity.name) is not the disk that was chosen.")
        }
        guard disk.name != failing else {
            throw RehearsalError(BoatyardError.diskWrite("/dev/\(disk.name)", systemErrorText(EIO)).message)
        }
        return disk
    }

    /// In bytes.
    private func size(of device: BlockDevice) throws(RehearsalError) -> Int {
        switch device {
        case .disk(let name):
            if let disk = disks.first(where: { $0.name == name }), tables[name] == nil { return disk.size }
        case .partition(let uuid, let number, let disk):
            if let entry = tables[disk]?.partitions.first(where: { $0.uuid == uuid && $0.number == number }) {
                return entry.size
            }
        case .array(let name): if let array = arrays[name] { return array.size }
        case .logicalVolume(let group, let name): if let size = groups[group]?.volumes[name] { return size }
        }
        throw RehearsalError("There is no \(device), or it is no place for contents.")
    }

    private mutating func fill(_ device: BlockDevice, with new: Contents) throws(RehearsalError) {
        guard try size(of: device) >= 1 << 20 else { throw RehearsalError("\(device) is too small for anything.") }
        guard contents[device] == nil || contents[device] == new else {
            throw RehearsalError("\(device) has contents already.")
        }
        if contents[device] == nil, contents.values.contains(new) {
            if case .fileSystem(_, let uuid) = new { throw RehearsalError("Another file system has the UUID \(uuid).") }
        }
        contents[device] = new
    }

    /// Forgets what was on a disk, and what stood on that.
    private mutating func clear(_ name: String) {
        tables[name] = nil
        bootDisks.remove(name)
        contents = contents.filter { device, _ in
            switch device {
            case .disk(let own): own != name
            case .partition(_, _, let disk): disk != name
            case .array, .logicalVolume: true
            }
        }
        // Whoever stood on what is gone now is gone as well; a group may stand on an array.
        for (array, value) in arrays
        where (value.creation.members + value.creation.spares).contains(where: { contents[$0] == nil }) {
            arrays[array] = nil
            contents[.array(array)] = nil
        }
        for (group, value) in groups where value.physicalVolumes.contains(where: { contents[$0] == nil }) {
            groups[group] = nil
            for volume in value.volumes.keys { contents[.logicalVolume(group: group, name: volume)] = nil }
        }
        hasImage = false
        mounts = [:]
    }

    // MARK: Operations on disks

    private mutating func carryOut(_ wipe: Wipe) throws(RehearsalError) {
        if let identity = wipe.identity {
            let disk = try disk(identity)
            guard wipe.device == "/dev/\(disk.name)", wipe.ranges.allSatisfy({ $0.upperBound <= disk.size }) else {
                throw RehearsalError("\(wipe.device) would be written to beyond its end.")
            }
            clear(disk.name)
        } else if !facts.layers.contains(where: { $0.path == wipe.device }) {
            throw RehearsalError("There is no \(wipe.device) to wipe.")
        }
    }

    private mutating func carryOut(_ table: PartitionTable) throws(RehearsalError) {
        let disk = try disk(table.disk)
        if tables[disk.name] == table { return }
        guard tables[disk.name] == nil, contents[.disk(disk.name)] == nil else {
            throw RehearsalError("\(disk.name) was not wiped before it is partitioned.")
        }
        var end = 34 * disk.logicalSectorSize
        let last = disk.size - 33 * disk.logicalSectorSize
        guard Set(table.partitions.map(\.number)).count == table.partitions.count,
            Set(table.partitions.map(\.uuid)).count == table.partitions.count
        else { throw RehearsalError("Two partitions of \(disk.name) have one number or UUID.") }
        for entry in table.partitions.sorted(by: { $0.start < $1.start }) {
            guard (1...128).contains(entry.number), entry.start >= end, entry.size > 0,
                entry.size <= last - entry.start,
                entry.start.isMultiple(of: disk.logicalSectorSize), entry.size.isMultiple(of: disk.logicalSectorSize)
            else { throw RehearsalError("Partition \(entry.number) of \(disk.name) does not fit.") }
            end = entry.start + entry.size
        }
        tables[disk.name] = table
    }

    private mutating func carryOut(_ array: ArrayCreation) throws(RehearsalError) {
        if arrays[array.name]?.creation == array { return }
        var sizes: [Int] = []
        for member in array.members + array.spares {
            sizes.append(try size(of: member))
            try fill(member, with: .arrayMember(array.name))
        }
        // One of its members is less than any array of the levels that there are has.
        arrays[array.name] = Array(creation: array, size: sizes.min() ?? 0)
    }

    private mutating func carryOut(_ group: VolumeGroupCreation) throws(RehearsalError) {
        if groups[group.name]?.physicalVolumes == group.physicalVolumes { return }
        guard groups[group.name] == nil else { throw RehearsalError("There is a volume group \(group.name) already.") }
        let taken = Set(groups.values.flatMap(\.physicalVolumes))
        var free = 0
        for device in group.physicalVolumes {
            guard case .physicalVolume? = contents[device], !taken.contains(device) else {
                throw RehearsalError("\(device) is no free physical volume for \(group.name).")
            }
            guard group.extentSize > 0 else { throw RehearsalError("\(group.name) has extents of nothing.") }
            free += (try size(of: device) - 1 << 20) / group.extentSize * group.extentSize
        }
        groups[group.name] = Group(physicalVolumes: group.physicalVolumes, free: free, volumes: [:])
    }

    private mutating func carryOut(_ volume: LogicalVolumeCreation) throws(RehearsalError) {
        guard let group = groups[volume.group] else {
            throw RehearsalError("There is no volume group \(volume.group) for \(volume.name).")
        }
        if group.volumes[volume.name] == volume.size { return }
        guard group.volumes[volume.name] == nil, volume.size > 0, volume.size <= group.free else {
            throw RehearsalError(
                "\(volume.group) has \(group.free) bytes left, too few for \(volume.name) with \(volume.size).")
        }
        groups[volume.group]?.volumes[volume.name] = volume.size
        groups[volume.group]?.free -= volume.size
    }

    private mutating func carryOut(_ mount: TargetMount) throws(RehearsalError) {
        guard case .fileSystem(let kind, _)? = contents[mount.device], kind.rawValue == mount.type else {
            throw RehearsalError("\(mount.device) has no \(mount.type) to mount at \(mount.mountPoint).")
        }
        guard mounts[mount.mountPoint] == nil, mount.mountPoint == "/" || mounts["/"] != nil else {
            throw RehearsalError("\(mount.mountPoint) is mounted already, or before /.")
        }
        // What was mounted below would be hidden.
        let prefix = mount.mountPoint == "/" ? "/" : mount.mountPoint + "/"
        guard !mounts.keys.contains(where: { $0.hasPrefix(prefix) }) else {
            throw RehearsalError("\(mount.mountPoint) is mounted after what is in it.")
        }
        mounts[mount.mountPoint] = mount.device
    }

    // MARK: Boot loader

    private func uuid(mountedAt place: String) -> String? {
        guard let device = mounts[place], case .fileSystem(_, let uuid)? = contents[device] else { return nil }
        return uuid
    }

    private func check(
        _ configuration: BootConfiguration, _ operation: InstallationOperation
    ) throws(RehearsalError) {
        try needImage(operation)
        let boot = uuid(mountedAt: "/boot")
        let isOwn = boot != nil
        guard configuration.bootFileSystem == boot ?? uuid(mountedAt: "/"),
            configuration.kernelFolder == (isOwn ? "" : "/boot")
        else { throw RehearsalError("The boot loader would look for kernels where none are.") }
        let root = mounts["/"].map(\.path)
        guard configuration.root == root || configuration.root == uuid(mountedAt: "/").map({ "UUID=\($0)" }) else {
            throw RehearsalError("The kernel would look for its root at \(configuration.root), where it is not.")
        }
    }

    private mutating func carryOut(_ loader: BootLoader) throws(RehearsalError) {
        guard hasImage, !loader.disks.isEmpty else { throw RehearsalError("There is no disk to boot from.") }
        for (index, name) in loader.disks.enumerated() {
            let types = (tables[name]?.partitions ?? []).map(\.type)
            switch loader.firmware {
            case .bios:
                guard types.contains(.biosBoot) else {
                    throw RehearsalError("\(name) has no BIOS boot partition for GRUB.")
                }
            case .uefi:
                guard types.contains(.efiSystem), loader.systemPartitions.indices.contains(index),
                    case .partition(_, _, name) = loader.systemPartitions[index].device,
                    mounts[loader.systemPartitions[index].mountPoint] == loader.systemPartitions[index].device
                else { throw RehearsalError("\(name) has no EFI system partition that is mounted.") }
            }
        }
        bootDisks = Set(loader.disks)
    }
}
