import API
import Glibc
import NIOCore
import Primitives
import SystemSupport
import Testing

@testable import Listeners

@Suite("Sockets")
struct SocketTests {
    private let path = "/tmp/boatyard-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"

    private var unix: ListenSource { .unix(path: path, group: "no-such-group") }

    @Test("our own user is an administrator on the Unix socket, by its credentials")
    func peerCredentials() async throws {
        let path = path
        try await TestServer.run(source: unix, callers: .peerCredentials(group: "no-such-group")) { address, _ in
            #expect(address == path)
            let client = try await RawClient.connect(address)
            try await client.send("GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await client.answer()
            let name = SystemGroups.userName(geteuid()) ?? "uid \(geteuid())"
            #expect(String(decoding: answer.body, as: UTF8.self) == "\(name) pid \(getpid()) uid \(geteuid())")
        }
    }

    @Test("nobody is known on a listener without callers")
    func nobody() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 401 "))
        }
    }

    @Test("the socket is for owner and group alone, and goes away at the end")
    func mode() async throws {
        let path = path
        try await TestServer.run(source: unix) { _, _ in
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test("the socket of a killed daemon is replaced")
    func stale() async throws {
        close(try UnixSocket.bind(path: path, group: nil))
        #expect(access(path, F_OK) == 0)
        try await TestServer.run(source: unix) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test("a socket that somebody serves is not taken away, nor is a file replaced")
    func inUse() async throws {
        let path = path
        try await TestServer.run(source: unix) { _, _ in
            let error = try #require(throws: BoatyardError.self) { try UnixSocket.bind(path: path, group: nil) }
            #expect(error.code == "socket_in_use")
        }
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        defer { unlink(path) }
        let error = try #require(throws: BoatyardError.self) { try UnixSocket.bind(path: path, group: nil) }
        #expect(error.code == "socket_unusable")
        #expect(throws: BoatyardError.self) {
            try UnixSocket.bind(path: "/tmp/" + String(repeating: "a", count: 200), group: nil)
        }
    }

    @Test("a port in use is told with its address and a remedy")
    func portInUse() async throws {
        try await TestServer.run { address, _ in
            let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
            do {
                try await TestServer.run(source: .tcp(host: "127.0.0.1", port: port)) { _, _ in }
                Issue.record("the port was bound twice")
            } catch let error as BoatyardError {
                #expect(error.code == "port_in_use")
                #expect(error.message.contains("127.0.0.1 port \(port): Address already in use; stop the program"))
            }
        }
    }

    @Test("a descriptor that is already bound is served")
    func inherited() async throws {
        let descriptor = try UnixSocket.bind(path: path, group: nil)
        defer { unlink(path) }
        try await TestServer.run(source: .inherited(descriptor: descriptor)) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
        }
        #expect(access(path, F_OK) == 0, "what the service manager made stays")
    }
}
