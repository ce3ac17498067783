import Glibc
import Installation
import Primitives
import SiteDesign

/// Makes arrays and LVM's volumes, file systems and mounts.
struct VolumeExecutor: Sendable {
    let nodes: DeviceNodes
    let target: TargetRoot

    func create(_ array: ArrayCreation) async throws {
        let path = "/dev/md/\(array.name)"
        let members = try await paths(array.members)
        let spares = try await paths(array.spares)
        var found: [String] = []
        for member in members {
            let outcome = try await ChildProcess(Command("mdadm", "--examine", "--export", member)).finish()
            if let uuid = Self.value("MD_UUID", in: outcome.text) { found.append(uuid) }
        }
        let isMade = found.count == members.count && found.allSatisfy { $0 == array.uuid }
        if isMade {
            let detail = try await ChildProcess(Command("mdadm", "--detail", "--export", path)).finish()
            if Self.value("MD_UUID", in: detail.text) == array.uuid { return }
            try await ChildProcess.run(
                Command(["mdadm", "--assemble", path, "--uuid=\(array.uuid)", "--run"] + members + spares))
        } else {
            var arguments = ["mdadm", "--create", path, "--run", "--force", "--metadata=1.2", "--homehost=any"]
            arguments += ["--level=\(array.level.rawValue)", "--raid-devices=\(members.count)", "--uuid=\(array.uuid)"]
            // Without a bitmap a power cut costs a whole resynchronization; mdadm 4.4 asks where nothing is said.
            if array.level.isRedundant { arguments.append("--bitmap=internal") }
            if !spares.isEmpty { arguments.append("--spare-devices=\(spares.count)") }
            limitSynchronization()
            try await ChildProcess.run(Command(arguments + members + spares, deadline: 120))
        }
        try await Udev.settle()
    }

    /// The first synchronization takes hours on large disks; the installed system goes on with it at full speed.
    private func limitSynchronization() {
        let kibibytesPerSecond = "10000"
        let limit = open("/proc/sys/dev/raid/speed_limit_max", O_WRONLY | O_CLOEXEC)
        // A kernel that has no such limit synchronizes as it likes.
        guard limit >= 0 else { return }
        defer { close(limit) }
        _ = write(limit, kibibytesPerSecond, kibibytesPerSecond.utf8.count)
    }

    func create(_ volume: PhysicalVolumeCreation, at path: String) async throws {
        let present = try await ChildProcess(
            Command("pvs", "--noheadings", "--options", "pv_uuid", path)
        ).finish()
        if present.text.trimmed == volume.uuid { return }
        try await ChildProcess.run(
            Command([
                "pvcreate", "--yes", "--force", "--force", "--norestorefile", "--uuid", volume.uuid, path,
            ]))
    }

    func create(_ group: VolumeGroupCreation) async throws {
        let paths = try await paths(group.physicalVolumes)
        let present = try await ChildProcess(
            Command("pvs", "--noheadings", "--options", "pv_name", "--select", "vg_name=\(group.name)")
        ).finish()
        let members = Set(present.text.split(whereSeparator: \.isNewline).map { $0.trimmed })
        if members.isEmpty {
            try await ChildProcess.run(
                Command(["vgcreate", "--yes", "--physicalextentsize", "\(group.extentSize)b", group.name] + paths))
            return
        }
        // The same devices may have several names.
        let wanted = Set(paths.compactMap(DeviceNodes.number))
        guard Set(members.compactMap(DeviceNodes.number)) == wanted else {
            throw BoatyardError(
                "volume.group",
                "There is another volume group \(group.name), on \(members.sorted().joined(separator: ", ")). It is on a "
                    + "disk that the design does not lay out: take it out of the machine, or erase the machine first.")
        }
    }

    func create(_ volume: LogicalVolumeCreation) async throws {
        let name = "\(volume.group)/\(volume.name)"
        let present = try await ChildProcess(
            Command("lvs", "--noheadings", "--nosuffix", "--units", "b", "--options", "lv_size", name)
        ).finish()
        if case .exited(0) = present.end, let size = Int(present.text.trimmed) {
            guard size == volume.size else {
                throw BoatyardError(
                    "volume.size",
                    "The logical volume \(name) has \(size) bytes, and the plan says \(volume.size). Erase the machine, "
                        + "and deploy it again.")
            }
            try await ChildProcess.run(Command("lvchange", "--activate", "y", name))
        } else {
            try await ChildProcess.run(
                Command(
                    "lvcreate", "--yes", "--wipesignatures", "y", "--zero", "y", "--extents", "\(volume.extents)",
                    "--name",
                    volume.name, volume.group))
        }
        try await Udev.settle()
    }

    func format(_ creation: FileSystemCreation, at path: String) async throws {
        let present = try await DiskContents.read(of: path)
        if present.type == creation.kind.rawValue, present.uuid == creation.uuid { return }
        try await ChildProcess.run(Command(creation.command(path: path), deadline: 1800))
        let made = try await DiskContents.read(of: path)
        guard made.type == creation.kind.rawValue, made.uuid == creation.uuid else {
            throw BoatyardError(
                "volume.format",
                "\(path) has no \(creation.kind.rawValue) \(creation.uuid) though it was made: it holds "
                    + "\(made.type ?? "nothing"). The disk does not keep what is written to it: replace it.")
        }
    }

    func mount(_ mount: TargetMount) async throws {
        let path = try await nodes.path(of: mount.device)
        let point = target.outside(mount.mountPoint)
        if let number = DeviceNodes.number(of: path), MountTable.current().points(of: number).contains(point) { return }
        if mount.mountPoint == "/" {
            try FileContents.makeFolder(point, mode: 0o755)
        } else {
            try target.makeFolder(mount.mountPoint, mode: 0o755, owner: 0, group: 0)
        }
        guard SystemFiles().resolved(point) == point else {
            throw BoatyardError(
                "target.mount",
                "\(mount.mountPoint) of the new system is a link, on which nothing can be mounted. Erase the machine, and "
                    + "deploy it again.")
        }
        try await ChildProcess.run(Command("mount", "-t", mount.type, path, point))
    }

    private func paths(_ devices: [BlockDevice]) async throws -> [String] {
        var paths: [String] = []
        for device in devices { paths.append(try await nodes.path(of: device)) }
        return paths
    }

    /// Of lines `NAME=VALUE`.
    static func value(_ name: String, in text: String) -> String? {
        text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + "=") }.map {
            String($0.dropFirst(name.count + 1))
        }
    }
}
