import Glibc
import Primitives

/// The directory of the daemon's state. One daemon at a time has it locked.
package final class StateDirectory: Sendable {
    /// An absolute path.
    package let path: String
    private let lock: CInt
    /// Where whole files are written; logs are appended to.
    private static let written = ["secrets", "builddata", "bootdata", "netboot", "backups"]

    /// Makes the directory where it is missing, locks it, and removes what cut-off writes of earlier processes left there.
    ///
    /// - Throws: `BoatyardError`: `state_locked` with the process that has it locked, `state_unusable` where it cannot
    ///   be made or written.
    package init(path: String) throws {
        self.path = path
        try Self.createDirectory(path)
        let file = path + "/lock"
        let opened = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard let descriptor = OwnedDescriptor(opened) else {
            throw [EISDIR, ELOOP, ENXIO, ENODEV].contains(errno) ? Self.noFile(file) : Self.unusable(path)
        }
        var status = stat()
        guard fstat(descriptor.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Self.noFile(file)
        }
        guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw Self.unusable(path) }
            let holder = Self.holder(descriptor.number).map { " (process \($0))" } ?? ""
            throw BoatyardError(
                "state_locked",
                "another boatyardd\(holder) uses the state directory \(path); stop it, or give this one another "
                    + "directory with --state-dir")
        }
        guard ftruncate(descriptor.number, 0) == 0, Self.write(descriptor.number, Array("\(getpid())\n".utf8)) else {
            throw Self.unusable(path)
        }
        lock = descriptor.release()
        // Whoever has the lock is alone here.
        for name in Self.written where Self.isFolder("\(path)/\(name)") {
            FileContents.removeLeftovers(below: "\(path)/\(name)")
        }
    }

    /// The path of a directory below, which is made with mode 0700 where it is missing.
    ///
    /// - Throws: `BoatyardError` `state_unusable`.
    package func directory(_ name: String) throws -> String {
        let directory = path + "/" + name
        try Self.createDirectory(directory)
        return directory
    }

    deinit { close(lock) }

    /// Makes a directory and those above it, with mode 0700.
    package static func createDirectory(_ path: String) throws {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw unusable(path) }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, access(path, W_OK | X_OK) == 0 else {
            throw unusable(path)
        }
    }

    /// A link is none.
    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func holder(_ descriptor: CInt) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self))
    }

    static func write(_ descriptor: CInt, _ bytes: [UInt8]) -> Bool {
        Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }

    private static func noFile(_ path: String) -> BoatyardError {
        BoatyardError("state_unusable", "the lock \(path) is no regular file; remove it, and start again")
    }

    private static func unusable(_ path: String) -> BoatyardError {
        BoatyardError(
            "state_unusable",
            "the state directory \(path) cannot be used: \(systemErrorText()); it must be a directory that user "
                + "\(SystemGroups.userName(geteuid()) ?? "\(geteuid())") can write")
    }
}
