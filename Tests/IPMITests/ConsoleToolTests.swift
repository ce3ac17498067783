import IPMI
import Primitives
import Simulator
import TestSupport
import Testing

/// The judges of our BMC's serial line are `ipmitool` and FreeIPMI's `ipmiconsole`.
@Suite("Our BMC's serial console, judged by ipmitool and ipmiconsole", .serialized)
struct ConsoleToolTests {
    static let tool = Tool("ipmitool")
    static let consoleTool = Tool("ipmiconsole")
    static let terminals = Tool("script")

    /// A machine that echoes, and whatever it is typed.
    private func echoing(_ typed: Recorder<SerialLine.Input>) -> SerialLine {
        let line = SerialLine()
        line.onInput { input in
            typed.add(input)
            if case .characters(let characters) = input { line.write(characters) }
        }
        return line
    }

    private func isTyped(_ text: String) -> @Sendable ([SerialLine.Input]) -> Bool {
        { inputs in
            let bytes = inputs.flatMap { if case .characters(let bytes) = $0 { bytes } else { [] as [UInt8] } }
            return String(decoding: bytes, as: UTF8.self).contains(text)
        }
    }

    private func ipmitool(_ server: BMCServer, _ suite: String, _ command: String) -> String {
        "\(Self.tool?.path ?? "") -I lanplus -H \(server.endpoint.host) -p \(server.endpoint.port) -U admin -P password "
            + "-C \(suite) \(command)"
    }

    @Test(
        "ipmitool shows what the machine writes and types at it", .enabled(if: tool != nil && terminals != nil),
        arguments: ["3", "17"])
    func ipmitoolActivates(suite: String) async throws {
        let chassis = SimulatedChassis(Chassis(isPoweredOn: true))
        let typed = Recorder<SerialLine.Input>()
        let line = echoing(typed)
        try await withBMC(chassis: chassis, line: line) { (server) async throws -> Void in
            let terminal = try Terminal(ipmitool(server, suite, "sol activate"))
            try await terminal.wait(for: "SOL Session operational")
            line.write(line: "Debian GNU/Linux 12 n1 ttyS0")
            try await terminal.wait(for: "Debian GNU/Linux 12 n1 ttyS0")
            try terminal.type("root\r")
            try await terminal.wait(for: "root")
            await typed.wait(until: isTyped("root\r"))
            // Everything in order, in many packets.
            let lines = (0..<200).map { "[\($0)] " + String(repeating: "x", count: 60) }
            for text in lines { line.write(line: text) }
            line.write(line: "the end")
            try await terminal.wait(for: "the end")
            #expect(terminal.text.contains(lines.joined(separator: "\r\n")))
            // One at a time.
            let second = try Terminal(ipmitool(server, suite, "sol activate"))
            try await second.wait(for: "already active on another session")
            await second.waitForEnd()
            try terminal.type("\r~.")
            try await terminal.wait(for: "terminated ipmitool")
            await terminal.waitForEnd()
            await typed.wait { $0.last == .attached(false) }
        }
    }

    @Test("ipmitool reads the settings and sends a break", .enabled(if: tool != nil && terminals != nil))
    func ipmitoolSettings() async throws {
        let chassis = SimulatedChassis(Chassis(isPoweredOn: true))
        let typed = Recorder<SerialLine.Input>()
        try await withBMC(chassis: chassis, line: echoing(typed)) { (server) async throws -> Void in
            let info = try Terminal(ipmitool(server, "17", "sol info"))
            try await info.wait(for: "Payload Port")
            await info.waitForEnd()
            #expect(info.text.contains(": \(server.endpoint.port)"), "\(info.text)")
            let terminal = try Terminal(ipmitool(server, "17", "sol activate"))
            try await terminal.wait(for: "SOL Session operational")
            try terminal.type("\r~B")
            await typed.wait { $0.contains(.lineBreak) }
            let other = try Terminal(ipmitool(server, "17", "sol deactivate"))
            await other.waitForEnd()
            await typed.wait { $0.last == .attached(false) }
            // It does not look at what the BMC says of the end.
            try terminal.type("\r~.")
            try await terminal.wait(for: "terminated ipmitool")
            await terminal.waitForEnd()
        }
    }

    @Test(
        "ipmiconsole shows what the machine writes and types at it",
        .enabled(if: consoleTool != nil && terminals != nil),
        arguments: ["3", "8", "17"])
    func ipmiconsoleActivates(suite: String) async throws {
        let chassis = SimulatedChassis(Chassis(isPoweredOn: true))
        let typed = Recorder<SerialLine.Input>()
        let line = echoing(typed)
        // It takes no port above 32767.
        try await withBMC(
            configuration(suites: CipherSuite.allCases), chassis: chassis, line: line, host: "127.0.7.5", port: 6230
        ) { (server) async throws -> Void in
            let terminal = try Terminal(
                "\(Self.consoleTool?.path ?? "") -h \(server.endpoint.host):\(server.endpoint.port) -u admin -p password "
                    + "-I \(suite)")
            try await terminal.wait(for: "[SOL established]")
            line.write(line: "n1 login:")
            try await terminal.wait(for: "n1 login:")
            try terminal.type("root\r")
            await typed.wait(until: isTyped("root\r"))
            try terminal.type("&.")
            try await terminal.wait(for: "[closing the connection]")
            await terminal.waitForEnd()
            await typed.wait { $0.last == .attached(false) }
        }
    }
}
