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
    static let simulator = Tool("ipmi_sim")

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

    @Test("OpenIPMI's ipmi_sim is read, switched and told its boot device", .enabled(if: simulator != nil))
    func openIPMI() async throws {
        let tool = try #require(Self.simulator)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ipmi-sim-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("state/bmc"), withIntermediateDirectories: true)
        let port = try await Lab.freePort("127.0.7.3")
        let power = folder.appendingPathComponent("power.sh")
        try """
        #!/bin/sh
        case "$1 $2" in
        "get power") echo power:$(cat \(folder.path)/power 2>/dev/null || echo 0) ;;
        "get boot") echo boot:$(cat \(folder.path)/boot 2>/dev/null || echo default) ;;
        "set power") echo $3 > \(folder.path)/power ;;
        "set boot") echo $3 > \(folder.path)/boot ;;
        esac
        """.write(to: power, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: power.path)
        try """
        name "bmc"
        set_working_mc 0x20
          startlan 1
            addr 127.0.7.3 \(port)
            priv_limit admin
            allowed_auths_callback none md2 md5 straight
            allowed_auths_user none md2 md5 straight
            allowed_auths_operator none md2 md5 straight
            allowed_auths_admin none md2 md5 straight
            guid a123456789abcdefa123456789abcdef
          endlan
          chassis_control "\(power.path)"
          user 1 true "" "test" user 10 none md2 md5 straight
          user 2 true "admin" "password" admin 10 none md2 md5 straight

        """.write(to: folder.appendingPathComponent("lan.conf"), atomically: true, encoding: .utf8)
        try """
        mc_setbmc 0x20
        mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
        sel_enable 0x20 1000 0x0a
        mc_enable 0x20

        """.write(to: folder.appendingPathComponent("sim.emu"), atomically: true, encoding: .utf8)
        let peer = try Peer(
            tool.path,
            ["-n", "-c", "\(folder.path)/lan.conf", "-f", "\(folder.path)/sim.emu", "-s", "\(folder.path)/state"])
        let endpoint = BMCEndpoint(host: "127.0.7.3", port: port)
        // Until it listens, the first datagrams come back as unreachable: the schedule bridges that.
        let client = client(retry: RetrySchedule(firstTimeout: .milliseconds(200), attempts: 6))
        try await exercise(client, endpoint, expecting: .suite3, keepsEFI: false)
        let error = await #expect(throws: IPMIError.self) {
            try await client.withSession(
                endpoint: endpoint, credentials: BMCCredentials(user: "admin", password: Secret("wrong"))
            ) { try await $0.deviceID() }
        }
        #expect(error?.isPermanent == true)
        withExtendedLifetime(peer) {}
    }
}
