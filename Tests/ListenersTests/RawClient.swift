import Glibc
import NIOCore
import NIOPosix

/// A client that writes exactly the bytes it is told, on threads that may block.
final class RawClient: Sendable {
    struct Failure: Error { var text: String }

    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    private let descriptor: CInt

    private init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    static func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await threads.runIfActive(body)
    }

    /// - Parameters:
    ///   - address: `http://127.0.0.1:PORT`, or the path of a Unix socket.
    ///   - source: an address of this host to come from.
    static func connect(_ address: String, from source: String? = nil) async throws -> RawClient {
        try await blocking {
            let isUnix = address.hasPrefix("/")
            let client = RawClient(socket(isUnix ? AF_UNIX : AF_INET, CInt(SOCK_STREAM.rawValue) | 0o2000000, 0))
            var timeout = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(client.descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            setsockopt(client.descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            let port = address.split(separator: ":").last.flatMap { Int($0) }
            let name =
                isUnix
                ? try SocketAddress(unixDomainSocketPath: address)
                : try SocketAddress(ipAddress: "127.0.0.1", port: port ?? 0)
            if let source {
                let result = try SocketAddress(ipAddress: source, port: 0)
                    .withSockAddr { Glibc.bind(client.descriptor, $0, socklen_t($1)) }
                guard result == 0 else { throw Failure(text: "cannot come from \(source): errno \(errno)") }
            }
            let result = name.withSockAddr { Glibc.connect(client.descriptor, $0, socklen_t($1)) }
            guard result == 0 else { throw Failure(text: "cannot connect to \(address): errno \(errno)") }
            return client
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        let sent = try await sendWhatIsTaken(bytes)
        guard sent == bytes.count else { throw Failure(text: "only \(sent) of \(bytes.count) bytes were taken") }
    }

    /// How many bytes the server took before it closed.
    func sendWhatIsTaken(_ bytes: [UInt8]) async throws -> Int {
        try await Self.blocking { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, min($0.count, 1 << 20), CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { return sent }
                sent += count
            }
            return sent
        }
    }

    /// Says that nothing more will come.
    func finish() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Once it is let go of, the client goes at once, with what was not read.
    func resetWhenClosed() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Exactly so many bytes.
    func read(_ count: Int) async throws -> String {
        try await Self.blocking { [descriptor] in
            var bytes: [UInt8] = []
            while bytes.count < count {
                bytes += try Self.more(descriptor, count - bytes.count, after: String(decoding: bytes, as: UTF8.self))
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Everything until the server closes.
    func readToEnd() async throws -> String {
        try await Self.blocking { [descriptor] in
            var bytes: [UInt8] = []
            while let piece = try Self.receive(descriptor) { bytes += piece }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// One answer: its head, and as much body as the head announces.
    func answer() async throws -> (head: String, body: [UInt8]) {
        try await Self.blocking { [descriptor] in
            let text = try Self.head(descriptor)
            let field = text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            let length = field.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
            var body: [UInt8] = []
            while body.count < length { body += try Self.more(descriptor, length - body.count, after: text) }
            return (text, body)
        }
    }

    /// The head of an answer that has no body, whatever it says.
    func head() async throws -> String { try await Self.blocking { [descriptor] in try Self.head(descriptor) } }

    /// Byte by byte, since what follows may belong to the next answer.
    private static func head(_ descriptor: CInt) throws -> String {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            head += try more(descriptor, 1, after: String(decoding: head, as: UTF8.self))
        }
        return String(decoding: head.dropLast(4), as: UTF8.self)
    }

    private static func more(_ descriptor: CInt, _ limit: Int, after head: String) throws -> [UInt8] {
        guard let piece = try receive(descriptor, limit: min(limit, 1 << 16)) else {
            throw Failure(text: "closed after: \(head)")
        }
        return piece
    }

    /// Whether the server has closed, and said nothing before.
    func isClosedWithoutAWord() async throws -> Bool { try await readToEnd().isEmpty }

    private static func receive(_ descriptor: CInt, limit: Int = 1 << 16) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &buffer, limit, 0)
        if count == 0 { return nil }
        guard count > 0 else {
            if errno == ECONNRESET { return nil }
            throw Failure(text: "nothing came: errno \(errno)")
        }
        return Array(buffer[..<count])
    }
}
