import Glibc

/// What lies in folders.
package enum FolderContents {
    /// Folders in folders, as deep as anybody keeps documents; a link to a folder above itself ends here.
    private static let depthLimit = 32

    /// The files of a folder whose names end in one of `suffixes`, in the order of their names; those of a folder below
    /// stand where its name does. What begins with a dot is passed over.
    ///
    /// - Throws: `BoatyardError` `file.read` with the path and the system's reason.
    package static func files(
        in folder: String, suffixes: [String], recurse: Bool
    ) throws(BoatyardError) -> [String] {
        try files(in: folder, suffixes: suffixes, depth: recurse ? depthLimit : 0)
    }

    /// Whether `path` leads to a directory, through links too.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func files(in folder: String, suffixes: [String], depth: Int) throws(BoatyardError) -> [String] {
        var files: [String] = []
        guard let names = names(in: folder) else {
            throw BoatyardError("file.read", "Cannot read the folder \(folder): \(systemErrorText()).")
        }
        for name in names where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            if isFolder(path) {
                if depth > 0 { files += try Self.files(in: path, suffixes: suffixes, depth: depth - 1) }
            } else if suffixes.contains(where: name.hasSuffix) {
                files.append(path)
            }
        }
        return files
    }

    /// Deletes a file, or a folder with all that it holds, as far as the system lets us. Links are not followed.
    package static func remove(_ path: String) {
        if Glibc.remove(path) == 0 { return }
        for name in names(in: path) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// What lies in a folder, sorted; nil where it cannot be read, and then `errno` tells why.
    package static func names(in folder: String) -> [String]? {
        guard let handle = opendir(folder) else { return nil }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
