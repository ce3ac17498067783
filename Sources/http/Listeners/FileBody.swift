import Glibc
import NIOCore
import NIOPosix
import Primitives
import SystemSupport

/// A file that is being sent; reads happen on threads that may block.
final class FileBody: Sendable {
    static let pieceSize = 128 << 10

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
        self.length = length
        self.tag = tag
    }

    deinit { close(descriptor) }

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
            guard count > 0 else { throw BoatyardError("file_unreadable", "a file became shorter while it was sent") }
            return buffer
        }
    }
}
