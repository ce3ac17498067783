import Foundation
import IPMI
import NIOCore
import NIOPosix
import Primitives
import TestSupport
import Testing

/// BMCs that others wrote, or that were written apart from this package, judge the client.
@Suite("Our client, against other BMCs", .serialized)
struct PeerTests {
    private func exercise(
        _ client: IPMIClient, _ endpoint: BMCEndpoint, expecting suite: CipherSuite, keepsEFI: Bool = true
    ) async throws {
        try await client.withSession(endpoint: endpoint, credentials: administrator) {
            (session) async throws -> Void in
            #expect(try await session.parameters?.suite == suite)
            _ = try await session.deviceID()
            #expect(try await !session.chassisStatus().isPoweredOn)
            try await session.setBootFlags(BootFlags(device: .pxe))
            #expect(try await session.bootFlags().device == .pxe)
            #expect(try await !session.bootFlags().isEFI)
            // ipmi_sim takes the order for UEFI and keeps the device alone, bmcsim keeps all of it.
            try await session.setBootFlags(BootFlags(device: .pxe, isEFI: true))
            #expect(try await session.bootFlags().device == .pxe)
            #expect(try await session.bootFlags().isEFI == keepsEFI)
            try await session.control(.on)
            #expect(try await session.chassisStatus().isPoweredOn)
            try await session.control(.off)
            #expect(try await !session.chassisStatus().isPoweredOn)
        }
    }

    @Test(
        "bmcsim is read, switched and told its boot device", .enabled(if: Lab.hasSimulator),
        arguments: [CipherSuite.suite3, .suite17])
    func bmcsim(suite: CipherSuite) async throws {
        let (peer, port) = try await Lab.simulator()
        try await exercise(
            client(suites: [suite]), BMCEndpoint(host: "127.1.0.1", port: port), expecting: suite)
        withExtendedLifetime(peer) {}
    }

    @Test("bmcsim that loses a fifth of the datagrams is read", .enabled(if: Lab.hasSimulator))
    func lossy() async throws {
        let (peer, port) = try await Lab.simulator(["--drop", "0.2"])
        let patient = client(retry: RetrySchedule(firstTimeout: .milliseconds(50), attempts: 8))
        let endpoint = BMCEndpoint(host: "127.1.0.1", port: port)
        for _ in 0..<10 {
            _ = try await patient.withSession(endpoint: endpoint, credentials: administrator) {
                try await $0.chassisStatus()
            }
        }
        withExtendedLifetime(peer) {}
    }

    @Test(
        "bmcsim that takes its time is read and switched, also where everything is asked twice",
        .enabled(if: Lab.hasSimulator), arguments: [Duration.seconds(1), .milliseconds(150)])
    func slow(firstTimeout: Duration) async throws {
        let (peer, port) = try await Lab.simulator(["--delay", "0.19"])
        try await exercise(
            client(suites: [.suite17], retry: RetrySchedule(firstTimeout: firstTimeout, attempts: 8)),
            BMCEndpoint(host: "127.1.0.1", port: port), expecting: .suite17)
        withExtendedLifetime(peer) {}
    }

    @Test(
        "bmcsim without suite 17 is opened with suite 3; without a free session it is a passing error",
        .enabled(if: Lab.hasSimulator))
    func errors() async throws {
        let (peer, port) = try await Lab.simulator(["--suites", "3"])
        let endpoint = BMCEndpoint(host: "127.1.0.1", port: port)
        try await exercise(client(), endpoint, expecting: .suite3)
        let (full, fullPort) = try await Lab.simulator(["--bad-sessions"])
        let error = await #expect(throws: IPMIError.self) {
            try await client(retry: RetrySchedule(firstTimeout: .milliseconds(20))).withSession(
                endpoint: BMCEndpoint(host: "127.1.0.1", port: fullPort), credentials: administrator
            ) { try await $0.deviceID() }
        }
        #expect(error?.kind == .refused(.insufficientResources))
        for credentials in [
            BMCCredentials(user: "admin", password: Secret("wrong")),
            BMCCredentials(user: "nobody", password: Secret("password")),
        ] {
            let error = await #expect(throws: IPMIError.self) {
                try await client().withSession(endpoint: endpoint, credentials: credentials) { try await $0.deviceID() }
            }
            #expect(error?.code == "bmc.authentication")
        }
        withExtendedLifetime((peer, full)) {}
    }

    @Test("200 BMCs are read at once", .enabled(if: Lab.hasSimulator))
    func many() async throws {
        let (peer, port) = try await Lab.simulator(count: 200)
        let client = client()
        let count = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...200 {
                group.addTask {
                    try await client.withSession(
                        endpoint: BMCEndpoint(host: "127.1.0.\(number)", port: port), credentials: administrator
                    ) { try await $0.chassisStatus().isPoweredOn }
                }
            }
            return try await group.reduce(0) { count, isOn in count + (isOn ? 0 : 1) }
        }
        #expect(count == 200)
        withExtendedLifetime(peer) {}
    }

    @Test("OpenIPMI's ipmi_sim is read, switched and told its boot device", .enabled(if: IPMISim.tool != nil))
    func openIPMI() async throws {
        try await IPMISim.with(host: "127.0.7.3") { (sim) async throws -> Void in
            try await exercise(sim.client, sim.endpoint, expecting: .suite3, keepsEFI: false)
            let error = await #expect(throws: IPMIError.self) {
                try await sim.client.withSession(
                    endpoint: sim.endpoint, credentials: BMCCredentials(user: "admin", password: Secret("wrong"))
                ) { try await $0.deviceID() }
            }
            #expect(error?.isPermanent == true)
        }
    }
}
