import Foundation
import Primitives
import Testing

@Suite("The daemon as a process", .serialized)
struct DaemonTests {
    /// What an ephemeral daemon prints.
    private struct Ready {
        var api: String
        var node: String
        var socket: String
        var state: String
    }

    private func ready(_ daemon: Program) async throws -> Ready {
        try await eventually("the line of the daemon") {
            guard daemon.process.isRunning else {
                throw NeverHappened(description: "boatyardd ended: \(daemon.standardError)")
            }
            guard let line = daemon.standardOutput.split(separator: "\n").first else { return nil }
            let value = try Value(json: String(line))
            func text(_ key: String) -> String { value[key]?.stringValue ?? "" }
            return Ready(api: text("api"), node: text("node"), socket: text("socket"), state: text("state"))
        }
    }

    private func refused(_ arguments: String..., environment: [String: String] = [:]) throws -> (Int32, String) {
        let daemon = try Program("boatyardd", arguments, environment: environment)
        return (daemon.wait(), daemon.standardError)
    }

    @Test(
        "an ephemeral daemon answers on three listeners, and leaves nothing behind",
        arguments: [SIGTERM, SIGINT, SIGHUP])
    func ephemeral(signal: Int32) async throws {
        let daemon = try Program("boatyardd", ["--ephemeral"])
        defer { daemon.kill() }
        let ready = try await ready(daemon)
        #expect(ready.api.hasPrefix("http://127.0.0.1:"))
        #expect(FileManager.default.fileExists(atPath: ready.state + "/boatyard.db"))
        #expect(try RawHTTP.get(ready.socket, "/api/v1.0/revisions").hasPrefix("HTTP/1.1 200 OK"))
        #expect(try RawHTTP.get(ready.api, "/api/v1.0/revisions").hasPrefix("HTTP/1.1 401 Unauthorized"))
        #expect(try RawHTTP.get(ready.node, "/api/v1.0/revisions").hasPrefix("HTTP/1.1 404 Not Found"))
        #expect(try RawHTTP.get(ready.node, "/ipxe/52-54-00-00-00-11").contains("#!ipxe"))
        daemon.kill(signal)
        #expect(daemon.wait() == 0)
        #expect(!FileManager.default.fileExists(atPath: ready.state))
        #expect(daemon.standardOutput.split(separator: "\n").count == 1)
    }

    @Test("without authentication, everyone on loopback is an administrator")
    func open() async throws {
        let daemon = try Program("boatyardd", ["--ephemeral", "--no-auth"])
        defer { daemon.kill() }
        let api = try await ready(daemon).api
        #expect(try RawHTTP.get(api, "/api/v1.0/revisions").hasPrefix("HTTP/1.1 200 OK"))
        // Nor does a token take anything away from that.
        #expect(try ClientRequest.send("GET", api, "/api/v1.0/revisions", token: "unknown").status == 200)
    }

    @Test("options that do not go together are a usage error")
    func usage() throws {
        let (status, text) = try refused("--no-auth")
        #expect(status == 64)
        #expect(text.contains("--no-auth lets everyone in, so it is only taken together with --ephemeral"))
        #expect(try refused("--keep").0 == 64)
    }

    @Test("a second daemon on the same state is refused with the process of the first")
    func secondDaemon() async throws {
        let daemon = try Program("boatyardd", ["--ephemeral"])
        defer { daemon.kill() }
        let ready = try await ready(daemon)
        let (status, text) = try refused("--ephemeral", "--state-dir", ready.state)
        #expect(status == 1)
        #expect(text.contains("another boatyardd (process \(daemon.process.processIdentifier)) uses the state"))
    }

