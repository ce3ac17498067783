import Primitives

/// File systems of an image, mounted read only; what is written goes to a folder of its own.
///
/// Loop devices end with their mounts.
package final class MountedRoot {
    private let work: String
    private var mounted: [String] = []

    package init(work: String) { self.work = work }

    /// All of it, to read.
    package var path: String { "\(work)/root" }

    deinit { end() }

    /// Mounts one file system of a file.
    ///
    /// - Parameters:
    ///   - partition: nil for all of the file.
    ///   - place: below the root; empty for the root.
    /// - Throws: `BoatyardError` with what mount says.
    package func mount(_ file: String, _ partition: PartitionTable.Partition?, at place: String = "") throws {
        let target = place.isEmpty ? "\(work)/lower" : "\(work)/\(place)"
        try FileContents.makeFolder(target, mode: 0o755)
        var options = "ro,loop,nodev,nosuid,noexec"
        if let partition { options += ",offset=\(partition.offset),sizelimit=\(partition.size)" }
        try ToolProcess.run(Tool("mount", ["-o", options, file, target]))
        mounted.append(target)
    }

    /// Puts the file systems together, with a folder above them that takes changes.
    package func join(boot: Bool) throws {
        for folder in ["upper", "scratch", "root"] { try FileContents.makeFolder("\(work)/\(folder)", mode: 0o755) }
        // The names are ours but for the folder, whose name must not end an option.
        guard !work.contains(where: { ",:\\".contains($0) }) else {
            throw BoatyardError(
                "build.folder", "The folder \(work) has a comma or colon in its name; name another in TMPDIR.")
        }
        let options = "lowerdir=\(work)/lower,upperdir=\(work)/upper,workdir=\(work)/scratch"
        try ToolProcess.run(Tool("mount", ["-t", "overlay", "-o", options, "overlay", path]))
        mounted.append(path)
        if boot {
            try ToolProcess.run(Tool("mount", ["--bind", "\(work)/boot", "\(path)/boot"]))
            mounted.append("\(path)/boot")
        }
    }

    /// Unmounts all of it, the last first.
    package func end() {
        for target in mounted.reversed() where (try? ToolProcess.run(Tool("umount", [target]))) == nil {
            _ = try? ToolProcess.run(Tool("umount", ["--lazy", target]))
        }
        mounted = []
    }
}
