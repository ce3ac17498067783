import Glibc
import Primitives

/// A regular file that somebody with less privilege may have written: no link is followed, and no more is read than may be
/// there.
struct PlainFile: Sendable {
    /// What changes with the contents.
    struct Stamp: Sendable, Hashable {
        var size: Int
        var seconds: Int
        var nanoseconds: Int

        /// Nil where there is no regular file.
        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            self.init(status)
        }

        fileprivate init(_ status: stat) {
            size = Int(status.st_size)
            seconds = Int(status.st_mtim.tv_sec)
            nanoseconds = Int(status.st_mtim.tv_nsec)
        }
    }

    let bytes: [UInt8]
    private let stamp: Stamp

    /// - Throws: `BoatyardError` `file.read`, `file.size`.
    init(_ path: String, limit: Int) throws(BoatyardError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.unreadable(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BoatyardError("file.read", "\(path) is no regular file; remove it.")
        }
        stamp = Stamp(status)
        guard stamp.size <= limit else {
            throw BoatyardError("file.size", "\(path) is larger than \(limit) bytes; nothing of it was used.")
        }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit, 64 << 10) + 1)
        while contents.count <= limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(path) }
            if count == 0 { break }
            contents += buffer[..<count]
        }
        guard contents.count <= limit else {
            throw BoatyardError("file.size", "\(path) grew beyond \(limit) bytes; nothing of it was used.")
        }
        bytes = contents
    }

    /// Writes a copy with the time of the original, by which it is known as the same.
    func put(at path: String) throws(BoatyardError) {
        try DHCPFolder.put(bytes, at: path, modified: timespec(tv_sec: stamp.seconds, tv_nsec: stamp.nanoseconds))
    }

    static func unreadable(_ path: String) -> BoatyardError {
        BoatyardError("file.read", "Cannot read \(path), or it is no regular file: \(systemErrorText()).")
    }
}
