import Cryptography
import Dispatch
import Glibc
import Primitives

/// Size and SHA-256 sum of a file that may be larger than memory.
package struct FileDigest: Sendable, Hashable {
    /// In bytes.
    package var size: Int
    /// In small hexadecimal digits.
    package var sha256: String

    private static let pieceSize = 1 << 20

    /// What waits for the disk.
    private static let thread = DispatchQueue(label: "boatyard.netboot")

    /// Reads a regular file to its end, piece by piece, and lets others run in between.
    ///
    /// - Parameter isKept: whether what was read is on the disk, and outlives a power cut, when this returns.
    /// - Throws: `BoatyardError`: `netboot.invalid` for what is no regular file or a link, `netboot.file` where it cannot
    ///   be read.
    package init(of path: String, isKept: Bool = false) async throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw NetbootError.system("Cannot read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw NetbootError.invalid("\(path) is no regular file.")
        }
        let hash = SHA256Stream()
        var piece = [UInt8](repeating: 0, count: Self.pieceSize)
        var size = 0
        while true {
            try Task.checkCancellation()
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw NetbootError.system("Cannot read", path)
            }
            if count == 0 { break }
            hash.update(piece[..<count])
            size += count
            await Task.yield()
        }
        if isKept {
            let error = await withCheckedContinuation { done in
                Self.thread.async { done.resume(returning: fsync(descriptor) == 0 ? 0 : errno) }
            }
            guard error == 0 else { throw NetbootError.system("Cannot sync", path, error) }
        }
        self.size = size
        sha256 = hash.finalize().hex
    }
}
