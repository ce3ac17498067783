import Primitives

/// The image that is unpacked into the root.
package struct ImageSource: Sendable, Hashable {
    /// How the file is packed.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        case tarZstandard = "tar.zst"
        case tarGzip = "tar.gz"
        case tarXZ = "tar.xz"
        case tar
        case squashfs
    }

    /// Of the catalog: `debian-12`.
    package var name: String
    /// Where it is fetched from.
    package var url: String
    /// 64 hexadecimal digits in lower case.
    package var sha256: String
    /// Of the file, in bytes; nil where the catalog does not say.
    package var size: Int?
    /// Of what is in it, in bytes; nil where the catalog does not say.
    package var unpackedSize: Int?
    /// How the file is packed.
    package var format: Format
}

/// A file of the new system that belongs to root.
package struct TargetFile: Sendable, Hashable {
    /// What stands at the path.
    package enum Contents: Sendable, Hashable {
        case text(String)
        /// A symbolic link to that path.
        case link(String)
    }

    /// Absolute, without `..`. Folders that are missing are made with mode 0755. No symbolic link on the way may lead
    /// out of the new system.
    package var path: String
    /// What stands at the path.
    package var contents: Contents
    /// As for `chmod`.
    package var mode: Int

    package init(_ path: String, _ text: String, mode: Int = 0o644) {
        self.path = path
        contents = .text(text)
        self.mode = mode
    }

    package init(_ path: String, linkTo target: String) {
        self.path = path
        contents = .link(target)
        mode = 0o777
    }
}

/// A user whom the site's operators log in as.
package struct LoginUser: Sendable, Hashable {
    /// Its login name.
    package var name: String
    /// Lines of `authorized_keys`.
    package var authorizedKeys: [String]
}

/// A package to be installed.
package struct PackageRequest: Sendable, Hashable, CustomStringConvertible {
    /// As apt has it.
    package var name: String
    /// nil for whatever the sources have.
    package var version: String?

    /// As apt takes it: `jq=1.6-2`.
    package var description: String { version.map { "\(name)=\($0)" } ?? name }
}

/// What the initramfs of every kernel must be able to do. One that can is not made anew.
package struct InitramfsRequirements: Sendable, Hashable {
    package var needsLVM: Bool
    package var needsArrays: Bool
    /// By the kernel's name: those that the system is booted from, whose drivers it must have.
    package var disks: [String]
}

/// Which boot loader goes where.
package struct BootLoader: Sendable, Hashable {
    /// Which of GRUB's platforms is installed.
    package var firmware: MachineFacts.Firmware
    /// Whether only signed programs boot.
    package var hasSecureBoot: Bool
    /// Disks to boot from, by the kernel's name; the first is put first in the firmware's order.
    package var disks: [String]
    /// Where the EFI system partition of each of `disks` is mounted; empty for the BIOS.
    package var systemPartitions: [TargetMount]
    /// The UUID of the file system that has `/boot/grub`.
    package var bootFileSystem: String
    /// Of the folder `grub` on that file system: `/grub` or `/boot/grub`.
    package var grubFolder: String
}

/// An archive of boot actions; its key is the plan's.
package struct BootDataArchive: Sendable, Hashable {
    /// What is in it.
    package enum Kind: String, Sendable, Hashable {
        case units, files
    }

    /// What is in it.
    package var kind: Kind
    /// Where it is fetched from.
    package var url: String
}

/// The report `booted` of the installed system. Token and sequence are the executor's, since they are no part of a
/// plan.
package struct BootedReport: Sendable, Hashable {
    /// Where it is sent to.
    package var url: String
    /// The ULID of the deployment.
    package var deployment: String
}
