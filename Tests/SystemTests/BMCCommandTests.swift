import Foundation
import IPMI
import NIOPosix
import Primitives
import Simulator
import TestSupport
import Testing

/// `boatyard bmc` with addresses: BMCs of the simulator, and no daemon.
@Suite("Commands to BMCs without a daemon")
struct BMCCommandTests {
    private struct Lab {
        let server: BMCServer
        let chassis: SimulatedChassis
        let folder: URL

        var address: String { "\(server.endpoint)" }
        var password: String { folder.appendingPathComponent("password").path }

        func run(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
            try BMCCommandTests.boatyard(arguments + ["--user", "admin", "--password-file", password])
        }

        /// On a terminal, as a console needs it.
        func onTerminal(_ arguments: String) throws -> Terminal {
            try Terminal.boatyard("bmc \(arguments) --user admin --password-file \(password)")
        }

        func json(_ arguments: String...) throws -> Value {
            let result = try BMCCommandTests.boatyard(
                arguments + ["--user", "admin", "--password-file", password, "--output", "json"])
            #expect(result.status == 0, "\(result.error)")
            return try Value(json: result.output)
        }
    }

    private static func boatyard(_ arguments: [String]) throws -> (status: Int32, output: String, error: String) {
        let program = try Program("boatyard", ["bmc"] + arguments)
        let status = program.wait()
        return (status, program.standardOutput, program.standardError)
    }

