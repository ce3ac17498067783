import Foundation
import Glibc
import IPMI
import NIOCore
import NIOPosix
import Primitives
import Simulator
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
