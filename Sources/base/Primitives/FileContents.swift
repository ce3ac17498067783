import Glibc

/// Whole files, read and written so that a crash leaves either the old or the new contents.
package enum FileContents {
    /// In seconds: how long all of what is no regular file may take to come: a pipe that nobody writes to never ends.
    package static let patience = 10.0

    /// - Parameters:
    ///   - limit: more bytes than this are refused rather than read.
    ///   - patience: in seconds; of what is no regular file.
    ///   - takesOthers: whether what is no regular file, as a pipe or a device, is read, too. Somebody else may have put it
    ///     there to hold up whoever reads it.
    /// - Throws: `BoatyardError` `file.read`, `file.size` or `file.silent`, with the path and the reason.
    package static func read(
        _ path: String, limit: Int = 64 << 20, patience: Double = patience, takesOthers: Bool = true
    ) throws(BoatyardError) -> [UInt8] {
        // Opening a pipe would wait for somebody who writes to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure("file.read", "Cannot read", path) }
        defer { close(descriptor) }
        if !takesOthers {
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw BoatyardError("file.read", "Cannot read \(path): it is no regular file.")
            }
        }
        let deadline = ContinuousClock.now + .seconds(patience)
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            try awaitBytes(descriptor, of: path, until: deadline, patience)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw failure("file.read", "Cannot read", path)
            }
            if count == 0 { return contents }
            guard contents.count + count <= limit else {
                throw BoatyardError("file.size", "\(path) is larger than \(limit) bytes; nothing of it was used.")
            }
            contents.append(contentsOf: buffer[..<count])
        }
    }

    /// Returns once there is something to read, which regular files always have.
    private static func awaitBytes(
        _ descriptor: CInt, of path: String, until deadline: ContinuousClock.Instant, _ patience: Double
    ) throws(BoatyardError) {
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFDIR {
            return
        }
        while true {
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else {
                throw BoatyardError(
                    "file.silent",
                    "\(path) is no regular file and did not end within \(Int(patience)) s; nothing of it was used.")
            }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&wanted, 1, CInt(min(left, 60_000).rounded(.up))) > 0 { return }
        }
    }

    /// Writes under a temporary name in the same folder, syncs, and renames over `path`.
    ///
    /// What a process leaves behind that dies meanwhile is removed by `removeLeftovers(below:)`.
    ///
    /// - Throws: `BoatyardError` `file.full`, `file.readonly` or `file.write`, with the path, the system's reason and a
    ///   remedy; the old contents then stand.
    package static func write(_ contents: some Collection<UInt8>, to path: String, mode: mode_t = 0o640)
        throws(BoatyardError)
    {
        let temporary = "\(path).\(UUIDv4()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw unwritten("Cannot write", path) }
        let bytes = Array(contents)
        var error = writeAll(bytes, to: descriptor) ? nil : unwritten("Cannot write", path)
        if error == nil, fsync(descriptor) != 0 { error = unwritten("Cannot sync", path) }
        close(descriptor)
        if error == nil, rename(temporary, path) != 0 { error = unwritten("Cannot replace", path) }
        if let error {
            unlink(temporary)
            throw error
        }
        syncFolder(of: path)
    }

    /// Writes all bytes to a descriptor that blocks.
    ///
    /// - Returns: false where it takes no more, with `errno`.
    package static func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Puts a file in another's place, for good.
    ///
    /// - Throws: `BoatyardError` `file.write`; nothing has changed then.
    package static func move(_ path: String, to target: String) throws(BoatyardError) {
        guard rename(path, target) == 0 else { throw unwritten("Cannot replace", target) }
        syncFolder(of: target)
    }

    /// Makes `path` and the folders above it where they are missing.
    package static func makeFolder(_ path: String, mode: mode_t = 0o750) throws(BoatyardError) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw unwritten("Cannot make the folder", path)
        }
        try makeFolder(String(path[..<slash]), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw unwritten("Cannot make the folder", path)
        }
    }

    /// Removes what writes left below a folder that a crash cut off. Links are not followed.
    ///
    /// Only for somebody who knows that nobody writes there now.
    ///
    /// - Parameter others: names of folders in `folder` that are not looked into.
    package static func removeLeftovers(below folder: String, but others: Set<String> = []) {
        removeLeftovers(below: folder, others, depth: 8)
    }

    private static func removeLeftovers(below folder: String, _ others: Set<String>, depth: Int) {
        for entry in FolderContents.entries(in: folder) ?? [] {
            let path = "\(folder)/\(entry.name)"
            if entry.isFolder {
                if depth > 0, !others.contains(entry.name) { removeLeftovers(below: path, [], depth: depth - 1) }
            } else if isTemporary(entry.name) {
                unlink(path)
            }
        }
    }

    /// Whether a name is one of those that `write` gives: `master.key.UUID.new`.
    private static func isTemporary(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 2 && parts.last == "new" && UUIDv4(String(parts[parts.count - 2])) != nil
    }

    /// The rename itself must survive a power cut, too. Where the folder cannot be opened the file still stands.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ code: String, _ what: String, _ path: String) -> BoatyardError {
        BoatyardError(code, "\(what) \(path): \(systemErrorText()).")
    }

    /// What can be put right while the program runs is told from what cannot.
    private static func unwritten(_ what: String, _ path: String) -> BoatyardError {
        let number = errno
        let (code, kind, remedy): (String, ErrorKind, String) =
            switch number {
            case ENOSPC, EDQUOT: ("file.full", .unavailable, "Free space on the file system that holds it.")
            case EROFS: ("file.readonly", .unavailable, "Make its file system writable.")
            case EACCES, EPERM: ("file.write", .unavailable, "Let this user write to it and to its folder.")
            case EMFILE, ENFILE: ("file.write", .unavailable, "Too many files are open; try again later.")
            case EIO: ("file.write", .storage, "Check the device (dmesg).")
            default: ("file.write", .failed, "Check the path.")
            }
        return BoatyardError(code, "\(what) \(path): \(systemErrorText(number)). \(remedy)", kind: kind)
    }
}

/// The text of an `errno`: `Permission denied`.
package func systemErrorText(_ number: CInt = errno) -> String {
    // glibc keeps the text of one thread apart from the others'.
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
