import CLinux
import Glibc
import Primitives

/// File systems of an image, mounted read only, each in a folder of its own.
///
/// Somebody else has made them: a link in them may name any place of this host. So nothing is mounted or written below them,
/// and what is looked for in them is reached through no link.
///
/// Loop devices end with their mounts.
package final class MountedRoot {
    private let work: String
    private var mounted: [String] = []
    /// Whether `/boot` is a file system of its own, which is mounted as `boot` in the folder `parts`.
    package private(set) var hasBoot = false

    /// - Parameter work: a folder that only this user can write.
    package init(work: String) { self.work = work }

    /// Where the root file system is.
    package var path: String { "\(work)/root" }

    /// The folder with those that belong below the root, by their names.
    package var parts: String { "\(work)/parts" }

    /// What is tried; no program of the host that mounts others by itself is run.
    private static let types = "ext4,ext3,ext2,xfs,btrfs,squashfs"

    deinit { end() }

    /// Mounts the root file system.
    ///
    /// - Parameters:
    ///   - file: an absolute path, of a file that only this user can write.
    ///   - partition: nil for all of the file.
    /// - Throws: `BoatyardError` with what mount says.
    package func mount(_ file: String, _ partition: PartitionTable.Partition? = nil) throws {
        try mount(file, partition, at: path)
    }

    /// Mounts the file system that belongs at `/boot`, after the root.
    ///
    /// - Throws: `BoatyardError`: `image.unsafe` where `/boot` is no folder of the root, or a link; what mount says.
    package func mountBoot(_ file: String, _ partition: PartitionTable.Partition) throws {
        guard isFolder("boot") else {
            throw BoatyardError(
                "image.unsafe",
                "The disk has a partition for /boot, and /boot of its root file system is a link or no folder. Nothing of it "
                    + "was used.", kind: .invalid)
        }
        try mount(file, partition, at: "\(parts)/boot")
        hasBoot = true
    }

    private func mount(_ file: String, _ partition: PartitionTable.Partition?, at target: String) throws {
        try FileContents.makeFolder(target, mode: 0o755)
        var options = "ro,loop,nodev,nosuid,noexec"
        if let partition { options += ",offset=\(partition.offset),sizelimit=\(partition.size)" }
        try ToolProcess.run(Tool("mount", ["-t", Self.types, "-o", options, "--", file, target]))
        mounted.append(target)
    }

    /// Whether there is a folder at a place of the root, reached through no link.
    ///
    /// - Parameter place: without a slash at the begin: `etc/cloud`.
    package func isFolder(_ place: String) -> Bool { type(of: place) == S_IFDIR }

    /// Whether there is anything at a place of the root, reached through no link; a link itself is something.
    package func isThere(_ place: String) -> Bool { type(of: place) != nil }

    private func type(of place: String) -> mode_t? {
        let root = open(path, clinux_path_only | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard root >= 0 else { return nil }
        defer { close(root) }
        let found = clinux_open_unlinked(root, place, clinux_path_only | O_NOFOLLOW | O_CLOEXEC)
        guard found >= 0 else { return nil }
        defer { close(found) }
        var status = stat()
        return fstat(found, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Unmounts all of it, the last first. No program is needed for it, as none starts any more once the build is to end.
    package func end() {
        for target in mounted.reversed() where umount2(target, CInt(UMOUNT_NOFOLLOW)) != 0 {
            umount2(target, CInt(MNT_DETACH) | CInt(UMOUNT_NOFOLLOW))
        }
        mounted = []
    }
}
