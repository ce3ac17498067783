import IPMI
import Primitives
import TestSupport
import Testing

@testable import Simulator

@Suite("Hostile datagrams")
struct FuzzTests {
    /// Every datagram of a whole session, both ways.
    private func recording() throws -> (requests: [[UInt8]], answers: [[UInt8]]) {
        var answers: [[UInt8]] = []
        let box = ReplyBox()
        var wire = try Wire()
        wire.toClient = { _, bytes in
            box.add(bytes)
            return [bytes]
        }
        wire.receive(.start)
        wire.submit(GetDeviceID())
        wire.submit(SetBootOption.flags(BootFlags(device: .pxe)))
        wire.run()
        wire.receive(.close)
        wire.run()
        answers = box.answers
        return (wire.sent, answers)
    }

    private func mutate(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where !bytes.isEmpty:
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            case 2: bytes += generator.bytes(Int.random(in: 0...40, using: &generator))
            case 3 where !bytes.isEmpty:
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            default: if bytes.count > 16 { bytes[14] = UInt8.random(in: 0...255, using: &generator) }
            }
        }
        return bytes
    }

    @Test("a BMC survives mutated packets, executes none of them, and keeps few sessions")
    func server() throws {
        let (requests, _) = try recording()
        var generator = SplitMix(seed: 20_240_817)
        let chassis = SimulatedChassis(Chassis(isPoweredOn: true))
        var engine = BMCEngine(configuration: configuration(), chassis: chassis, random: Wire.source(5))
        for step in 0..<20_000 {
            let packet = mutate(requests[step % requests.count], &generator)
            for answer in engine.receive(packet, at: .milliseconds(step)) {
                #expect(throws: Never.self) { try Datagram(decoding: answer) }
            }
            #expect(engine.sessions.count <= 32)
        }
        for step in 0..<5_000 {
            let noise = generator.bytes(Int.random(in: 0...600, using: &generator))
            #expect(engine.receive(noise, at: .seconds(60) + .milliseconds(step)).isEmpty)
        }
        #expect(engine.statistics.sessionsOpened == 0)
        #expect(chassis.isPoweredOn && chassis.bootFlags == .cleared)
    }

    @Test("a BMC in the middle of a session executes no mutated packet of it")
    func openSession() throws {
        var wire = try Wire()
        wire.receive(.start)
        wire.submit(GetDeviceID())
        wire.run()
        let commands = wire.engine.statistics.commands
        var generator = SplitMix(seed: 77)
        let packets = wire.sent.suffix(2)
        for step in 0..<5_000 {
            let packet = packets[packets.startIndex + step % 2]
            let mutated = mutate(packet, &generator)
            if mutated != packet { _ = wire.engine.receive(mutated, at: .zero) }
        }
        #expect(wire.engine.statistics.commands == commands)
        wire.submit(GetChassisStatus(), identifier: 2)
        wire.run()
        #expect(wire.responses == [.completed, .completed])
    }

    @Test("a client survives mutated answers at every point of its session")
    func client() throws {
        let (_, answers) = try recording()
        var generator = SplitMix(seed: 99)
        for round in 0..<70 {
            var wire = try Wire()
            let first = round % 7
            wire.toClient = { count, bytes in
                guard count > first else { return [bytes] }
                return (0..<40).map { self.mutate(answers[($0 + count) % answers.count], &generator) }
                    + [self.mutate(bytes, &generator)] + [bytes]
            }
            wire.receive(.start)
            wire.submit(GetChassisStatus())
            wire.run()
            // A forged error can end a session being opened, nothing can alter one that is open.
            if wire.failure == nil { #expect(wire.responses == [.completed]) }
        }
    }

    @Test("every decoder refuses every truncation")
    func truncations() throws {
        let (requests, answers) = try recording()
        for bytes in requests + answers {
            for count in 0..<bytes.count {
                let part = Array(bytes.prefix(count))
                guard case .session(let packet)? = try? Datagram(decoding: part) else { continue }
                // The integrity trailer may be missing from what still decodes, and the end of what has none.
                #expect(packet.isAuthenticated || packet.sessionID == 0)
            }
        }
        let sizes = 0..<40
        for size in sizes {
            let zeros = [UInt8](repeating: 0, count: size)
            _ = try? OpenSessionRequest(decoding: zeros)
            _ = try? OpenSessionResponse(decoding: zeros)
            _ = try? RAKP1(decoding: zeros)
            _ = try? RAKP2(decoding: zeros)
            _ = try? RAKP3(decoding: zeros)
            _ = try? RAKP4(decoding: zeros)
            _ = try? GetChassisStatus.response(zeros)
            _ = try? GetBootFlags.response(zeros)
        }
    }
}
