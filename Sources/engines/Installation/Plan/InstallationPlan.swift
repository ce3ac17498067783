import Primitives
import SiteDesign

/// What the daemon wants of a machine, read from the plan's JSON (`docs/reference/node-protocol.md` 2.16, §5).
///
/// All that reaches a file, a command or a path is checked when it is read: the agent runs as root, and trusts the plan
/// no further than it has to.
package struct InstallationPlan: Sendable {
    /// The ULID of the deployment: what UUIDs are derived from.
    package var deployment: String
    /// The name of the node, one label of a host name.
    package var node: String
    /// The fully qualified domain name, `n1.example.com`.
    package var fqdn: String
    /// What is installed.
    package var image: Image
    /// The firmware that the design says the machine has.
    package var bootMode: MachineFacts.Firmware
    /// Without a blank at its ends.
    package var kernelParameters: String
    /// Values of `console=`, the last of which is the system's console.
    package var consoles: [String]
    /// In the order of the design.
    package var disks: [Disk]
    /// Empty, for designs have none.
    package var arrays: [Array]
    /// In the order of the design.
    package var volumeGroups: [VolumeGroup]
    /// What is configured in the new system.
    package var network: NetworkPlan
    /// Who may log in.
    package var users: [LoginUser]
    /// Package sources.
    package var repositories: [PackageRepository]
    /// Whether every other package source is removed, but for the image's own archive.
    package var removesUnlistedRepositories: Bool
    /// What is installed beside the image.
    package var packages: [PackageRequest]
    /// nil where no boot action targets the node.
    package var bootData: BootData?
    /// Where phases are reported.
    package var reportURL: String

    /// What is installed. Everything but the name may be missing, where the catalog knows no file.
    package struct Image: Sendable, Hashable {
        package var name: String
        /// The kernel that the design prefers, `generic`; a part of a kernel's version.
        package var kernel: String?
        package var url: String?
        package var sha256: String?
        package var size: Int?
        package var unpackedSize: Int?
        package var format: ImageSource.Format?
    }

    /// How the machine's disk is found.
    package struct Selector: Sendable, Hashable {
        /// The name in the design.
        package var alias: String
        /// As the hardware profile writes it; nil where the profile has no such alias.
        package var address: String?
        /// `scsi`, `pci`, `serial`, `wwn`; free text.
        package var bus: String?
    }

    package struct Disk: Sendable, Hashable {
        /// The name in the design, which the rest of the plan uses.
        package var device: String
        /// The kernel's name as the daemon knows it, else `device`.
        package var name: String
        package var selector: Selector
        /// Labels of the design: `bootdrive`.
        package var labels: [String: String]
        /// The group that the whole disk is a physical volume of.
        package var volumeGroup: String?
        package var partitions: [Partition]
    }

    package struct Partition: Sendable, Hashable {
        package var name: String
        /// `20g`, `>20g`, `50%`.
        package var size: String
        package var isBootable: Bool
        package var uuid: String?
        package var volumeGroup: String?
        package var contents: Contents
    }

    /// What a partition, volume or array is filled with.
    package enum Contents: Sendable, Hashable {
        /// Left as it is.
        case raw
        /// Where GRUB keeps its core.
        case biosBoot
        case fileSystem(FileSystem)
    }

    package struct FileSystem: Sendable, Hashable {
        package var kind: FileSystemCreation.Kind
        /// Absolute, without a slash at the end; nil where it is not mounted.
        package var mountPoint: String?
        /// As in fstab.
        package var options: String
        package var uuid: String?
        package var label: String?
    }

    /// A part of a disk, or a whole one, as the design names them.
    package struct Member: Sendable, Hashable {
        package var device: String
        /// nil for the whole disk.
        package var partition: String?
    }

    package struct Array: Sendable, Hashable {
        package var name: String
        package var level: StorageArray.Level
        package var uuid: String?
        package var members: [Member]
        package var spares: [Member]
        package var volumeGroup: String?
        package var contents: Contents
    }

    package struct VolumeGroup: Sendable, Hashable {
        package var name: String
        package var logicalVolumes: [LogicalVolume]
    }

    package struct LogicalVolume: Sendable, Hashable {
        package var name: String
        /// As of a partition.
        package var size: String
        package var contents: Contents
    }

    /// Archives of boot actions.
    package struct BootData: Sendable {
        /// The value of `X-Bootaction-Key`.
        package var key: Secret<String>
        package var files: String
        package var units: String
    }
}

/// What is to be erased (`docs/reference/node-protocol.md` 2.18).
package struct ErasurePlan: Sendable, Hashable {
    package enum Mode: String, Sendable, Hashable {
        /// What identifies the contents is overwritten.
        case quick
        /// The disk erases itself where it can; else as `quick`, with the whole disk discarded.
        case secure
    }

    package var deployment: String
    package var node: String
    package var mode: Mode
    package var reportURL: String
}

/// A plan of one of the kinds that change or test a machine.
package enum MachinePlan: Sendable {
    case install(InstallationPlan)
    case erase(ErasurePlan)
    case test(HardwareTestPlan)

    /// Reads a plan.
    ///
    /// - Throws: `InstallationError` `.plan`, which names the member.
    package init(_ value: Value) throws(InstallationError) {
        let reader = PlanReader(value)
        let kind = try reader.text("kind", atMost: 64)
        switch kind {
        case "install": self = .install(try InstallationPlan(reader))
        case "erase": self = .erase(try ErasurePlan(reader))
        case "test": self = .test(try HardwareTestPlan(reader))
        default: throw reader.wrong("kind", "is of a kind that this agent does not know; boot the newest installer")
        }
    }
}