    private func withLab(
        faults: BMCFaults = BMCFaults(), line: SerialLine? = nil, _ change: (inout BMCConfiguration) -> Void = { _ in },
        _ body: (Lab) async throws -> Void
    ) async throws {
        var configuration = BMCConfiguration(
            user: "admin", password: Secret("password"), guid: (0..<16).map { UInt8(0xa0 + $0) })
        configuration.address = IPv4Address(rawValue: 0x0a00_000b)
        change(&configuration)
        let chassis = SimulatedChassis()
        let server = try await BMCServer.start(
            group: MultiThreadedEventLoopGroup.singleton, host: "127.0.0.1", port: 0, configuration: configuration,
            chassis: chassis, line: line, faults: faults)
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("password\nnot this line\n".utf8).write(to: folder.appendingPathComponent("password"))
        do {
            try await body(Lab(server: server, chassis: chassis, folder: folder))
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }

    @Test("power is read and switched, and what is told was seen")
    func power() async throws {
        try await withLab { lab async throws in
            #expect(try lab.run("power", "status", lab.address).output == "\(lab.address): off\n")
            #expect(try lab.run("power", "on", lab.address).output == "\(lab.address): on, seen; it was off\n")
            #expect(lab.chassis.isPoweredOn)
            #expect(
                try lab.run("power", "cycle", lab.address).output
                    == "\(lab.address): off and then on, both seen; it was on\n")
            #expect(
                try lab.json("power", "off", lab.address) == ["bmc": .string(lab.address), "power": "off", "was": "on"])
            #expect(!lab.chassis.isPoweredOn)
        }
    }

    @Test("a BMC that says yes and does nothing is an error that says what was seen")
    func liar() async throws {
        var faults = BMCFaults()
        faults.ignoresPower = true
        faults.ignoresBootDevice = true
        try await withLab(faults: faults) { lab in
            let power = try lab.run("power", "on", lab.address, "--timeout", "3")
            #expect(power.status == 1)
            #expect(power.error.contains("took the order to switch its machine on"), "\(power.error)")
            let boot = try lab.run("boot", "network", lab.address, "--timeout", "3")
            #expect(boot.status == 1 && boot.error.contains("reads back 'none'"), "\(boot.error)")
        }
    }

    @Test("the boot device is ordered and read back")
    func boot() async throws {
        try await withLab { lab in
            let once = try lab.run("boot", "network", lab.address, "--uefi")
            #expect(once.output == "\(lab.address): boots from network next, by UEFI, read back\n")
            #expect(lab.chassis.bootFlags == BootFlags(device: .pxe, isEFI: true))
            let answer = try lab.json("boot", "bios", lab.address, "--persistent")
            #expect(answer["boot"] == "bios" && answer["read_back"] == ["persistent": true, "uefi": false])
            #expect(lab.chassis.bootFlags == BootFlags(device: .bios, isPersistent: true))
            #expect(try lab.run("boot", "floppy", lab.address).status == 64)
        }
        var faults = BMCFaults()
        faults.hidesBootDevice = true
        try await withLab(faults: faults) { lab async throws in
            #expect(try lab.run("boot", "cdrom", lab.address).output.contains("cannot say whether it will"))
        }
    }

    @Test("lamp, event log, sensors and what there is to know are shown")
    func records() async throws {
        try await withLab { lab in
            #expect(try lab.run("identify", lab.address, "30").output == "\(lab.address): lamp on for 30 s, seen\n")
            #expect(try lab.run("identify", lab.address, "0").output == "\(lab.address): lamp off, seen\n")
            #expect(try lab.run("sel", lab.address).output.contains("the event log is empty"))
            _ = try lab.run("power", "on", lab.address)
            let log = try lab.run("sel", lab.address, "--clear").output
            #expect(log.contains("ACPI Power State #1   S0/G0 working"), "\(log)")
            #expect(log.contains("The event log is empty now."))
            #expect(try lab.json("sel", lab.address)["entries"] == [])
            #expect(try lab.run("sensors", lab.address).output.contains("Inlet Temp   Temperature   25 °C"))
            let information = try lab.json("info", lab.address)
            #expect(information["device"]?["firmware"] == "1.10")
            #expect(information["inventory"]?["product"]?["name"] == "Simulated machine")
            #expect(information["lan"]?["address"] == "10.0.0.11" && information["users"]?[0]?["name"] == "admin")
            #expect(information["session"] == ["suite": 17, "privilege": "operator"])
            // As bmc-info shows it: IPMI sends the last byte first.
            #expect(information["guid"] == "afaeadac-abaa-a9a8-a7a6-a5a4a3a2a1a0")
            let text = try lab.run("info", lab.address).output
            #expect(
                text.contains("Cipher suites   ") && text.contains("3 (administrator), 17 (administrator)"), "\(text)")
        }
    }

    @Test("a console is shown, typed at and left by its escape", .enabled(if: Terminal.isThere))
    func console() async throws {
        let line = SerialLine()
        line.onInput { [weak line] input in
            switch input {
            case .characters(let characters): line?.write(characters)
            case .lineBreak: line?.write(line: "[seen: a break]")
            case .attached: break
            }
        }
        try await withLab(line: line) { lab async throws in
            let console = try lab.onTerminal("console \(lab.address)")
            try await console.wait(for: "[The console of \(lab.address): ~. ends")
            // Off, it takes nothing, and the console stays.
            try console.type("lost")
            try await console.wait(for: "takes nothing for its machine, which may be off; what was typed is dropped]")
            _ = lab.chassis.control(.on)
            line.write(line: "n1 login:")
            try await console.wait(for: "n1 login:")
            try console.type("root and more\r~B")
            try await console.wait(for: "root and more")
            try await console.wait(for: "[seen: a break]")

            let second = try lab.onTerminal("console \(lab.address)")
            #expect(await second.waitForEnd() == 1)
            #expect(second.text.contains("gives its serial console to another session; end that one, or take it over"))
            let thief = try lab.onTerminal("console \(lab.address) --take")
            try await thief.wait(for: "~. ends")
            #expect(await console.waitForEnd() == 1)
            #expect(console.text.contains("another session took it"), "\(console.text)")
            try thief.type("~.")
            #expect(await thief.waitForEnd() == 0, "\(thief.text)")

            let piped = try lab.run("console", lab.address)
            #expect(piped.status == 64 && piped.error.contains("takes a terminal on standard input"), "\(piped.error)")
            try Data("wrong-secret\n".utf8).write(to: URL(fileURLWithPath: lab.password))
            let wrong = try lab.onTerminal("console \(lab.address)")
            #expect(await wrong.waitForEnd() == 1)
            #expect(wrong.text.contains("does not know the password"), "\(wrong.text)")
        }
        try await withLab({ $0.console = nil }) { lab async throws in
            let none = try lab.onTerminal("console \(lab.address)")
            #expect(await none.waitForEnd() == 1)
            #expect(none.text.contains("has no serial over LAN"), "\(none.text)")
        }
    }

    @Test("a BMC key comes from a file, and secrets are no arguments")
    func secrets() async throws {
        try await withLab({ $0.bmcKey = Secret("kg-secret") }) { lab in
            let without = try lab.run("power", "status", lab.address)
            #expect(
                without.status == 1 && without.error.contains("(K_G) of its own; give it as --kg-file"),
                "\(without.error)")
            let sweep = try lab.run("sweep", lab.address, "--power-only")
            #expect(sweep.output.contains("give it as --kg-file"), "\(sweep.output)")
            #expect(sweep.output.contains("; 1 without the right BMC key (K_G);"), "\(sweep.output)")
            let key = lab.folder.appendingPathComponent("kg").path
            try Data("0x6b672d736563726574\n".utf8).write(to: URL(fileURLWithPath: key))
            #expect(try lab.run("power", "status", lab.address, "--kg-file", key).status == 0)
            for option in ["--password", "--kg"] {
                let refused = try lab.run("power", "status", lab.address, option, "hidden-1")
                #expect(refused.status == 64)
            }
            try Data("wrong-secret\n".utf8).write(to: URL(fileURLWithPath: lab.password))
            let wrong = try lab.run("power", "status", lab.address, "--kg-file", key)
            #expect(wrong.status == 1 && wrong.error.contains("does not know the password"), "\(wrong.error)")
            #expect(!wrong.error.contains("wrong-secret"))
        }
    }

    @Test("a sweep tells each BMC's power or reason, and ends with what came of all")
    func sweep() async throws {
        try await withLab { lab in
            _ = lab.chassis.control(.on)
            let all = try lab.run("sweep", lab.address)
            #expect(all.status == 0, "\(all.error)")
            #expect(
                all.output.contains("\(lab.address)   on      Boatyard   Simulated machine   1.10"), "\(all.output)")
            // Nothing listens at 127.0.0.2 there.
            let port = lab.server.endpoint.port
            let some = try lab.run("sweep", "127.0.0.1-2:\(port)", "--power-only")
            #expect(some.status == 2)
            #expect(
                some.output.contains("1 of 2 BMCs told their power: 1 on, 0 off; 1 silent;"), "\(some.output)")
            let none = try lab.run("sweep", "127.0.0.2:\(port)", "--output", "json")
            #expect(none.status == 1)
            let answer = try Value(json: none.output)
            #expect(answer["bmcs"]?[0]?["error"]?["code"] == "bmc.timeout")
            #expect(answer["summary"]?["errors"] == ["bmc.timeout": 1])
            #expect(answer["bmcs"]?[0]?["error"]?["reason"] == "silent")
            #expect(answer["summary"]?["reasons"] == ["silent": 1])
            #expect(try lab.run("sweep", "10.0.0.9-1").status == 64)
            try Data("wrong-secret\n".utf8).write(to: URL(fileURLWithPath: lab.password))
            let refused = try lab.run("sweep", lab.address)
            #expect(
                refused.output.contains("0 of 1 BMC told its power: 0 on, 0 off; 1 refused the account;"),
                "\(refused.output)")
        }
    }

    @Test("what is no address, and an address without an account, are wrong usage")
    func usage() throws {
        let targets = [
            "10.0.0.256", "10.0.0.1:0", "[10.0.0.1]:623", "host.example", "fd00::1]:623", "0.0.0.0", "224.0.0.1:623",
            "255.255.255.255", "::", "[ff02::1]:623",
        ]
        for target in targets {
            let result = try Self.boatyard([
                "power", "status", target, "--user", "admin", "--password-file", "/dev/null",
            ])
            #expect(result.status == 64 && result.error.contains("no address of a BMC"), "\(target): \(result.error)")
        }
        #expect(try Self.boatyard(["power", "status", "10.0.0.1", "--kg-file", "x"]).status == 64)
    }
}
