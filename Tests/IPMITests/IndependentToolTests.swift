import Foundation
import IPMI
import Primitives
import Simulator
import Testing

/// The judges of the BMC are `ipmitool` and FreeIPMI: nothing of theirs is shared with this package.
@Suite("Our BMC, judged by ipmitool", .serialized)
struct IPMIToolTests {
    static let tool = Tool("ipmitool")

    private func ipmitool(
        _ server: BMCServer, _ suite: String?, _ command: String, user: String = "admin", password: String = "password",
        options: [String] = []
    ) async throws -> Tool.Outcome {
        let tool = try #require(Self.tool)
        return try await tool.run(
            ["-I", "lanplus", "-H", server.endpoint.host, "-p", "\(server.endpoint.port)", "-U", user, "-P", password]
                + (suite.map { ["-C", $0] } ?? []) + options + command.split(separator: " ").map(String.init))
    }

    @Test("power is read and switched", .enabled(if: tool != nil), arguments: ["3", "17", nil])
    func power(suite: String?) async throws {
        let chassis = SimulatedChassis()
        try await withBMC(chassis: chassis) { (server) async throws -> Void in
            #expect(try await ipmitool(server, suite, "power status").text == "Chassis Power is off\n")
            #expect(try await ipmitool(server, suite, "power reset").status != 0)
            #expect(try await ipmitool(server, suite, "power on").text == "Chassis Power Control: Up/On\n")
            #expect(chassis.isPoweredOn)
            #expect(try await ipmitool(server, suite, "power cycle").status == 0)
            #expect(try await ipmitool(server, suite, "power reset").status == 0)
            let status = try await ipmitool(server, suite, "chassis status")
            #expect(status.status == 0)
            #expect(status.text.contains("System Power         : on"))
            #expect(status.text.contains("Last Power Event     : command"))
            #expect(try await ipmitool(server, suite, "power soft").status == 0)
            #expect(!chassis.isPoweredOn)
            #expect(try await ipmitool(server, suite, "chassis identify 5").status == 0)
        }
    }

    @Test("boot devices are ordered and read back", .enabled(if: tool != nil), arguments: ["3", "17"])
    func bootDevice(suite: String) async throws {
        let chassis = SimulatedChassis()
        try await withBMC(chassis: chassis) { (server) async throws -> Void in
            #expect(try await ipmitool(server, suite, "chassis bootdev pxe").status == 0)
            #expect(chassis.bootFlags.device == .pxe)
            #expect(!chassis.bootFlags.isPersistent && chassis.bootFlags.isValid)
            let once = try await ipmitool(server, suite, "chassis bootparam get 5")
            #expect(once.text.contains("8004000000"))
            #expect(once.text.contains("Force PXE"))
            #expect(try await ipmitool(server, suite, "power on").status == 0)
            #expect(try await ipmitool(server, suite, "chassis bootparam get 5").text.contains("0000000000"))

            #expect(
                try await ipmitool(server, suite, "chassis bootdev pxe options=persistent,efiboot").status == 0)
            #expect(try await ipmitool(server, suite, "power reset").status == 0)
            let kept = try await ipmitool(server, suite, "chassis bootparam get 5")
            #expect(kept.text.contains("e004000000"))
            #expect(kept.text.contains("EFI"))
            for (device, expected) in [("disk", BootDevice.disk), ("cdrom", .cdrom), ("bios", .bios), ("none", .none)] {
                #expect(try await ipmitool(server, suite, "chassis bootdev \(device)").status == 0)
                #expect(chassis.bootFlags.device == expected)
            }
        }
    }

    @Test(
        "identity, LAN configuration and event log are shown", .enabled(if: tool != nil), arguments: ["3", "17", nil])
    func information(suite: String?) async throws {
        try await withBMC { (server) async throws -> Void in
            let device = try await ipmitool(server, suite, "mc info")
            #expect(device.status == 0)
            #expect(device.text.contains("IPMI Version              : 2.0"))
            let lan = try await ipmitool(server, suite, "lan print")
            #expect(lan.status == 0, "\(lan.text)")
            #expect(lan.text.contains("IP Address              : 10.0.0.11"))
            #expect(lan.text.contains("Subnet Mask             : 255.255.255.0"))
            #expect(lan.text.contains("Default Gateway IP      : 10.0.0.1"))
            #expect(lan.text.contains("MAC Address             : 52:54:00:00:00:0b"))
            #expect(lan.text.contains("RMCP+ Cipher Suites     : 3,17"), "\(lan.text)")
            let guid = try await ipmitool(server, suite, "mc guid")
            #expect(guid.status == 0)
            #expect(guid.text.contains("System GUID"))
            #expect(try await ipmitool(server, suite, "sel list").text.contains("SEL has no entries"))
            _ = try await ipmitool(server, suite, "power on")
            _ = try await ipmitool(server, suite, "power off")
            let log = try await ipmitool(server, suite, "sel list")
            #expect(log.text.contains("S0/G0: working") && log.text.contains("S5/G2: soft-off"), "\(log.text)")
            #expect(try await ipmitool(server, suite, "sel clear").status == 0)
            let inventory = try await ipmitool(server, suite, "fru print 0")
            #expect(inventory.text.contains("Product Name          : Simulated machine"), "\(inventory.text)")
            let sensors = try await ipmitool(server, suite, "sdr list")
            #expect(sensors.text.contains("Inlet Temp"), "\(sensors.text)")
            let users = try await ipmitool(server, suite, "user list 1")
            #expect(users.text.contains("admin") && users.text.contains("ADMINISTRATOR"), "\(users.text)")
            #expect(try await ipmitool(server, suite, "mc selftest").text.contains("passed"))
        }
    }

    @Test("wrong passwords, unknown accounts, foreign suites and low privileges are refused", .enabled(if: tool != nil))
    func errors() async throws {
        try await withBMC { (server) async throws -> Void in
            let password = try await ipmitool(server, "17", "power status", password: "wrong", options: ["-v"])
            #expect(password.status != 0)
            #expect(password.text.contains("HMAC is invalid"), "\(password.text)")
            let account = try await ipmitool(server, "17", "power status", user: "nobody", options: ["-v"])
            #expect(account.status != 0)
            #expect(account.text.contains("unauthorized name"), "\(account.text)")
            let suite = try await ipmitool(server, "8", "power status")
            #expect(suite.status != 0)
            let level = try await ipmitool(server, "3", "power status", user: "guest", password: "visitor")
            #expect(level.status != 0)
            let options = ["-L", "USER"]
            let read = try await ipmitool(
                server, "3", "power status", user: "guest", password: "visitor", options: options)
            #expect(read.status == 0)
            let write = try await ipmitool(
                server, "3", "power on", user: "guest", password: "visitor", options: options)
            #expect(write.status != 0)
            #expect(write.text.contains("Insufficient privilege level"), "\(write.text)")
            #expect(try await server.statistics().accountsRefused >= 2)
        }
    }
}

