import Glibc
import NIOCore
import NIOPosix
import Primitives
import SystemSupport

/// A file that is being sent; reads happen on threads that may block.
///
/// Its begin goes from the kernel's cache to the socket without being copied (sendfile(2)), its end in pieces that are
/// read. A connection keeps it until it sends another one, or is closed: by then the kernel has taken what was handed to it.
final class FileBody: Sendable {
    static let pieceSize = 128 << 10
    /// In bytes: how much is handed to the kernel at once. Other connections of the same thread wait that long.
    static let regionSize = 1 << 20
    /// In bytes: how much of the end is read. It is more than may wait to be written when a write returns, so that all
    /// before it has left.
    static let endSize = 2 * pieceSize
    /// In bytes: how much the kernel is told to read ahead, at every so many bytes.
    private static let readAheadSize = 8 << 20

    private let handle: NIOFileHandle
    private let descriptor: CInt
    /// When it was opened; a file that grows is cut here.
    let length: Int
    /// Another one where the file was written since: a strong entity tag.
    let tag: String

    /// Throws `BoatyardError` `file_unreadable`.
    static func open(_ path: String) async throws -> FileBody {
        try await NIOThreadPool.singleton.runIfActive {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else {
                throw BoatyardError("file_unreadable", "\(path) cannot be read: \(systemErrorText())")
            }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                throw BoatyardError("file_unreadable", "\(path) is no regular file")
            }
            let time = status.st_mtim
            let tag = "\"\(status.st_ino)-\(status.st_size)-\(time.tv_sec).\(time.tv_nsec)\""
            return FileBody(descriptor: descriptor, length: Int(status.st_size), tag: tag)
        }
    }

    private init(descriptor: CInt, length: Int, tag: String) {
        self.descriptor = descriptor
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        self.length = length
        self.tag = tag
    }

    // What it throws is that it was closed.
    deinit { try? handle.close() }

    /// The next region to hand to the kernel; nil where what is left is to be read.
    ///
    /// Throws `BoatyardError` if the file has become shorter: its length was announced already.
    func region(at offset: Int, until end: Int) async throws -> FileRegion? {
        let last = min(offset + Self.regionSize, end - Self.endSize)
        guard last - offset >= Self.endSize else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) >= length else { throw Self.shorter }
        if offset % Self.readAheadSize < Self.regionSize {
            let wanted = min(2 * Self.readAheadSize, end - offset)
            // The kernel begins to read; where it does not, sending waits for the disk.
            try await NIOThreadPool.singleton.runIfActive { [self] in
                _ = posix_fadvise(descriptor, off_t(offset), off_t(wanted), POSIX_FADV_WILLNEED)
            }
        }
        return FileRegion(fileHandle: handle, readerIndex: offset, endIndex: last)
    }

    private static let shorter = BoatyardError("file_unreadable", "a file became shorter while it was sent")

    /// The bytes from `offset` on, at most one piece.
    ///
    /// Throws `BoatyardError` if the file has become shorter: its length was announced already.
    func piece(at offset: Int) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            let size = min(Self.pieceSize, length - offset)
            var buffer = ByteBufferAllocator().buffer(capacity: size)
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
                max(0, pread(descriptor, bytes.baseAddress, size, off_t(offset)))
            }
            guard count > 0 else { throw Self.shorter }
            return buffer
        }
    }
}
