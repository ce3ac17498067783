import Glibc
import IPMI
import NIOPosix
import Primitives
import Simulator

/// BMCs on loopback for `packaging/bench.d/bmc`: `boatyard-bench bmcs COUNT SILENT PORT`.
///
/// They have the addresses 127.1.0.1 to 127.1.0.250, 127.1.1.1 and so on. The last ones are silent. They run until
/// standard input ends.
enum SimulatedBMCs {
    private static let inOneNetwork = 250

    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 3, let count = Int(arguments[0]), let silent = Int(arguments[1]),
            let port = Int(arguments[2]), (1...10_000).contains(count)
        else { throw BoatyardError("bench.usage", "boatyard-bench bmcs COUNT SILENT PORT") }
        OpenFiles.raiseLimit()
        var servers: [BMCServer] = []
        for index in 0..<count {
            var configuration = BMCConfiguration(
                user: "admin", password: Secret("password"),
                guid: [UInt8(truncatingIfNeeded: index), UInt8(truncatingIfNeeded: index >> 8)])
            configuration.sessionLimit = 8
            var faults = BMCFaults()
            faults.silent = index >= count - silent
            servers.append(
                try await BMCServer.start(
                    group: MultiThreadedEventLoopGroup.singleton,
                    host: "127.1.\(index / inOneNetwork).\(index % inOneNetwork + 1)", port: port,
                    configuration: configuration, chassis: SimulatedChassis(Chassis(isPoweredOn: index % 2 == 0)),
                    faults: faults))
        }
        print("ready")
        fflush(nil)
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) > 0 {}
        for server in servers { await server.stop() }
    }
}