@Suite("Our BMC, judged by FreeIPMI", .serialized)
struct FreeIPMITests {
    static let tool = Tool("ipmipower")
    static let bmcInfo = Tool("bmc-info")
    static let chassisTool = Tool("ipmi-chassis")

    private func arguments(_ server: BMCServer, _ suite: String) -> [String] {
        [
            "-D", "LAN_2_0", "-h", "\(server.endpoint.host):\(server.endpoint.port)", "-u", "admin", "-p", "password",
            "-I", suite,
        ]
    }

    private func ipmipower(_ server: BMCServer, _ suite: String, _ action: String) async throws -> String {
        let tool = try #require(Self.tool)
        return try await tool.run(arguments(server, suite) + [action]).text
    }

    @Test("ipmipower reads and switches the power", .enabled(if: tool != nil), arguments: ["3", "8", "12", "17"])
    func power(suite: String) async throws {
        let chassis = SimulatedChassis()
        try await withBMC(configuration(suites: CipherSuite.allCases), chassis: chassis) {
            (server) async throws -> Void in
            #expect(try await ipmipower(server, suite, "--stat").hasSuffix(": off\n"))
            #expect(try await ipmipower(server, suite, "--on").hasSuffix(": ok\n"))
            #expect(chassis.isPoweredOn)
            #expect(try await ipmipower(server, suite, "--stat").hasSuffix(": on\n"))
            #expect(try await ipmipower(server, suite, "--cycle").hasSuffix(": ok\n"))
            #expect(try await ipmipower(server, suite, "--reset").hasSuffix(": ok\n"))
            #expect(try await ipmipower(server, suite, "--off").hasSuffix(": ok\n"))
            #expect(!chassis.isPoweredOn)
        }
    }

    @Test("bmc-info reads identity and channel", .enabled(if: bmcInfo != nil), arguments: ["3", "17"])
    func identity(suite: String) async throws {
        let tool = try #require(Self.bmcInfo)
        try await withBMC { (server) async throws -> Void in
            let outcome = try await tool.run(arguments(server, suite))
            #expect(outcome.text.contains("IPMI Version"), "\(outcome)")
            #expect(outcome.text.contains("GUID"))
        }
    }

    @Test("ipmi-chassis orders a boot device", .enabled(if: chassisTool != nil))
    func bootDevice() async throws {
        let tool = try #require(Self.chassisTool)
        let chassis = SimulatedChassis()
        try await withBMC(chassis: chassis) { (server) async throws -> Void in
            let status = try await tool.run(arguments(server, "17") + ["--get-chassis-status"])
            #expect(status.status == 0, "\(status.text)")
        }
    }
}
