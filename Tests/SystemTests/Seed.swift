import Foundation
import Primitives
import TestSupport
import Testing

/// A seed host under test: a daemon with a state folder that survives it, machines to build, and the command line.
final class Seed {
    let folder: URL
    private(set) var daemon: Program?
    private(set) var rehearsal: Program?
    private let nodePort: Int

    /// Of the listener for machines, without a slash at the end.
    var nodeURL: String { "http://127.0.0.1:\(nodePort)" }

    var socket: String { folder.appendingPathComponent("api.sock").path }
    var state: URL { folder.appendingPathComponent("state") }

    init() throws {
        folder = try Place.temporaryFolder()
        nodePort = try FreePort.tcp()
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        try """
        state_directory: \(state.path)
        listeners:
          admin:
            path: \(folder.appendingPathComponent("api.sock").path)
          api:
            address: 127.0.0.1:0
          node:
            address: 127.0.0.1:\(nodePort)

        """.write(to: folder.appendingPathComponent("boatyard.yaml"), atomically: true, encoding: .utf8)
    }

    deinit {
        daemon?.kill()
        rehearsal?.kill(SIGTERM)
        rehearsal?.wait()
        daemon?.wait()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Starts the simulated machines of a site.
    func rehearse(_ site: URL, faults: [String] = []) async throws {
        try "{\"node\": \"http://127.0.0.1:\(nodePort)\"}\n".write(
            to: folder.appendingPathComponent("ready.json"), atomically: true, encoding: .utf8)
        let map = folder.appendingPathComponent("map.json")
        rehearsal = try Program(
            "boatyard-rehearse",
            [
                "--site", site.path, "--map", map.path, "--boot-server",
                folder.appendingPathComponent("ready.json").path, "--events",
                folder.appendingPathComponent("events.jsonl").path,
            ] + faults.flatMap { ["--fault", $0] })
        _ = try await eventually("the rehearsal's map") {
            if rehearsal?.process.isRunning == false {
                throw NeverHappened(description: "boatyard-rehearse ended: \(rehearsal?.standardError ?? "")")
            }
            return FileManager.default.fileExists(atPath: map.path) ? true : nil
        }
    }

    /// Starts the daemon on the state that is there, and waits until it answers.
    func startDaemon(_ arguments: [String] = [], environment: [String: String] = [:]) async throws {
        let map = folder.appendingPathComponent("map.json")
        let rehearsed = FileManager.default.fileExists(atPath: map.path) ? ["--rehearsal-map", map.path] : []
        let daemon = try Program(
            "boatyardd", ["--config", folder.appendingPathComponent("boatyard.yaml").path] + rehearsed + arguments,
            environment: environment)
        self.daemon = daemon
        _ = try await eventually("an answer of the daemon") {
            guard daemon.process.isRunning else {
                throw NeverHappened(description: "boatyardd ended: \(daemon.standardError)")
            }
            return try curl("/versions").status == 200 ? true : nil
        }
    }

    /// Starts the daemon where it has to refuse to, and returns how it ended and what it said.
    func refusedStart() throws -> (status: Int32, error: String) {
        let daemon = try Program("boatyardd", ["--config", folder.appendingPathComponent("boatyard.yaml").path])
        return (daemon.wait(), daemon.standardError)
    }

    /// SIGTERM, as `systemctl stop` does.
    func stopDaemon() {
        daemon?.kill(SIGTERM)
        daemon?.wait()
        daemon = nil
    }

    /// SIGKILL, as a power cut would.
    func killDaemon() {
        daemon?.kill()
        daemon?.wait()
        daemon = nil
    }

    /// Runs `boatyard` against this daemon.
    func boatyard(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
        try boatyard(arguments)
    }

    func boatyard(_ arguments: [String]) throws -> (status: Int32, output: String, error: String) {
        let program = try Program("boatyard", ["--socket", socket] + arguments)
        let status = program.wait()
        return (status, program.standardOutput, program.standardError)
    }

    /// `boatyard` against this daemon, on a terminal.
    func onTerminal(_ arguments: String) throws -> Terminal {
        try Terminal.boatyard("--socket \(socket) \(arguments)")
    }

    /// One request over the Unix socket, with the tool that operators use.
    func curl(_ path: String, _ arguments: [String] = []) throws -> (status: Int, body: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments =
            ["-s", "-m", "60", "--unix-socket", socket, "-w", "\n%{http_code}"] + arguments + [
                "http://localhost" + path
            ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    func json(_ path: String) throws -> Value {
        let answer = try curl("/api/v1.0/" + path)
        guard answer.status == 200 else { throw NeverHappened(description: "\(path): \(answer)") }
        return try Value(json: answer.body)
    }

    /// Stages and commits the documents of a file or folder.
    func commit(_ site: URL) throws {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: site.path, isDirectory: &isFolder)
        let created = try boatyard(
            "create", "configdocs", "site", isFolder.boolValue ? "--directory" : "--filename", site.path)
        guard created.status == 0 else { throw NeverHappened(description: created.error + created.output) }
        let committed = try boatyard("commit", "configdocs")
        guard committed.status == 0 else { throw NeverHappened(description: committed.error + committed.output) }
    }

    /// Starts an action and returns its id.
    func create(action: String) throws -> String {
        let created = try boatyard("create", "action", action, "--output", "json")
        guard created.status == 0, let id = try Value(json: created.output)["id"]?.stringValue else {
            throw NeverHappened(description: created.error + created.output)
        }
        return id
    }

    /// Waits until the action has ended, and returns its entity.
    func end(of action: String, within seconds: Double = 60) async throws -> Value {
        try await eventually("the end of the action", within: seconds) {
            let entity = try json("actions/\(action)")
            return ["Complete", "Failed"].contains(entity["action_lifecycle"]?.stringValue) ? .some(entity) : .none
        }
    }

    /// What the simulated machines have seen so far.
    func events() throws -> [Value] {
        guard let text = try? String(contentsOf: folder.appendingPathComponent("events.jsonl"), encoding: .utf8) else {
            return []
        }
        // The last line may be half written.
        return text.split(separator: "\n").compactMap { try? Value(json: String($0)) }
    }
}

enum FreePort {
    /// A port of 127.0.0.1 that nobody holds now.
    static func tcp() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw NeverHappened(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
