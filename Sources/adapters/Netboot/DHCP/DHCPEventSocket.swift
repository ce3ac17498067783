import Glibc
import Primitives
import Synchronization

/// The socket on which the daemon hears of DHCP and TFTP. It takes datagrams, and answers nothing.
package enum DHCPEventSocket {
    /// How many datagrams wait for the daemon; beyond that it loses the oldest.
    private static let buffered = 4096

    /// Sends a message, or drops it where nobody takes it within a second: the server must not wait for the daemon.
    @discardableResult
    package static func send(_ message: DHCPEventMessage, to path: String) -> Bool {
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | 0o2000000, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bytes = message.bytes
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        } == bytes.count
    }

    /// The messages that come in, until the task that reads them ends. What is no message is dropped.
    ///
    /// - Parameter descriptor: a socket that is bound. It is closed at the end.
    /// - Returns: nil where the system grants no thread to read in.
    package static func messages(_ descriptor: CInt) -> AsyncStream<DHCPEventMessage>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: DHCPEventMessage.self, bufferingPolicy: .bufferingNewest(buffered))
        let reader = Unmanaged.passRetained(Reader(descriptor, continuation))
        continuation.onTermination = { [flag = reader.takeUnretainedValue().isOver] _ in flag.end() }
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Reader>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, reader.toOpaque())
        guard result == 0 else {
            reader.release()
            return nil
        }
        pthread_detach(thread)
        return stream
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        func end() { value.withLock { $0 = true } }
        var isSet: Bool { value.withLock { $0 } }
    }

    /// Reads on a thread of its own.
    private final class Reader: Sendable {
        let isOver = Flag()
        private let descriptor: CInt
        private let continuation: AsyncStream<DHCPEventMessage>.Continuation

        init(_ descriptor: CInt, _ continuation: AsyncStream<DHCPEventMessage>.Continuation) {
            self.descriptor = descriptor
            self.continuation = continuation
        }

        func run() {
            // One byte more than a message has, so that what is longer is seen.
            var buffer = [UInt8](repeating: 0, count: DHCPEventMessage.sizeLimit + 1)
            while !isOver.isSet {
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&wanted, 1, 500) > 0 else { continue }
                let count = recv(descriptor, &buffer, buffer.count, CInt(truncatingIfNeeded: MSG_DONTWAIT))
                if count < 0, errno != EINTR, errno != EAGAIN { break }
                if count > 0, let message = DHCPEventMessage(Array(buffer.prefix(count))) {
                    continuation.yield(message)
                }
            }
            close(descriptor)
            continuation.finish()
        }
    }
}
