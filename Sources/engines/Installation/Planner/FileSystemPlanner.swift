/// What is made on devices, where it is mounted, and what boots from it.
struct FileSystemPlanner {
    private let plan: InstallationPlan
    private let layout: StorageLayout
    private let facts: MachineFacts
    private let identifiers: DerivedIdentifiers
    /// In the order of the design, system partitions that were added last.
    private let fillings: [StorageLayout.Filling]
    private let root: StorageLayout.Filling
    /// What has the kernels: `/boot`, else `/`.
    private let boot: StorageLayout.Filling

    /// - Throws: `InstallationError` `.layout` where something is mounted twice, or nothing at `/`.
    init(
        plan: InstallationPlan, layout: StorageLayout, facts: MachineFacts, identifiers: DerivedIdentifiers
    ) throws(InstallationError) {
        self.plan = plan
        self.layout = layout
        self.facts = facts
        self.identifiers = identifiers
        let own = Set(layout.fillings.map(\.device))
        var fillings = layout.fillings
        var taken = Set(layout.fillings.compactMap(\.system.mountPoint))
        for var added in layout.systemPartitions where !own.contains(added.device) {
            var number = 1
            // The design may have one already at the usual place.
            while let place = added.system.mountPoint, !taken.insert(place).inserted {
                number += 1
                added.system.mountPoint = "\(StoragePlanner.efiFolder)\(number)"
            }
            fillings.append(added)
        }
        self.fillings = fillings

        var places: [String: BlockDevice] = [:]
        var uuids: [String: BlockDevice] = [:]
        for filling in fillings {
            let least = filling.system.kind.smallestSize
            guard filling.size >= least else {
                throw InstallationError(
                    .space,
                    "\(plan.node): \(filling.device) has \(ByteCount.text(filling.size)), and \(filling.system.kind.rawValue)"
                        + " needs \(ByteCount.text(least)). Make it larger, or ext4.")
            }
            if let place = filling.system.mountPoint, let other = places.updateValue(filling.device, forKey: place) {
                throw InstallationError(
                    .layout,
                    "\(plan.node): both \(other) and \(filling.device) are to be mounted at \(place). Mount one of them"
                        + " elsewhere.")
            }
            guard let uuid = filling.system.uuid else { continue }
            if let other = uuids.updateValue(filling.device, forKey: uuid) {
                throw InstallationError(
                    .layout,
                    "\(plan.node): both \(other) and \(filling.device) have the UUID \(uuid). Give them different ones,"
                        + " or none.")
            }
        }
        guard let root = fillings.first(where: { $0.system.mountPoint == "/" }) else {
            throw InstallationError(
                .layout, "\(plan.node): nothing is mounted at /. Give a partition or volume the mount point /.")
        }
        guard root.system.kind != .vfat else {
            throw InstallationError(.layout, "\(plan.node): / cannot be vfat. Use ext4 or xfs.")
        }
        self.root = root
        boot = fillings.first { $0.system.mountPoint == "/boot" } ?? root
        if facts.firmware == .uefi,
            let wrong = fillings.first(where: {
                $0.system.mountPoint == StoragePlanner.efiFolder && $0.system.kind != .vfat
            })
        {
            throw InstallationError(
                .layout,
                "\(plan.node): \(wrong.device) is \(wrong.system.kind.rawValue) and mounted at"
                    + " \(StoragePlanner.efiFolder), where UEFI needs vfat. Make it vfat, or leave it out:"
                    + " it is made then."
            )
        }
    }

    private func uuid(_ filling: StorageLayout.Filling) -> String {
        if let uuid = filling.system.uuid { return uuid }
        let purpose = "file system \(filling.purpose)"
        return filling.system.kind == .vfat ? identifiers.volumeID(purpose) : identifiers.uuid(purpose)
    }

    /// Parents before what is in them.
    private var mounted: [StorageLayout.Filling] {
        let places = fillings.filter { $0.system.mountPoint != nil }
        return places.sorted { left, right in
            let (one, other) = (left.system.mountPoint ?? "", right.system.mountPoint ?? "")
            return (Self.depth(one), one) < (Self.depth(other), other)
        }
    }

    private static func depth(_ path: String) -> Int { path.split(separator: "/").count }

    private func mount(_ filling: StorageLayout.Filling) -> TargetMount {
        TargetMount(
            device: filling.device, mountPoint: filling.system.mountPoint ?? "/", type: filling.system.kind.rawValue)
    }

    /// Formats everything, then mounts it.
    var operations: [InstallationOperation] {
        var steps = fillings.map { filling in
            InstallationOperation(
                "format \(filling.device)", "Make \(filling.system.kind.rawValue) on \(filling.device).",
                .format(
                    FileSystemCreation(
                        device: filling.device, kind: filling.system.kind, uuid: uuid(filling),
                        label: filling.system.label, size: filling.size)))
        }
        for filling in mounted {
            let place = filling.system.mountPoint ?? "/"
            steps.append(
                InstallationOperation(
                    "mount \(place)", "Mount \(filling.device) at \(place).", .mount(mount(filling))))
        }
        return steps
    }

