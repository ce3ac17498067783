import Foundation
import Glibc
import Primitives
import Synchronization
import TestSupport

/// Answers HTTP requests on a free port of the loopback interface, one after the other.
final class LocalResponder: Sendable {
    struct Request: Sendable {
        var line: String
        /// Names in lower case.
        var headers: [String: String]
        var body: Value?
    }

    let endpoint: String
    private let socket: Int32
    private let seen = Mutex<[Request]>([])

    var requests: [Request] { seen.withLock { $0 } }

    /// - Parameter answer: status and body for each request.
    init(_ answer: @escaping @Sendable (Request) -> (Int, String)) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = socket
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isListening else { throw Trouble("no port: \(errno)") }
        endpoint = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/api/v1.0"
        Thread.detachNewThread { [self] in serve(answer) }
    }

    func close() { shutdown(socket, Int32(SHUT_RDWR)) }

    private func serve(_ answer: (Request) -> (Int, String)) {
        while true {
            let connection = accept(socket, nil, nil)
            guard connection >= 0 else { break }
            if let request = Self.read(connection) {
                seen.withLock { $0.append(request) }
                let (status, body) = answer(request)
                let text =
                    "HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                    + "Connection: close\r\n\r\n\(body)"
                _ = send(connection, Array(text.utf8), text.utf8.count, Int32(MSG_NOSIGNAL))
            }
            Glibc.close(connection)
        }
        Glibc.close(socket)
    }

    private static func read(_ connection: Int32) -> Request? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
            }
            let body = text[end.upperBound...]
            guard body.utf8.count >= Int(headers["content-length"] ?? "0") ?? 0 else { continue }
            return Request(line: lines[0], headers: headers, body: try? Value(json: Array(body.utf8)))
        }
    }
}
