import Glibc

/// Removes what has lain in a folder for long, so that no folder grows for ever.
package enum AgedFiles {
    /// The number and size of removed files.
    package struct Removal: Sendable, Hashable {
        /// How many.
        package var files = 0
        /// Their sizes together.
        package var bytes = 0

        package init() {}
    }

    /// Folders in folders; a deeper one is left alone.
    private static let depthLimit = 8

    /// Removes the files below `folder` that were last written before `moment`, and the folders that are empty then.
    /// Links are not followed. What cannot be removed stays, and is tried again at the next time.
    ///
    /// - Parameter keeps: whether the file or folder at a path below `folder`, such as `n1/01J.data`, stays whatever its age.
    package static func remove(
        below folder: String, writtenBefore moment: Timestamp, keeping keeps: (String) -> Bool = { _ in false }
    ) -> Removal {
        var removal = Removal()
        _ = empty(folder, "", moment, depthLimit, keeps, &removal)
        return removal
    }

    /// - Returns: whether nothing is left in it.
    private static func empty(
        _ folder: String, _ prefix: String, _ moment: Timestamp, _ depth: Int, _ keeps: (String) -> Bool,
        _ removal: inout Removal
    ) -> Bool {
        guard let names = FolderContents.names(in: folder) else { return false }
        var isEmpty = true
        for name in names {
            let path = "\(folder)/\(name)"
            let relative = prefix + name
            var status = stat()
            guard !keeps(relative), lstat(path, &status) == 0 else {
                isEmpty = false
                continue
            }
            let written = Timestamp(
                microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                let isGone =
                    depth > 0 && empty(path, relative + "/", moment, depth - 1, keeps, &removal) && written < moment
                    && rmdir(path) == 0
                isEmpty = isEmpty && isGone
            case _ where written < moment && unlink(path) == 0:
                removal.files += 1
                removal.bytes += Int(status.st_size)
            default: isEmpty = false
            }
        }
        return isEmpty
    }
}
