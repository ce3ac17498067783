import Primitives
import SiteDesign

/// Plans the installation of a machine: what is done to it, in which order.
///
/// Pure: the same plan on the same machine gives the same operations. The installer carries them out on the machine,
/// the simulator on disks in memory.
package enum InstallationPlanner {
    /// All operations, from the report `started` to `installed`.
    ///
    /// A disk that has been laid out for this deployment already is not wiped again, and all else is found by the UUIDs
    /// that follow from the deployment: whoever was stopped in the middle goes on.
    ///
    /// - Throws: `InstallationError`, before anything is changed; `.diskMissing` may be mended by waiting.
    package static func operations(
        _ plan: InstallationPlan, _ facts: MachineFacts
    ) throws(InstallationError) -> [InstallationOperation] {
        guard plan.bootMode == facts.firmware else {
            throw InstallationError(
                .firmware,
                "\(plan.node) was booted by \(facts.firmware.rawValue.uppercased()), and its HardwareProfile says"
                    + " boot_mode \(plan.bootMode.rawValue): what is installed for the one is not booted by the other."
                    + " Set the machine's firmware, or boot_mode, to the same.")
        }
        let image = try image(plan)
        let selection = DiskSelection(node: plan.node, facts: facts)
        let disks = try selection.disks(of: plan)
        let identifiers = DerivedIdentifiers(seed: plan.deployment)
        let layout: StorageLayout
        let systems: FileSystemPlanner
        do throws(InstallationError) {
            layout = try StoragePlanner(plan: plan, facts: facts, disks: disks, identifiers: identifiers).layout()
            systems = try FileSystemPlanner(plan: plan, layout: layout, facts: facts, identifiers: identifiers)
        } catch {
            guard error.reason == .space else { throw error }
            throw InstallationError(.space, error.message, isPermanent: selection.hasNoOtherSpace(plan, disks))
        }
        let cards = try InterfaceSelection(node: plan.node, facts: facts).interfaces(of: plan.network)
        let network = try NetworkFiles(node: plan.node, plan: plan.network, interfaces: cards)

        var steps = [report(.started, "Begin to install \(image.name) on \(plan.node).")]
        let used = plan.disks.compactMap { disks[$0.device] }
        let dirty = used.filter { disk in
            guard let identifier = layout.identifiers[disk.name] else { return true }
            return disk.identifier.map(digits) != digits(identifier)
        }
        steps += WipePlanner(facts: facts).operations(for: dirty, discards: false)
        steps += storage(layout)
        steps += systems.operations
        steps.append(report(.partitioned, "The disks are laid out."))
        steps.append(
            InstallationOperation("unpack image", "Write the image \(image.name).", .unpackImage(image)))
        steps.append(report(.image, "The image \(image.name) is written."))
        steps += configuration(plan, systems, layout, network)
        steps += systems.bootOperations
        steps.append(report(.configured, "Network, users, packages and boot loader are set."))
        steps += bootData(plan)
        steps.append(report(.bootdata, "Files and units are in place."))
        steps.append(InstallationOperation("finish", "Write everything to disk.", .unmountTarget))
        steps.append(report(.installed, "Ready to boot from disk."))
        return steps
    }

    /// An identifier without hyphens and colons, which not everybody writes alike.
    private static func digits(_ identifier: String) -> String {
        identifier.lowercased().filter { $0 != "-" && $0 != ":" }
    }

    private static func report(_ phase: InstallationPhase, _ text: String) -> InstallationOperation {
        InstallationOperation("report \(phase.rawValue)", text, .report(phase))
    }

    private static func image(_ plan: InstallationPlan) throws(InstallationError) -> ImageSource {
        let image = plan.image
        guard let url = image.url, let sha256 = image.sha256, let format = image.format else {
            throw InstallationError(
                .image,
                "\(plan.node): the catalog has no file of the image \(image.name). Make or import it on the seed host:"
                    + " boatyard image build \(image.name), or boatyard image import.")
        }
        return ImageSource(
            name: image.name, url: url, sha256: sha256, size: image.size, unpackedSize: image.unpackedSize,
            format: format)
    }

    private static func storage(_ layout: StorageLayout) -> [InstallationOperation] {
        var steps: [InstallationOperation] = []
        for table in layout.tables {
            let names = table.partitions.map(\.name).joined(separator: ", ")
            steps.append(
                InstallationOperation(
                    "partition \(table.disk.name)", "Make the partitions \(names) of \(table.disk.name).",
                    .partition(table)))
        }
        for array in layout.arrays {
            steps.append(
                InstallationOperation(
                    "create array \(array.name)",
                    "Make the \(array.level.rawValue) array \(array.name) of \(array.members.count) members.",
                    .createArray(array)))
        }
        for volume in layout.physicalVolumes {
            steps.append(
                InstallationOperation(
                    "create physical volume \(volume.device)", "Make \(volume.device) a physical volume.",
                    .createPhysicalVolume(volume)))
        }
        for group in layout.groups {
            steps.append(
                InstallationOperation(
                    "create volume group \(group.name)",
                    "Make the volume group \(group.name) of \(group.physicalVolumes.count) physical volumes.",
                    .createVolumeGroup(group)))
        }
        for volume in layout.volumes {
            steps.append(
                InstallationOperation(
                    "create volume \(volume.group)/\(volume.name)",
                    "Make the logical volume \(volume.group)/\(volume.name) of \(ByteCount.text(volume.size)).",
                    .createLogicalVolume(volume)))
        }
        return steps
    }

    private static func write(_ file: TargetFile) -> InstallationOperation {
        InstallationOperation("write \(file.path)", "Write \(file.path).", .write(file))
    }

    private static func configuration(
        _ plan: InstallationPlan, _ systems: FileSystemPlanner, _ layout: StorageLayout, _ network: NetworkFiles
    ) -> [InstallationOperation] {
        var steps = systems.files.map(write)
        if !layout.arrays.isEmpty { steps.append(write(ArrayConfiguration.file(layout.arrays))) }
        steps += SystemFiles(plan: plan).files.map(write)
        steps += network.files.map(write)
        for user in plan.users {
            steps.append(
                InstallationOperation(
                    "user \(user.name)", "Set up the user \(user.name) with \(user.authorizedKeys.count) keys.",
                    .addUser(user)))
            steps.append(write(SystemFiles.sudoers(user)))
        }
        if !plan.repositories.isEmpty || plan.removesUnlistedRepositories {
            steps.append(
                InstallationOperation(
                    "package sources", "Write \(plan.repositories.count) package sources.",
                    .configureRepositories(
                        RepositoryConfiguration(
                            repositories: plan.repositories, removesOthers: plan.removesUnlistedRepositories))))
        }
        if !plan.packages.isEmpty {
            steps.append(
                InstallationOperation(
                    "install packages", "Install \(plan.packages.count) packages.", .installPackages(plan.packages)))
        }
        steps.append(
            InstallationOperation(
                "enable network", "Enable systemd-networkd and systemd-resolved.",
                .enableUnits([
                    "systemd-networkd.service", "systemd-networkd-wait-online.service", "systemd-resolved.service",
                ])))
        return steps
    }

    private static func bootData(_ plan: InstallationPlan) -> [InstallationOperation] {
        var steps: [InstallationOperation] = []
        if let data = plan.bootData {
            // The units first: whoever has a file of the same path wants that.
            for (kind, url) in [(BootDataArchive.Kind.units, data.units), (.files, data.files)] {
                steps.append(
                    InstallationOperation(
                        "boot data \(kind.rawValue)", "Unpack the \(kind.rawValue) of the boot actions.",
                        .unpackBootData(BootDataArchive(kind: kind, url: url))))
            }
        }
        steps.append(write(SystemFiles.bootedUnit))
        steps.append(
            InstallationOperation(
                "install agent", "Install the agent, which reports the first boot.",
                .installAgent(BootedReport(url: plan.reportURL, deployment: plan.deployment))))
        steps.append(
            InstallationOperation(
                "enable \(SystemFiles.bootedUnitName)", "Enable the report of the first boot.",
                .enableUnits([SystemFiles.bootedUnitName])))
        return steps
    }
}
