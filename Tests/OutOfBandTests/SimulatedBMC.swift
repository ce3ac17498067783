import IPMI
import NIOPosix
import Primitives
import Simulator
import TestSupport

/// A simulated BMC with Redfish on loopback, and its machine.
struct SimulatedBMC {
    let server: RedfishBMCServer
    let chassis: SimulatedChassis

    static func with<Result>(
        isEncrypted: Bool = true, host: String = "127.0.0.1", users: [BMCConfiguration.User]? = nil,
        _ change: (inout BMCFaults) -> Void = { _ in },
        _ body: (SimulatedBMC) async throws -> Result
    ) async throws -> Result {
        var faults = BMCFaults()
        change(&faults)
        var configuration = BMCConfiguration(
            users: users ?? [.init(name: "admin", password: Secret("password"))],
            guid: Array("0123456789abcdef".utf8))
        configuration.system.name = "n01"
        configuration.system.interfaces = [.init(name: "eth0", mac: MACAddress(bytes: [2, 0, 0, 0, 0, 7]) ?? .zero)]
        let chassis = SimulatedChassis()
        let server = try await RedfishBMCServer.start(
            group: MultiThreadedEventLoopGroup.singleton, host: host, isEncrypted: isEncrypted,
            configuration: configuration, chassis: chassis, faults: faults)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(SimulatedBMC(server: server, chassis: chassis))) } catch {
            result = .failure(error)
        }
        await server.stop()
        return try result.get()
    }
}
