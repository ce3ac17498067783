import IPMI
import NIOPosix
import OutOfBand
import Primitives
import RehearsalMap
import Simulator
import SiteDesign
import TestSupport
import Testing

@Suite("Consoles of drivers")
struct ConsoleTests {
    /// A driver of a BMC on loopback, whose machine is on and echoes.
    private func with(
        _ protection: BMCConfiguration.ConsoleProtection?,
        _ body: (any OutOfBandDriver, SerialLine, BMCServer) async throws -> Void
    ) async throws {
        let line = SerialLine()
        line.onInput { if case .characters(let characters) = $0 { line.write(characters) } }
        var configuration = BMCConfiguration(user: "admin", password: Secret("password"), guid: [])
        configuration.console = protection
        let server = try await BMCServer.start(
            group: MultiThreadedEventLoopGroup.singleton, host: "127.0.0.1", port: 0, configuration: configuration,
            chassis: SimulatedChassis(Chassis(isPoweredOn: true)), line: line)
        let outOfBand = OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient,
            map: RehearsalMap(bmc: ["10.0.0.11": "127.0.0.1:\(server.endpoint.port)"]), maximumSessions: 1)
        do {
            try await body(outOfBand.driver(for: node()), line, server)
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }

    @Test("orders and looks at the power pass beside an open console, which takes no turn")
    func beside() async throws {
        try await with(.either) { driver, line, server in
            #expect(driver.hasConsole)
            let console = try await driver.openConsole(takesOver: false, until: later)
            #expect(try await driver.powerState(until: later) == .on)
            _ = try await driver.setNextBoot(from: .disk, .bios, until: later)
            try await console.write(Array("who is there".utf8))
            var seen: [UInt8] = []
            while seen.count < 12, let bytes = try await console.read() { seen += bytes }
            #expect(seen == Array("who is there".utf8))
            let trouble = await #expect(throws: ConsoleTrouble.self) {
                try await driver.openConsole(takesOver: false, until: later)
            }
            #expect(trouble?.passes == true)
            let other = try await driver.openConsole(takesOver: true, until: later)
            let end = await #expect(throws: ConsoleTrouble.self) { try await console.read() }
            #expect(end?.passes == true)
            await console.close()
            await other.close()
            #expect(try await other.read() == nil)
        }
    }

    @Test("a BMC without one is a trouble that does not pass, and so is one that encrypts nothing")
    func none() async throws {
        for protection in [nil, .clear, .disabled] as [BMCConfiguration.ConsoleProtection?] {
            try await with(protection) { driver, _, _ in
                let trouble = await #expect(throws: ConsoleTrouble.self) {
                    try await driver.openConsole(takesOver: false, until: later)
                }
                #expect(trouble?.passes == false)
            }
        }
        try await with(.either) { driver, _, server in
            await server.stop()
            let trouble = await #expect(throws: ConsoleTrouble.self) {
                try await driver.openConsole(takesOver: false, until: .now().adding(seconds: 0.2))
            }
            #expect(trouble?.passes == true)
        }
    }

    @Test("a node without a BMC has none")
    func byHand() async throws {
        let outOfBand = OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient, maximumSessions: 1)
        let driver = try outOfBand.driver(for: node("manual"))
        #expect(!driver.hasConsole)
        let trouble = await #expect(throws: ConsoleTrouble.self) {
            try await driver.openConsole(takesOver: false, until: later)
        }
        #expect(trouble?.passes == false)
    }
}
