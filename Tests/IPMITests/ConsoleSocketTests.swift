import NIOCore
import NIOPosix
import Primitives
import Simulator
import TestSupport
import Testing

@testable import IPMI

@Suite("Our client's serial console, over sockets")
struct ConsoleSocketTests {
    /// Reads until `text` has come.
    private func read(_ console: IPMIConsole, until text: String) async throws -> String {
        var seen = ""
        while !seen.contains(text) {
            guard let output = try await console.read() else { throw Trouble("closed after: \(seen)") }
            seen += String(decoding: output.bytes, as: UTF8.self)
        }
        return seen
    }

    @Test("what the machine writes is read, what is typed arrives, and commands go beside it")
    func both() async throws {
        let typed = Recorder<SerialLine.Input>()
        let line = SerialLine()
        line.onInput { typed.add($0) }
        try await withBMC(chassis: SimulatedChassis(Chassis(isPoweredOn: true)), line: line) {
            (server) async throws -> Void in
            try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                (session) async throws -> Void in
                let console = try await session.openConsole()
                line.write(line: "n1 login:")
                _ = try await read(console, until: "n1 login:\r\n")
                try await console.write(Array("root\r".utf8))
                try await console.sendBreak()
                await typed.wait { $0.suffix(2) == [.characters(Array("root\r".utf8)), .lineBreak] }
                #expect(try await session.chassisStatus().isPoweredOn)
                await console.close()
                await typed.wait { $0.last == .attached(false) }
                #expect(try await console.read() == nil)
                await #expect(throws: IPMIError.self) { try await console.write([1]) }
                // It can be had again.
                let again = try await session.openConsole()
                line.write(line: "again")
                _ = try await read(again, until: "again")
            }
        }
    }

    @Test("a console that another session has is taken over only where that is asked for, and the other is told")
    func takeOver() async throws {
        let line = SerialLine()
        try await withBMC(chassis: SimulatedChassis(Chassis(isPoweredOn: true)), line: line) {
            (server) async throws -> Void in
            let first = try await client().open(endpoint: server.endpoint, credentials: administrator)
            let console = try await first.openConsole()
            let second = try await client().open(endpoint: server.endpoint, credentials: administrator)
            let rejection = await #expect(throws: IPMIError.self) { try await second.openConsole() }
            #expect(rejection?.kind == .console(.inUse) && rejection?.category == .transient)
            let taken = try await second.openConsole(ConsoleOptions(takesOver: true))
            let end = await #expect(throws: IPMIError.self) { try await console.read() }
            #expect(end?.kind == .console(.ended))
            line.write(line: "for the second")
            _ = try await read(taken, until: "for the second")
            await first.close()
            await second.close()
            let closed = await #expect(throws: IPMIError.self) { try await taken.read() }
            #expect(closed?.code == "bmc.transport")
        }
    }

    @Test("a BMC without a console, without encryption or with another port is refused, with what to do")
    func unavailable() async throws {
        for (protection, failure) in [
            (nil, ConsoleFailure.unsupported), (.disabled, .disabled), (.clear, .encryption),
        ] as [(BMCConfiguration.ConsoleProtection?, ConsoleFailure)] {
            var bmc = configuration()
            bmc.console = protection
            try await withBMC(bmc) { (server) async throws -> Void in
                try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                    (session) async throws -> Void in
                    let error = await #expect(throws: IPMIError.self) { try await session.openConsole() }
                    #expect(error?.kind == .console(failure) && error?.isPermanent == true)
                    guard protection == .clear else { return }
                    let console = try await session.openConsole(ConsoleOptions(allowsClear: true))
                    await console.close()
                }
            }
        }
        // The numbers that BMCs give for their own port.
        for port in [0, 623, 0x6f02, 16230] as [UInt16] {
            #expect(try activation(port: port).isCarried(by: 16230), "\(port)")
        }
        #expect(try !activation(port: 4000).isCarried(by: 623))
        #expect(try activation(size: 0).charactersPerPacket == 64)
        #expect(try activation(size: 20).charactersPerPacket == 16)
        #expect(try activation(size: 0xcc00).charactersPerPacket == 64)
    }

    private func activation(size: UInt16 = 204, port: UInt16 = 623) throws -> SOLActivation {
        var data: [UInt8] = [0, 0, 0, 0]
        for number in [size, size, port, 0xffff] { data.append(littleEndian: number) }
        return try ActivatePayload.response(data)
    }

    @Test("a reader that waits leaves at once where its task is cancelled, and nothing is lost by that")
    func cancellation() async throws {
        let line = SerialLine()
        try await withBMC(chassis: SimulatedChassis(Chassis(isPoweredOn: true)), line: line) {
            (server) async throws -> Void in
            try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                (session) async throws -> Void in
                let console = try await session.openConsole()
                // Before it waits, and while it does.
                for yields in 0..<20 {
                    let reading = Task { try await console.read() }
                    for _ in 0..<yields { await Task.yield() }
                    reading.cancel()
                    await #expect(throws: CancellationError.self) { try await reading.value }
                }
                line.write(line: "still there")
                _ = try await read(console, until: "still there")
            }
        }
    }

    @Test("a network that loses a fifth of the datagrams loses no character", arguments: [1, 2, 3] as [UInt64])
    func losses(seed: UInt64) async throws {
        var faults = BMCFaults()
        faults.seed = seed
        let typed = Recorder<SerialLine.Input>()
        let line = SerialLine()
        line.onInput { typed.add($0) }
        var bmc = configuration()
        bmc.consoleRetry = RetrySchedule(firstTimeout: .milliseconds(20), attempts: 16, jitter: 0)
        try await withBMC(bmc, chassis: SimulatedChassis(Chassis(isPoweredOn: true)), line: line) {
            (server) async throws -> Void in
            let patient = client(retry: RetrySchedule(firstTimeout: .milliseconds(20), attempts: 10))
            let session = try await patient.open(endpoint: server.endpoint, credentials: administrator)
            let console = try await session.openConsole()
            faults.dropProbability = 0.2
            try await server.setFaults(faults)
            let lines = (0..<60).map { "line \($0) of a machine that boots" }
            for text in lines { line.write(line: text) }
            let seen = try await read(console, until: lines.last ?? "")
            #expect(seen == lines.map { "\($0)\r\n" }.joined().prefix(seen.count))
            for character in "reboot\r".utf8 { try await console.write([character]) }
            let characters = typed.all.flatMap {
                if case .characters(let bytes) = $0 { bytes } else { [] as [UInt8] }
            }
            #expect(characters == Array("reboot\r".utf8))
            try await server.setFaults(BMCFaults())
            await session.close()
        }
    }

    @Test("OpenIPMI's ipmi_sim gives its serial line", .enabled(if: IPMISim.tool != nil))
    func openIPMI() async throws {
        // What stands for the machine: it greets, and echoes.
        let machine = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.7.4", port: 0).get()
        let line = try #require(machine.localAddress?.port)
        try await IPMISim.with(host: "127.0.7.4", serial: line) { (sim) async throws -> Void in
            try await sim.client.withSession(endpoint: sim.endpoint, credentials: administrator) {
                (session) async throws -> Void in
                let console = try await session.openConsole()
                try await console.write(Array("who is there\r".utf8))
                _ = try await read(console, until: "who is there")
                let text = String(repeating: "0123456789", count: 40)
                try await console.write(Array("\(text)\r".utf8))
                _ = try await read(console, until: text)
                await console.close()
            }
        }
        try await machine.close()
    }
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
}
