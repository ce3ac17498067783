import Glibc

/// Lists and removes the contents of folders.
package enum FolderContents {
    /// How many folders are looked into, and how many files are taken from them, unless it is said: more than anybody keeps
    /// documents in.
    package static let usualLimit = 10_000

    /// The files of a folder whose names end with one of `suffixes`, sorted by name. Files of a folder below it come at
    /// the place of that folder. Names that begin with a dot are ignored.
    ///
    /// - Parameter limit: of folders, and of files. A program's own folders have none: `.max`.
    /// - Throws: `BoatyardError`: `file.read` with the path and the system's reason, `file.count` where there are more.
    package static func files(
        in folder: String, suffixes: [String], recurse: Bool, limit: Int = usualLimit
    ) throws(BoatyardError) -> [String] {
        var walk = Walk(suffixes: suffixes, recurse: recurse, limit: limit)
        try walk.enter(folder)
        return walk.files
    }

    /// What one walk through folders has seen.
    private struct Walk {
        let suffixes: [String]
        let recurse: Bool
        let limit: Int
        var files: [String] = []
        var seen: Set<Identity> = []

        /// Of a folder, whatever path leads to it.
        struct Identity: Hashable {
            var device: UInt
            var number: UInt
        }

        mutating func enter(_ folder: String) throws(BoatyardError) {
            var status = stat()
            guard stat(folder, &status) == 0, let names = names(in: folder) else {
                throw unreadable(folder)
            }
            let identity = Identity(device: UInt(status.st_dev), number: UInt(status.st_ino))
            guard seen.insert(identity).inserted else { return }
            for name in names where !name.hasPrefix(".") {
                let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
                if isFolder(path) {
                    if recurse { try enter(path) }
                } else if suffixes.contains(where: name.hasSuffix) {
                    files.append(path)
                }
                guard files.count <= limit, seen.count <= limit else {
                    throw BoatyardError(
                        "file.count", "There are more than \(limit) folders or files below \(folder); name fewer.")
                }
            }
        }
    }

    /// Whether `path` leads to a directory, through links too.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Deletes a file, or a folder with all that it holds, as far as the system lets us. Links are not followed.
    package static func remove(_ path: String) {
        if Glibc.remove(path) == 0 { return }
        for name in names(in: path) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// The names in a folder, sorted; nil where it cannot be read to its end, with the reason in `errno`.
    package static func names(in folder: String) -> [String]? { entries(in: folder)?.map(\.name).sorted() }

    /// The same for whoever must not take a folder that cannot be read for an empty one.
    ///
    /// - Returns: nothing where there is no such folder.
    /// - Throws: `BoatyardError` `file.read` where it cannot be read to its end.
    package static func list(_ folder: String) throws(BoatyardError) -> [String] {
        if let names = names(in: folder) { return names }
        guard errno == ENOENT || errno == ENOTDIR else { throw unreadable(folder) }
        return []
    }

    /// With the reason in `errno`.
    private static func unreadable(_ folder: String) -> BoatyardError {
        BoatyardError("file.read", "Cannot read the folder \(folder): \(systemErrorText()).")
    }

    /// The names in a folder, each with whether it is a folder itself, which a link is not; nil where it cannot be read to its
    /// end, with the reason in `errno`.
    static func entries(in folder: String) -> [(name: String, isFolder: Bool)]? {
        guard let handle = opendir(folder) else { return nil }
        let entries = entries(of: handle, folder)
        let reason = errno
        closedir(handle)
        errno = reason
        return entries
    }

    /// - Parameters:
    ///   - handle: of a folder that was opened, and stays so.
    ///   - folder: its path.
    static func entries(of handle: OpaquePointer, _ folder: String) -> [(name: String, isFolder: Bool)]? {
        var entries: [(name: String, isFolder: Bool)] = []
        while true {
            // The end and an error look alike but for this.
            errno = 0
            guard let entry = readdir(handle) else { return errno == 0 ? entries : nil }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            // Some file systems tell no types here.
            let isFolder =
                switch Int(entry.pointee.d_type) {
                case Int(DT_UNKNOWN): isFolderItself("\(folder)/\(name)")
                case let type: type == Int(DT_DIR)
                }
            entries.append((name, isFolder))
        }
    }

    private static func isFolderItself(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// How many bytes the file system of a path has left for this user; nil where that cannot be told.
    package static func bytesLeft(at path: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
    }
}
