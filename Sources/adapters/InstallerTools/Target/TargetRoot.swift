import CLinux
import Glibc
import Installation
import Primitives

/// The mounted root of the new system. Files in it are reached as if it were the root: no link of an image leads out of it.
package struct TargetRoot: Sendable, Hashable {
    /// Absolute, without a slash at the end: `/target`.
    package let path: String

    package init(path: String) { self.path = path }

    /// Where `place`, which begins with a slash, is in the installer.
    package func outside(_ place: String) -> String { place == "/" ? path : path + place }

    /// What a file has; nil where there is none.
    ///
    /// - Throws: `BoatyardError` `target.read`, also for what is no regular file: an image may have a pipe there, which nobody
    ///   writes to.
    package func read(_ place: String, limit: Int = 16 << 20) throws(BoatyardError) -> [UInt8]? {
        guard let found = try open(place, clinux_path_only) else { return nil }
        defer { close(found) }
        var status = stat()
        guard fstat(found, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BoatyardError(
                "target.read",
                "\(place) of the new system is no regular file, so that it is not read. Make the image with a file there, and "
                    + "deploy the machine again.")
        }
        // The one that was looked at.
        let descriptor = Glibc.open("/proc/self/fd/\(found)", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw BoatyardError("target.read", "\(place) of the new system cannot be read: \(systemErrorText()).")
        }
        defer { close(descriptor) }
        return try Self.readAll(descriptor, of: place, limit)
    }

    /// The same as text.
    package func text(_ place: String) throws(BoatyardError) -> String? {
        try read(place).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether there is something, links followed within the root.
    package func exists(_ place: String) -> Bool {
        guard let descriptor = (try? open(place, clinux_path_only)) ?? nil else { return false }
        close(descriptor)
        return true
    }

    /// The same, where it matters why: a disk that fails is no proof that something is missing.
    ///
    /// - Throws: `BoatyardError` `target.write` where that cannot be found out.
    func has(_ place: String) throws(BoatyardError) -> Bool {
        guard let descriptor = try open(place, clinux_path_only) else { return false }
        close(descriptor)
        return true
    }

    /// The names in a folder, sorted; empty where there is none.
    package func names(in place: String) throws(BoatyardError) -> [String] {
        guard let descriptor = try open(place, O_RDONLY | O_DIRECTORY) else { return [] }
        defer { close(descriptor) }
        guard let names = FolderContents.names(in: "/proc/self/fd/\(descriptor)") else {
            throw failure("list", place)
        }
        return names
    }

    /// Makes a file as it is described, and the folders above it where they are missing.
    ///
    /// - Returns: whether anything was changed.
    /// - Throws: `BoatyardError` `target.write`.
    @discardableResult
    package func write(_ file: TargetFile, owner: uid_t = 0, group: gid_t = 0) throws(BoatyardError) -> Bool {
        let (folder, name) = try parent(of: file.path)
        defer { close(folder) }
        switch file.contents {
        case .text(let text):
            return try write(
                Array(text.utf8), name, in: folder, place: file.path, mode: Self.mode(file.mode), owner, group)
        case .link(let target):
            var present = [CChar](repeating: 0, count: 4096)
            let length = readlinkat(folder, name, &present, present.count)
            if length >= 0, present.prefix(length).elementsEqual(target.utf8CString.dropLast()) { return false }
            let temporary = Self.temporary(name)
            guard symlinkat(target, folder, temporary) == 0 else { throw failure("make the link", file.path) }
            try replace(temporary, name, in: folder, place: file.path)
            return true
        }
    }

    /// The same for bytes.
    @discardableResult
    package func write(_ bytes: [UInt8], to place: String, mode: mode_t) throws(BoatyardError) -> Bool {
        let (folder, name) = try parent(of: place)
        defer { close(folder) }
        return try write(bytes, name, in: folder, place: place, mode: mode, 0, 0)
    }

    /// Makes a folder that belongs to somebody, or gives him the one that is there.
    package func makeFolder(_ place: String, mode: mode_t, owner: uid_t, group: gid_t) throws(BoatyardError) {
        let (folder, name) = try parent(of: place)
        defer { close(folder) }
        guard mkdirat(folder, name, mode) == 0 || errno == EEXIST else { throw failure("make the folder", place) }
        let descriptor = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the folder", place) }
        defer { close(descriptor) }
        guard fchown(descriptor, owner, group) == 0, fchmod(descriptor, mode) == 0 else {
            throw failure("give the folder to its owner:", place)
        }
    }

    /// Deletes a file or link; it may be missing.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    package func remove(_ place: String) throws(BoatyardError) -> Bool {
        let (above, name) = Self.split(place)
        guard let folder = try open(above, clinux_path_only | O_DIRECTORY) else { return false }
        defer { close(folder) }
        if unlinkat(folder, name, 0) == 0 { return true }
        guard errno == ENOENT else { throw failure("delete", place) }
        return false
    }

    // MARK: - Descriptors

    /// Opens what is there; nil where nothing is.
    private func open(_ place: String, _ flags: CInt) throws(BoatyardError) -> CInt? {
        let root = Glibc.open(path, clinux_path_only | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw failure("open", "/") }
        defer { close(root) }
        let descriptor = clinux_open_in_root(root, place, flags | O_CLOEXEC, 0)
        if descriptor >= 0 { return descriptor }
        guard errno == ENOENT || errno == ENOTDIR else { throw failure("open", place) }
        return nil
    }

    /// The folder that a file is or will be in, and the file's name.
    private func parent(of place: String) throws(BoatyardError) -> (folder: CInt, name: String) {
        let (above, name) = Self.split(place)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw BoatyardError("target.write", "'\(place)' names no file of the new system.")
        }
        var made = ""
        for part in above.split(separator: "/") {
            made += "/\(part)"
            if exists(made) { continue }
            let (upper, lower) = Self.split(made)
            guard let folder = try open(upper, clinux_path_only | O_DIRECTORY) else {
                throw failure("open the folder", upper)
            }
            let result = mkdirat(folder, lower, 0o755)
            let number = errno
            // The mask of the installer must not take anything from the new system.
            if result == 0 { fchmodat(folder, lower, 0o755, 0) }
            close(folder)
            errno = number
            guard result == 0 || number == EEXIST else { throw failure("make the folder", made) }
        }
        guard let folder = try open(above, O_RDONLY | O_DIRECTORY) else { throw failure("open the folder", above) }
        return (folder, name)
    }

    private func write(
        _ bytes: [UInt8], _ name: String, in folder: CInt, place: String, mode: mode_t, _ owner: uid_t, _ group: gid_t
    ) throws(BoatyardError) -> Bool {
        if try isSame(bytes, name, in: folder, place: place, mode: mode, owner, group) { return false }
        let temporary = Self.temporary(name)
        unlinkat(folder, temporary, 0)
        let descriptor = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("write", place) }
        defer { close(descriptor) }
        guard FileContents.writeAll(bytes, to: descriptor) else { throw failure("write", place) }
        guard fchown(descriptor, owner, group) == 0, fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else {
            throw failure("write", place)
        }
        try replace(temporary, name, in: folder, place: place)
        return true
    }

    private func isSame(
        _ bytes: [UInt8], _ name: String, in folder: CInt, place: String, mode: mode_t, _ owner: uid_t, _ group: gid_t
    ) throws(BoatyardError) -> Bool {
        let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            Int(status.st_size) == bytes.count, status.st_mode & 0o7777 == mode, status.st_uid == owner,
            status.st_gid == group
        else { return false }
        return try Self.readAll(descriptor, of: place, bytes.count) == bytes
    }

    private func replace(_ temporary: String, _ name: String, in folder: CInt, place: String) throws(BoatyardError) {
        guard renameat(folder, temporary, folder, name) == 0 else {
            let error = failure("replace", place)
            unlinkat(folder, temporary, 0)
            throw error
        }
        fsync(folder)
    }

    private static func readAll(_ descriptor: CInt, of place: String, _ limit: Int) throws(BoatyardError) -> [UInt8] {
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return contents }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw BoatyardError(
                    "target.read", "\(place) of the new system cannot be read: \(systemErrorText()).")
            }
            contents += buffer[..<count]
            guard contents.count <= limit else {
                throw BoatyardError("target.read", "\(place) of the new system has more than \(limit) bytes.")
            }
        }
    }

    private static func mode(_ mode: Int) -> mode_t { mode_t(truncatingIfNeeded: mode & 0o7777) }

    private static func temporary(_ name: String) -> String { ".\(name.prefix(200)).boatyard" }

    private static func split(_ place: String) -> (folder: String, name: String) {
        guard let slash = place.lastIndex(of: "/") else { return ("/", place) }
        let folder = place[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(place[place.index(after: slash)...]))
    }

    private func failure(_ what: String, _ place: String) -> BoatyardError {
        BoatyardError("target.write", "Cannot \(what) \(place) of the new system: \(systemErrorText()).")
    }
}
