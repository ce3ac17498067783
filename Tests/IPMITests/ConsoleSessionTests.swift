import IPMI
import Primitives
import TestSupport
import Testing

@testable import Simulator

@Suite("Serial console in a session, without a socket")
struct ConsoleSessionTests {
    private func console(
        _ bmc: BMCConfiguration = configuration(), isEncrypted: Bool = true, keepAlive: Duration? = nil
    ) throws -> Wire {
        var wire = try Wire(bmc: bmc, keepAlive: keepAlive)
        wire.receive(.start)
        wire.submit(ActivatePayload(isEncrypted: isEncrypted))
        while wire.responses.isEmpty, wire.failure == nil { wire.step() }
        return wire
    }

    /// Lets happen what is due, without waiting for the keep-alive.
    private func settle(_ wire: inout Wire, until isDone: (Wire) -> Bool) {
        for _ in 0..<1000 where !isDone(wire) { wire.step() }
        #expect(isDone(wire))
    }

    @Test("the machine is heard and typed at, encrypted and in clear", arguments: [true, false])
    func both(isEncrypted: Bool) throws {
        var wire = try console(isEncrypted: isEncrypted)
        #expect(wire.effects.contains(.console(.opened)))
        _ = wire.chassis.control(.on)
        let typed = Recorder<SerialLine.Input>()
        wire.line.onInput { typed.add($0) }
        wire.machineWrites(Array("login: ".utf8))
        settle(&wire) { $0.shown == Array("login: ".utf8) }
        wire.receive(.write(Array("root\r".utf8), identifier: 9))
        wire.receive(.sendBreak(identifier: 10))
        settle(&wire) { $0.effects.contains(.console(.written(10))) }
        #expect(wire.effects.contains(.console(.written(9))))
        #expect(typed.all == [.characters(Array("root\r".utf8)), .lineBreak])
        // What goes over the network shows it or not, as was agreed.
        let isShown = wire.sent.contains { $0.contains(sequence: Array("root".utf8)) }
        #expect(isShown == !isEncrypted)
        #expect(wire.clock == .zero)
    }

    @Test("a console in clear takes no encrypted packet, and the other way round")
    func protection() throws {
        var bmc = configuration()
        bmc.console = .encrypted
        #expect(try console(bmc, isEncrypted: false).responses == [.payloadOnlyEncrypted])
        bmc.console = .clear
        #expect(try console(bmc).responses == [.payloadNotEncrypted])
        bmc.console = .disabled
        #expect(try console(bmc).responses == [.payloadDisabled])
        bmc.console = nil
        #expect(try console(bmc).responses == [.invalidCommand])
        var wire = try console()
        let before = wire.session.dropped
        var forged = SessionPacket(.sol, payload: SOLPacket(sequence: 1, characters: [7]).encoded)
        forged.isAuthenticated = true
        wire.receive(.datagram(Datagram.session(forged).encoded))
        #expect(wire.shown.isEmpty && wire.session.dropped != before)
    }

    @Test("a quiet console keeps its session, and a BMC that has deactivated it is believed")
    func keepAlive() throws {
        var wire = try console(keepAlive: .seconds(20))
        for _ in 0..<20 { wire.step() }
        #expect(wire.clock >= .seconds(100))
        #expect(wire.engine.sessions.count == 1 && wire.consoleEnd == nil)
        // Another session has taken it, and the word of it was lost.
        wire.engine.console = nil
        settle(&wire) { $0.consoleEnd != nil }
        #expect(wire.consoleEnd?.kind == .console(.ended))
        wire.submit(GetChassisStatus(), identifier: 5)
        settle(&wire) { $0.responses.count == 2 }
        #expect(wire.failure == nil)
    }

    @Test("a BMC that forgets the session, or keeps silent, ends the console with the reason")
    func lost() throws {
        var wire = try console(keepAlive: .seconds(20))
        wire.engine.faults.silent = true
        settle(&wire) { $0.failure != nil }
        #expect(wire.failure?.code == "bmc.timeout")
        #expect(wire.failure?.message.contains("did not answer Get Payload Activation Status") == true)
        var typing = try console()
        typing.engine.faults.silent = true
        typing.receive(.write([1], identifier: 1))
        settle(&typing) { $0.consoleEnd != nil }
        #expect(typing.consoleEnd?.kind == .timeout(attempts: 4, seconds: 15))
        #expect(typing.effects.contains(.console(.refused(1))))
    }

