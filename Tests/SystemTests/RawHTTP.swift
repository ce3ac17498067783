import Foundation

/// HTTP by hand, over TCP or a Unix socket.
enum RawHTTP {
    struct Failure: Error { var text: String }

    /// The whole answer of one request.
    ///
    /// - Parameter address: `http://127.0.0.1:PORT`, or the path of a Unix socket.
    static func get(_ address: String, _ path: String) throws -> String {
        let descriptor = try connect(address)
        defer { close(descriptor) }
        try send(descriptor, "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        let bytes = receive(descriptor)
        guard !bytes.isEmpty else { throw Failure(text: "\(address) said nothing") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// All that comes until the other side ends, or says nothing for long.
    static func receive(_ descriptor: CInt) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    static func send(_ descriptor: CInt, _ text: String) throws {
        let bytes = Array(text.utf8)
        guard Foundation.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(text: "not taken: errno \(errno)")
        }
    }

    static func connect(_ address: String) throws -> CInt {
        let isUnix = address.hasPrefix("/")
        let descriptor = socket(isUnix ? AF_UNIX : AF_INET, CInt(SOCK_STREAM.rawValue) | 0o2000000, 0)
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let result: CInt
        if isUnix {
            result = withUnixAddress(address) { Foundation.connect(descriptor, $0, $1) }
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = (address.split(separator: ":").last.flatMap { UInt16($0) } ?? 0).bigEndian
            name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            result = withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw Failure(text: "cannot connect to \(address): errno \(errno)")
        }
        return descriptor
    }

    static func withUnixAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// The other end of sd_notify(3).
final class NotificationSocket {
    let path: String
    private let descriptor: CInt

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | 0o2000000, 0)
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        guard RawHTTP.withUnixAddress(path, { bind(descriptor, $0, $1) }) == 0 else {
            throw RawHTTP.Failure(text: "cannot bind \(path): errno \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// The next notification that is wanted; the others before it are passed over.
    func next(_ isWanted: (String) -> Bool) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw RawHTTP.Failure(text: "no notification came: errno \(errno)") }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            if isWanted(text) { return text }
        }
    }
}
