import Foundation
import IPMI
import TestSupport
import Testing

/// OpenIPMI's `ipmi_sim`, whose machine is switched by a script.
struct IPMISim {
    static let tool = Tool("ipmi_sim")

    let endpoint: BMCEndpoint
    private let peer: Peer
    private let folder: URL

    /// - Parameters:
    ///   - host: an address of loopback that no other test takes.
    ///   - commands: further ones of its emulator, for the controller 0x20.
    ///   - serial: the TCP port of `host` where the machine's serial line is.
    static func with<Result>(
        host: String, commands: [String] = [], serial: Int? = nil, _ body: (IPMISim) async throws -> Result
    ) async throws -> Result {
        let sim = try await IPMISim(host: host, commands: commands, serial: serial)
        defer { try? FileManager.default.removeItem(at: sim.folder) }
        let result = try await body(sim)
        withExtendedLifetime(sim.peer) {}
        return result
    }

    private init(host: String, commands: [String], serial: Int?) async throws {
        let tool = try #require(Self.tool)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("ipmi-sim-\(UUID())")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("state/bmc"), withIntermediateDirectories: true)
        let port = try await Lab.freePort(host)
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
            addr \(host) \(port)
            priv_limit admin
            allowed_auths_callback none md2 md5 straight
            allowed_auths_user none md2 md5 straight
            allowed_auths_operator none md2 md5 straight
            allowed_auths_admin none md2 md5 straight
            guid a123456789abcdefa123456789abcdef
          endlan
          chassis_control "\(power.path)"
          \(serial.map { "sol \"tcp:\(host):\($0)\" 115200" } ?? "")
          user 1 true "" "test" user 10 none md2 md5 straight
          user 2 true "admin" "password" admin 10 none md2 md5 straight

        """.write(to: folder.appendingPathComponent("lan.conf"), atomically: true, encoding: .utf8)
        let emulator = """
            mc_setbmc 0x20
            mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
            sel_enable 0x20 1000 0x0a
            \(commands.joined(separator: "\n"))
            mc_enable 0x20

            """
        try emulator.write(to: folder.appendingPathComponent("sim.emu"), atomically: true, encoding: .utf8)
        peer = try Peer(
            tool.path,
            ["-n", "-c", "\(folder.path)/lan.conf", "-f", "\(folder.path)/sim.emu", "-s", "\(folder.path)/state"])
        endpoint = BMCEndpoint(host: host, port: port)
    }

    /// Until it listens, the first datagrams come back as unreachable: the schedule bridges that.
    var client: IPMIClient { IPMITests.client(retry: RetrySchedule(firstTimeout: .milliseconds(200), attempts: 6)) }
}
