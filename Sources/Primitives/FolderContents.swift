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

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func files(in folder: String, suffixes: [String], depth: Int) throws(BoatyardError) -> [String] {
        var files: [String] = []
        for name in try names(in: folder) where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            if isFolder(path) {
                if depth > 0 { files += try Self.files(in: path, suffixes: suffixes, depth: depth - 1) }
            } else if suffixes.contains(where: name.hasSuffix) {
                files.append(path)
            }
        }
        return files
    }

    private static func names(in folder: String) throws(BoatyardError) -> [String] {
        guard let handle = opendir(folder) else {
            throw BoatyardError("file.read", "Cannot read the folder \(folder): \(String(cString: strerror(errno))).")
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.sorted()
    }
}
