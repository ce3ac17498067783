import Glibc

/// Holds up a thread.
final class ThreadBlocker: Sendable {
    private let inside: (read: CInt, write: CInt)
    private let outside: (read: CInt, write: CInt)

    init() throws {
        func pipe() throws -> (CInt, CInt) {
            var ends: [CInt] = [0, 0]
            guard Glibc.pipe(&ends) == 0 else { throw RawClient.Failure(text: "pipe: errno \(errno)") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
        inside = try pipe()
        outside = try pipe()
    }

    deinit { for end in [inside.read, inside.write, outside.read, outside.write] { close(end) } }

    /// Blocks until it is opened.
    func wait() {
        Self.put(inside.write)
        Self.take(outside.read)
    }

    /// Returns once a thread waits.
    func entered() async throws { try await RawClient.blocking { [inside] in Self.take(inside.read) } }

    func open() { Self.put(outside.write) }

    private static func put(_ end: CInt) {
        var byte: UInt8 = 1
        _ = write(end, &byte, 1)
    }

    private static func take(_ end: CInt) {
        var byte: UInt8 = 0
        _ = read(end, &byte, 1)
    }
}
