import Foundation
import Glibc
import IPMI
import NIOCore
import NIOPosix
import Primitives
import Simulator
import TestSupport
import Testing

/// A program that somebody else wrote, run once.
struct Tool {
    let path: String

    /// Nil, with a printed reason, where the program is not installed.
    init?(_ name: String) {
        let folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"]
        guard let folder = folders.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") })
        else {
            print("skipped: \(name) is not installed")
            return nil
        }
        path = "\(folder)/\(name)"
    }

    struct Outcome: Sendable {
        var status: Int32
        var text: String
    }

    func run(_ arguments: [String]) async throws -> Outcome {
        let path = path
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: path)
                process.arguments = arguments
                let output = Pipe()
                process.standardOutput = output
                process.standardError = output
                process.standardInput = FileHandle.nullDevice
                do {
                    try process.run()
                    let data = output.fileHandleForReading.readDataToEndOfFile()
                    process.waitUntilExit()
                    continuation.resume(
                        returning: Outcome(
                            status: process.terminationStatus, text: String(decoding: data, as: UTF8.self)))
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

enum Lab {
    /// The folder of BMC peers beside the package, or where BOATYARD_LAB points.
    static var folder: String? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path =
            ProcessInfo.processInfo.environment["BOATYARD_LAB"]
            ?? root.deletingLastPathComponent().appendingPathComponent("shared/lab").path
        guard FileManager.default.fileExists(atPath: path) else {
            print("skipped: no lab folder at \(path); set BOATYARD_LAB")
            return nil
        }
        return path
    }

    static let hasSimulator: Bool = {
        guard folder != nil, let python = Tool("env") else { return false }
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: python.path)
        probe.arguments = ["python3", "-c", "import cryptography"]
        probe.standardError = FileHandle.nullDevice
        do { try probe.run() } catch { return false }
        probe.waitUntilExit()
        if probe.terminationStatus != 0 { print("skipped: python3 has no module cryptography") }
        return probe.terminationStatus == 0
    }()

    /// A UDP port that was free a moment ago of a loopback address on which nobody else asks for one.
    static func freePort(_ host: String) async throws -> Int {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: host, port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await channel.close()
        return port
    }

    /// `bmcsim.py`: `count` BMCs from 127.1.0.1 on, all on one port.
    static func simulator(count: Int = 1, _ arguments: [String] = []) async throws -> (Peer, port: Int) {
        let folder = try #require(folder)
        // Another test's child may hold the port's socket for a moment, or another test the port.
        var attempt = 1
        while true {
            let port = try await freePort("127.1.0.1")
            do {
                let peer = try Peer(
                    "/usr/bin/env",
                    [
                        "python3", "\(folder)/bmc/bmcsim.py", "--base", "127.1.0.1", "--count", "\(count)", "--port",
                        "\(port)",
                    ] + arguments, ready: "ready")
                return (peer, port)
            } catch {
                guard attempt < 5 else { throw error }
                attempt += 1
            }
        }
    }
}

let administrator = BMCCredentials(user: "admin", password: Secret("password"))

func configuration(suites: [CipherSuite] = [.suite3, .suite17]) -> BMCConfiguration {
    var configuration = BMCConfiguration(
        users: [
            .init(name: "admin", password: Secret("password")),
            .init(name: "guest", password: Secret("visitor"), privilege: .user),
        ],
        guid: (0..<16).map { UInt8(0xa0 + $0) })
    configuration.suites = suites
    configuration.address = IPv4Address(rawValue: 0x0a00_000b)
    configuration.gateway = IPv4Address(rawValue: 0x0a00_0001)
    configuration.macAddress = [0x52, 0x54, 0, 0, 0, 0x0b]
    return configuration
}

/// A BMC on a free port of 127.0.0.1, stopped when `body` ends.
func withBMC<Result: Sendable>(
    _ configuration: BMCConfiguration = configuration(), chassis: SimulatedChassis = SimulatedChassis(),
    line: SerialLine? = nil, faults: BMCFaults = BMCFaults(), host: String = "127.0.0.1", port: Int = 0,
    _ body: (BMCServer) async throws -> Result
) async throws -> Result {
    let server = try await BMCServer.start(
        group: MultiThreadedEventLoopGroup.singleton, host: host, port: port, configuration: configuration,
        chassis: chassis, line: line, faults: faults)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}

func client(
    suites: [CipherSuite] = [.suite17, .suite3], retry: RetrySchedule = RetrySchedule(),
    privilege: PrivilegeLevel = .administrator
) -> IPMIClient {
    IPMIClient(
        group: MultiThreadedEventLoopGroup.singleton,
        configuration: IPMIConfiguration(suites: suites, privilege: privilege, retry: retry))
}
