/// One step of an installation or an erasure: all that its executor needs.
///
/// Operations are carried out in their order. What is there already as an operation describes it, found by the UUIDs
/// that it gives, stays as it is.
package struct InstallationOperation: Sendable, Hashable {
    /// Unique within a plan, and the same whenever the plan is made: `partition sda`, `write /etc/fstab`.
    package var name: String
    /// What is done, for people.
    package var description: String
    /// What is done, for the executor.
    package var action: Action

    package init(_ name: String, _ description: String, _ action: Action) {
        self.name = name
        self.description = description
        self.action = action
    }

    /// What an operation does.
    package enum Action: Sendable, Hashable {
        /// Reports a phase of the node protocol (`docs/reference/node-protocol.md` 2.21).
        case report(InstallationPhase)
        /// Stops the use of what stands on a disk.
        case release(Release)
        /// Overwrites what identifies the contents of a device.
        case wipe(Wipe)
        /// Erases a whole disk by its own command.
        case eraseSecurely(SecureErasure)
        /// Writes a GUID partition table.
        case partition(PartitionTable)
        /// Makes an md array.
        case createArray(ArrayCreation)
        /// Makes an LVM physical volume.
        case createPhysicalVolume(PhysicalVolumeCreation)
        /// Makes an LVM volume group.
        case createVolumeGroup(VolumeGroupCreation)
        /// Makes an LVM logical volume.
        case createLogicalVolume(LogicalVolumeCreation)
        /// Makes a file system or swap space.
        case format(FileSystemCreation)
        /// Mounts a file system below the root of the new system; parents come before what is in them.
        case mount(TargetMount)
        /// Fetches, checks and unpacks the image into the mounted root.
        case unpackImage(ImageSource)
        /// Writes one file of the new system.
        case write(TargetFile)
        /// Makes a login user, or gives an existing one its keys.
        case addUser(LoginUser)
        /// Writes package sources.
        case configureRepositories(RepositoryConfiguration)
        /// Installs packages in the new system.
        case installPackages([PackageRequest])
        /// Makes sure that the initramfs of each kernel can find the root file system.
        case prepareInitramfs(InitramfsRequirements)
        /// Writes the boot loader's configuration, once it is known which kernels the image has.
        case configureBoot(BootConfiguration)
        /// Installs the boot loader.
        case installBootLoader(BootLoader)
        /// Fetches and unpacks an archive of boot actions.
        case unpackBootData(BootDataArchive)
        /// Enables units of the new system; those that it does not have are left out.
        case enableUnits([String])
        /// Puts the agent and its report of the first boot into the new system.
        case installAgent(BootedReport)
        /// Writes everything to disk and unmounts the new system.
        case unmountTarget
    }

    /// The disk whose whole-disk lock (`flock`) is held meanwhile, so that udev does not open it at the same time; nil
    /// for what writes to no disk directly. udev must not be waited for while it is held.
    package var lockedDisk: String? {
        switch action {
        case .wipe(let wipe): wipe.disk
        case .eraseSecurely(let erasure): erasure.disk.name
        case .partition(let table): table.disk.name
        case .format(let creation): Self.disk(of: creation.device)
        case .createPhysicalVolume(let creation): Self.disk(of: creation.device)
        default: nil
        }
    }

    private static func disk(of device: BlockDevice) -> String? {
        switch device {
        case .disk(let name): name
        case .partition(_, _, let disk): disk
        // Devices of md and of the device mapper are exempt from the lock.
        case .array, .logicalVolume: nil
        }
    }
}

/// A phase that an installer reports.
package enum InstallationPhase: String, Sendable, Hashable, CaseIterable {
    case started, partitioned, image, configured, bootdata, installed, booted, erased, failed
}