    @Test("a BMC that ends the console says so, and what was written before is shown")
    func ended() throws {
        var wire = try console()
        _ = wire.chassis.control(.on)
        wire.machineWrites([1, 2, 3])
        settle(&wire) { $0.shown == [1, 2, 3] }
        wire.submit(DeactivatePayload(), identifier: 2)
        settle(&wire) { $0.responses.count == 2 }
        settle(&wire) { $0.consoleEnd != nil }
        #expect(wire.consoleEnd?.kind == .console(.ended))
        wire.receive(.write([1], identifier: 7))
        #expect(wire.effects.last == .console(.refused(7)))
    }

    @Test("a BMC that starts anew gives the console to nobody, and forgets its session")
    func reboot() throws {
        var wire = try console(keepAlive: .seconds(20))
        let typed = Recorder<SerialLine.Input>()
        wire.line.onInput { typed.add($0) }
        wire.engine.faults.rebootTime = .seconds(30)
        wire.submit(ChassisControl(.on), identifier: 2)
        settle(&wire) { $0.responses.count == 2 }
        #expect(wire.engine.console == nil && wire.engine.sessions.isEmpty)
        #expect(typed.all == [.attached(false)])
        wire.machineWrites(Array("BIOS".utf8))
        settle(&wire) { $0.failure != nil }
        #expect(wire.shown.isEmpty && wire.consoleEnd == nil)
    }

    @Test("one session has the console: a second one is refused until the first is gone")
    func oneAtATime() throws {
        var first = try console()
        var second = try Wire()
        second.engine = first.engine
        second.receive(.start)
        second.submit(ActivatePayload())
        while second.responses.isEmpty { second.step() }
        #expect(second.responses == [.payloadActive])
        second.submit(GetPayloadInstanceInfo(), identifier: 2)
        while second.responses.count < 2 { second.step() }
        first.engine = second.engine
        first.receive(.close)
        while first.effects.last != .closed { first.step() }
        second.engine = first.engine
        #expect(second.engine.console == nil)
        second.submit(ActivatePayload(), identifier: 3)
        while second.responses.count < 3 { second.step() }
        #expect(second.responses.last == .completed)
    }

    @Test("what is typed at a machine that is off is refused, and the console stays")
    func off() throws {
        var wire = try console()
        wire.receive(.write([1], identifier: 1))
        settle(&wire) { $0.effects.contains(.console(.refused(1))) }
        #expect(wire.consoleEnd == nil)
        _ = wire.chassis.control(.on)
        wire.receive(.write([2], identifier: 2))
        settle(&wire) { $0.effects.contains(.console(.written(2))) }
    }

    @Test("a machine that floods its line while nobody acknowledges costs its BMC 16 KiB, and the loss is told")
    func flood() throws {
        var wire = try console()
        _ = wire.chassis.control(.on)
        for _ in 0..<1000 { wire.engine.machineWrote([UInt8](repeating: 0x2e, count: 1000), at: wire.clock) }
        #expect((wire.engine.console?.waiting.count ?? 0) <= BMCConsole.capacity)
        wire.machineWrites([0x21])
        settle(&wire) { $0.shown.last == 0x21 }
        #expect(wire.effects.contains { if case .console(.output(_, true)) = $0 { true } else { false } })
    }

    @Test("mutated packets show nothing that the machine did not write, and type nothing")
    func mutations() throws {
        var generator = SplitMix(seed: 20_261_130)
        let text = Array("0123456789abcdef".utf8)
        for round in 0..<30 {
            var wire = try console()
            _ = wire.chassis.control(.on)
            let typed = Recorder<SerialLine.Input>()
            wire.line.onInput { typed.add($0) }
            let mutate: ([UInt8]) -> [UInt8] = { bytes in
                var bytes = bytes
                let place = 4 + Int(generator.next() % UInt64(bytes.count - 4))
                bytes[place] ^= UInt8(1 << (generator.next() % 8))
                return bytes
            }
            var extra: [[UInt8]] = []
            for _ in 0..<64 { extra.append(generator.bytes(round)) }
            wire.toClient = { count, bytes in [extra[count % extra.count], bytes] }
            wire.machineWrites(text)
            wire.receive(.write(text, identifier: 1))
            for datagram in wire.sent.suffix(3) {
                for _ in 0..<50 { _ = wire.engine.receive(mutate(datagram), at: wire.clock) }
            }
            settle(&wire) { $0.shown == text && $0.effects.contains(.console(.written(1))) }
            #expect(typed.all == [.characters(text)])
        }
    }
}

extension [UInt8] {
    func contains(sequence: [UInt8]) -> Bool {
        guard count >= sequence.count else { return false }
        return (0...(count - sequence.count)).contains { Array(self[$0..<($0 + sequence.count)]) == sequence }
    }
}