    @Test("what is wrong at the start is said with its place and remedy")
    func startErrors() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("boatyard.yaml")
        func start(_ text: String, _ arguments: [String] = []) throws -> String {
            try text.write(to: file, atomically: true, encoding: .utf8)
            let daemon = try Program(
                "boatyardd", ["--config", file.path, "--state-dir", folder.path + "/state"] + arguments)
            #expect(daemon.wait() == 1)
            return daemon.standardError
        }
        #expect(try start("log:\n  level: loud\n").contains("\(file.path):2: log.level is 'loud', expected one of"))
        let daemon = try Program("boatyardd", ["--ephemeral"])
        defer { daemon.kill() }
        let taken = try await ready(daemon).api.dropFirst("http://".count)
        let listeners = "listeners:\n  admin: {path: \(folder.path)/a.sock}\n  api: {address: '\(taken)'}\n"
        #expect(try start(listeners).contains("Address already in use; stop the program that uses the port"))
        let map = folder.appendingPathComponent("map.json")
        try "{\"bmc\": 1}".write(to: map, atomically: true, encoding: .utf8)
        #expect(try start("", ["--rehearsal-map", map.path]).contains("The rehearsal map cannot be read: 'bmc'"))
        #expect(try refused("--config", "/nonexistent.yaml").1.contains("/nonexistent.yaml: there is no such file"))
        #expect(try refused("--ephemeral", "--state-dir", "/proc/none").1.contains("cannot be used"))
    }

    @Test("a database of a newer program is left alone, with the way back")
    func newerDatabase() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let state = folder.path + "/state"
        let daemon = try Program("boatyardd", ["--ephemeral", "--state-dir", state])
        defer { daemon.kill() }
        _ = try await ready(daemon)
        daemon.kill(SIGTERM)
        #expect(daemon.wait() == 0)
        // `user_version`, big-endian (SQLite's file format, §1.3.12).
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: state + "/boatyard.db"))
        try file.seek(toOffset: 60)
        try file.write(contentsOf: Data([0, 0, 3, 231]))
        try file.close()
        let (status, text) = try refused("--ephemeral", "--state-dir", state)
        #expect(status == 1)
        #expect(text.contains("boatyard.db has form 999"), "\(text)")
        #expect(text.contains("Install the newer program again"))
    }

    @Test("a request that never ends does not hold the daemon")
    func drain() async throws {
        let daemon = try Program("boatyardd", ["--ephemeral"])
        defer { daemon.kill() }
        let ready = try await ready(daemon)
        let half = try RawHTTP.connect(ready.socket)
        defer { close(half) }
        try RawHTTP.send(half, "PUT /api/v1.0/buckets/a/documents HTTP/1.1\r\nHost: a\r\n")
        try RawHTTP.send(half, "Content-Type: application/x-yaml\r\nContent-Length: 1000\r\n\r\nschema: a/b/v1\n")
        let idle = try RawHTTP.connect(ready.api)
        defer { close(idle) }
        daemon.kill(SIGTERM)
        #expect(daemon.wait() == 0)
    }

    @Test("a head that never ends is cut off on every listener, while others are served")
    func endlessHeads() async throws {
        let daemon = try Program("boatyardd", ["--ephemeral"])
        defer { daemon.kill() }
        let ready = try await ready(daemon)
        let slow = try [ready.socket, ready.api, ready.node].map { address in
            let descriptor = try RawHTTP.connect(address)
            try RawHTTP.send(descriptor, "GET /versions HTTP/1.1\r\nHo")
            return descriptor
        }
        defer { for descriptor in slow { close(descriptor) } }
        for address in [ready.socket, ready.api] {
            #expect(try RawHTTP.get(address, "/versions").hasPrefix("HTTP/1.1 200 "))
        }
        for descriptor in slow {
            var byte: UInt8 = 0
            var count = -1
            // Each look lasts 20 s at most.
            for _ in 0..<10 where count < 0 { count = recv(descriptor, &byte, 1, 0) }
            #expect(count == 0)
        }
    }

    @Test(
        "sockets of systemd are taken over by their names, unknown ones refused",
        .enabled(if: SocketActivation.isThere))
    func socketActivation() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let ports = (try FreePort.tcp(), try FreePort.tcp())
        let socket = folder.path + "/admin.sock"
        func activated(_ names: String) throws -> Program {
            try Program(
                SocketActivation.path,
                [
                    "-l", socket, "-l", "127.0.0.1:\(ports.0)", "-l", "127.0.0.1:\(ports.1)", "--fdname=\(names)",
                    Program.folder.appendingPathComponent("boatyardd").path, "--state-dir", folder.path + "/state",
                    "--config", "/dev/null",
                ])
        }
        let daemon = try activated("admin:api:node")
        defer { daemon.kill() }
        // The first connection starts it.
        let answer = try await eventually("an answer") { try? RawHTTP.get(socket, "/api/v1.0/revisions") }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        #expect(try RawHTTP.get("http://127.0.0.1:\(ports.0)", "/api/v1.0/revisions").contains(" 401 "))
        #expect(try RawHTTP.get("http://127.0.0.1:\(ports.1)", "/ipxe/52:54:00:00:00:11").contains("#!ipxe"))
        daemon.kill(SIGTERM)
        #expect(daemon.wait() == 0)
        try? FileManager.default.removeItem(atPath: socket)

        for (names, message) in [("admin:api:web", "is named 'web'"), ("api:admin:node", "must be a network socket")] {
            let refused = try activated(names)
            defer { refused.kill() }
            let client = try await eventually("the socket") { try? RawHTTP.connect(socket) }
            defer { close(client) }
            #expect(refused.wait() == 1)
            #expect(refused.standardError.contains(message), "\(refused.standardError)")
            try? FileManager.default.removeItem(atPath: socket)
        }
    }

    @Test("the service manager hears when the daemon is ready, lives and stops")
    func notifications() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let notifications = try NotificationSocket(path: folder.path + "/notify")
        let daemon = try Program(
            "boatyardd", ["--ephemeral"],
            environment: ["NOTIFY_SOCKET": notifications.path, "WATCHDOG_USEC": "200000"])
        defer { daemon.kill() }
        #expect(try notifications.next { $0.contains("READY=1") }.contains("STATUS=serving http://127.0.0.1:"))
        _ = try notifications.next { $0 == "WATCHDOG=1" }
        _ = try notifications.next { $0 == "WATCHDOG=1" }
        daemon.kill(SIGTERM)
        #expect(try notifications.next { $0.contains("STOPPING=1") }.contains("STATUS="))
        #expect(daemon.wait() == 0)
    }
}

private enum SocketActivation {
    static let path = "/usr/bin/systemd-socket-activate"
    static let isThere: Bool = {
        if FileManager.default.isExecutableFile(atPath: path) { return true }
        print("skipped: there is no \(path)")
        return false
    }()
}