    /// `/etc/fstab`, and what else follows from the layout.
    var files: [TargetFile] {
        let swaps = fillings.filter { $0.system.kind == .swap }
        let lines = (mounted + swaps).map { entry($0).line }
        return [
            TargetFile("/etc/fstab", lines.joined(separator: "\n") + "\n"),
            // The machine never sleeps; looking for where it would have slept delays the boot.
            TargetFile("/etc/initramfs-tools/conf.d/resume", "RESUME=none\n"),
            bootConfiguration.defaults,
        ]
    }

    /// Without these the system is not what it is meant to be; without others it boots, so that it can be mended.
    private static let systemFolders: Set<String> = [
        "/", "/boot", "/usr", "/var", "/var/log", "/var/lib", "/var/tmp", "/home", "/root", "/opt", "/srv", "/tmp",
    ]

    private var systemDisks: Set<String> {
        fillings.filter { Self.systemFolders.contains($0.system.mountPoint ?? "") }
            .reduce(into: Set<String>()) { $0.formUnion($1.disks) }
    }

    private func entry(_ filling: StorageLayout.Filling) -> FileSystemTableEntry {
        let source: String
        switch filling.device {
        case .logicalVolume: source = filling.device.path
        default: source = "UUID=\(uuid(filling))"
        }
        let place = filling.system.mountPoint
        let isSystemPartition = layout.systemPartitions.contains { $0.device == filling.device }
        let isSystem = Self.systemFolders.contains(place ?? "") || filling.disks.isSubset(of: systemDisks)
        var options = filling.system.options
        if filling.system.kind == .swap, options == "defaults" { options = "sw" }
        return FileSystemTableEntry(
            source: source, mountPoint: place, type: filling.system.kind, options: options,
            isOptional: isSystemPartition || !isSystem)
    }

    // MARK: Boot loader

    private var bootConfiguration: BootConfiguration {
        let hasOwnBoot = boot.system.mountPoint == "/boot"
        let parameters = plan.kernelParameters.split(separator: " ").map(String.init)
        // The last console is the system's: those of the plan that the parameters do not have come first.
        let missing = plan.consoles.map { "console=\($0)" }.filter { !parameters.contains($0) }
        let line = (missing + parameters).joined(separator: " ")
        let consoles = (missing + parameters).filter { $0.hasPrefix("console=") }.map { String($0.dropFirst(8)) }
        return BootConfiguration(
            root: rootParameter, bootFileSystem: uuid(boot), kernelFolder: hasOwnBoot ? "" : "/boot",
            modules: modules, kernelParameters: line, serialPort: .first(among: consoles),
            preferredKernel: plan.image.kernel)
    }

    /// The initramfs makes only those logical volumes available whose nodes it is told.
    private var rootParameter: String {
        if case .logicalVolume = root.device { return root.device.path }
        return "UUID=\(uuid(root))"
    }

    /// In the order in which GRUB needs them to find the kernels.
    private var modules: [String] {
        var modules = ["part_gpt"]
        if isOnArray(boot) { modules += ["mdraid1x"] }
        if case .logicalVolume = boot.device { modules.append("lvm") }
        switch boot.system.kind {
        case .ext2, .ext3, .ext4: modules.append("ext2")
        case .vfat: modules.append("fat")
        case .xfs, .btrfs: modules.append(boot.system.kind.rawValue)
        case .swap: break
        }
        return modules
    }

    private func isOnArray(_ filling: StorageLayout.Filling) -> Bool {
        switch filling.device {
        case .array: return true
        case .logicalVolume(let name, _):
            return layout.groups.first { $0.name == name }?.physicalVolumes.contains {
                if case .array = $0 { true } else { false }
            } ?? false
        case .disk, .partition: return false
        }
    }

    private var usesVolumes: Bool {
        fillings.contains { filling in
            guard case .logicalVolume = filling.device else { return false }
            return ["/", "/usr"].contains(filling.system.mountPoint ?? "")
        }
    }

    private var usesArrays: Bool {
        fillings.contains { ["/", "/usr"].contains($0.system.mountPoint ?? "") && isOnArray($0) }
    }

    /// What makes the disks boot.
    var bootOperations: [InstallationOperation] {
        let configuration = bootConfiguration
        var steps: [InstallationOperation] = []
        steps.append(
            InstallationOperation(
                "initramfs", "See that the initramfs finds the root file system.",
                .prepareInitramfs(
                    InitramfsRequirements(needsLVM: usesVolumes, needsArrays: usesArrays, disks: layout.bootDisks))))
        steps.append(
            InstallationOperation(
                "configure boot loader", "Write the configuration of the boot loader.", .configureBoot(configuration)))
        let ordered = layout.bootDisks
        let partitions = facts.firmware == .uefi ? ordered.compactMap { disk in systemPartition(on: disk) } : []
        steps.append(
            InstallationOperation(
                "install boot loader",
                "Install GRUB for \(facts.firmware.rawValue.uppercased()) on \(ordered.joined(separator: ", ")).",
                .installBootLoader(
                    BootLoader(
                        firmware: facts.firmware, hasSecureBoot: facts.hasSecureBoot, disks: ordered,
                        systemPartitions: partitions, bootFileSystem: configuration.bootFileSystem,
                        grubFolder: configuration.kernelFolder + "/grub"))))
        return steps
    }

    private func systemPartition(on disk: String) -> TargetMount? {
        let devices = Set(layout.systemPartitions.filter { $0.disks == [disk] }.map(\.device))
        return fillings.first { devices.contains($0.device) }.map(mount)
    }
}
