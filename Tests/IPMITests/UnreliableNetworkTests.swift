import Primitives
import Simulator
import TestSupport
import Testing

@testable import IPMI

/// What a network does to the datagrams between a client and a BMC.
struct UnreliableNetwork: Sendable, CustomTestStringConvertible {
    let name: String
    /// The share of datagrams that are lost, each way.
    var loss = 0.0
    /// How often each datagram arrives, each way.
    var copies = 1
    /// How long an answer is on its way.
    var delay = Duration.zero
    /// By how much the answers of odd number are later than that.
    var oddDelay = Duration.zero
    /// How many sessions it takes at most: the driver opens another one fifteen seconds after one that has failed.
    var sessions = 1
    /// In seconds, without the fifteen between sessions: until the machine is on and will boot from the network, both read back.
    let seconds: Double
    /// How many datagrams the client sends at most in a session.
    let datagrams: Int

    var testDescription: String { name }

    /// The rows of the table in `docs/testing.md`.
    static let all = [
        UnreliableNetwork(name: "without a fault", seconds: 0, datagrams: 9),
        UnreliableNetwork(name: "5 % lost each way", loss: 0.05, seconds: 6, datagrams: 17),
        UnreliableNetwork(name: "20 % lost each way", loss: 0.2, sessions: 2, seconds: 42, datagrams: 45),
        UnreliableNetwork(name: "answers 500 ms late", delay: .milliseconds(500), seconds: 4.5, datagrams: 9),
        UnreliableNetwork(name: "answers 1,500 ms late", delay: .milliseconds(1500), seconds: 16.5, datagrams: 18),
        UnreliableNetwork(name: "each datagram three times", copies: 3, seconds: 0, datagrams: 9),
        UnreliableNetwork(
            name: "every other answer after the next one", oddDelay: .milliseconds(1200), seconds: 9.2, datagrams: 18),
        UnreliableNetwork(
            name: "20 % lost, three times, out of order, 500 ms late", loss: 0.2, copies: 3, delay: .milliseconds(500),
            oddDelay: .milliseconds(1200), seconds: 15, datagrams: 21),
    ]

    /// A client and a BMC with this between them.
    func wire(_ seed: UInt64) throws -> Wire {
        var wire = try Wire()
        var random = SplitMix(seed: seed)
        let pass = { (bytes: [UInt8]) in
            (0..<copies).compactMap { _ in Double.random(in: 0..<1, using: &random) < loss ? nil : bytes }
        }
        wire.toBMC = { pass($1) }
        wire.toClient = { pass($1) }
        wire.delay = { delay + ($0.isMultiple(of: 2) ? .zero : oddDelay) }
        return wire
    }
}

@Suite("Networks that lose, repeat, delay and mix up datagrams")
struct UnreliableNetworkTests {
    @Test("a machine is switched on and told its boot device in bounded time", arguments: UnreliableNetwork.all)
    func table(network: UnreliableNetwork) throws {
        var worst = (sessions: 0, seconds: 0.0, datagrams: 0)
        for seed in UInt64(1)...200 {
            var sessions = 0
            var seconds = 0.0
            while sessions < 5 {
                sessions += 1
                var wire = try network.wire(seed * 5 + UInt64(sessions))
                wire.receive(.start)
                wire.submit(ChassisControl(.on), identifier: 1)
                wire.submit(GetChassisStatus(), identifier: 2)
                wire.submit(
                    SetBootOption.flags(BootFlags(device: .pxe, isPersistent: false, isEFI: true)), identifier: 3)
                wire.submit(GetBootFlags(), identifier: 4)
                wire.run()
                seconds += Double(wire.clock.components.seconds) + Double(wire.clock.components.attoseconds) / 1e18
                worst.datagrams = max(worst.datagrams, wire.sent.count)
                guard let error = wire.failure else {
                    #expect(wire.responses == [.completed, .completed, .completed, .completed])
                    #expect(wire.chassis.isPoweredOn && wire.chassis.bootFlags.device == .pxe)
                    break
                }
                // Only what another session may mend.
                #expect(error.category == .transient, "\(error)")
            }
            worst.sessions = max(worst.sessions, sessions)
            worst.seconds = max(worst.seconds, seconds)
        }
        #expect(worst.sessions == network.sessions)
        #expect(worst.seconds <= network.seconds, "\(worst)")
        #expect(worst.datagrams <= network.datagrams, "\(worst)")
    }

    /// As a sweep has it.
    private func hasty(_ network: UnreliableNetwork, _ seed: UInt64) throws -> Wire {
        var wire = try Wire(
            retry: RetrySchedule(firstTimeout: .milliseconds(125), attempts: 5, jitter: 0),
            retryOnceHeard: RetrySchedule(firstTimeout: .milliseconds(250), attempts: 16, jitter: 0))
        let given = try network.wire(seed)
        (wire.toBMC, wire.toClient, wire.delay) = (given.toBMC, given.toClient, given.delay)
        wire.receive(.start)
        wire.submit(GetChassisStatus())
        wire.run()
        return wire
    }

    @Test(
        "a client in a hurry gives up only who was never heard, however late the others answer",
        arguments: [300, 500, 1000, 1500])
    func late(milliseconds: Int) throws {
        let network = UnreliableNetwork(name: "late", delay: .milliseconds(milliseconds), seconds: 0, datagrams: 0)
        let wire = try hasty(network, 1)
        #expect(wire.failure == nil && wire.responses == [.completed], "\(String(describing: wire.failure))")
        #expect(wire.clock < .seconds(20), "\(wire.clock)")
        var faults = BMCFaults()
        faults.silent = true
        var silent = try Wire(
            faults: faults, retry: RetrySchedule(firstTimeout: .milliseconds(125), attempts: 5, jitter: 0),
            retryOnceHeard: RetrySchedule(attempts: 16))
        silent.receive(.start)
        silent.run()
        #expect(silent.failure?.circumstance == nil && silent.clock == .milliseconds(3875))
    }

    @Test("a client in a hurry gets through where every fifth datagram is lost, once it was answered")
    func lossy() throws {
        let network = UnreliableNetwork(
            name: "20 % lost each way", loss: 0.2, delay: .milliseconds(50), seconds: 0, datagrams: 0)
        for seed in UInt64(1)...200 {
            let wire = try hasty(network, seed)
            guard let error = wire.failure else {
                #expect(wire.responses == [.completed])
                continue
            }
            #expect(error.circumstance == nil && error.message.contains("the search for its capabilities"), "\(error)")
        }
    }

    @Test("datagrams of 64 KiB, floods, and answers for another's session change nothing, and are counted")
    func hostile() throws {
        var wire = try Wire()
        var random = SplitMix(seed: 20_261_201)
        wire.toClient = { _, bytes in
            var others = bytes
            // The session's identifier, behind four bytes of RMCP and two of the session.
            if bytes.count > 10 { for place in 6..<10 { others[place] ^= 0x5a } }
            let garbage = (0..<100).map { _ in random.bytes(40) }
            return [random.bytes(65_507), bytes + [UInt8](repeating: 0, count: 65_507 - bytes.count), others] + garbage
                + [bytes]
        }
        wire.receive(.start)
        for identifier in 1...20 { wire.submit(GetChassisStatus(), identifier: identifier) }
        var steps = 0
        while wire.step() { steps += 1 }
        #expect(wire.failure == nil && wire.responses == [CompletionCode](repeating: .completed, count: 20))
        #expect(wire.clock == .zero && wire.sent.count == 25)
        #expect(steps == 25 * 104)
        #expect(wire.session.allDropped.byReason.values.reduce(0, +) > 2000)
    }

    @Test("a serial console takes no more than 255 characters of a packet, whatever its BMC sends")
    func longPackets() {
        var exchange = SOLExchange(limit: 255, retry: RetrySchedule(), random: Wire.source(1))
        var shown = 0
        for number in UInt32(1)...1000 {
            let sequence = UInt8((number - 1) % 15 + 1)
            let effects = exchange.receive(
                SOLPacket(sequence: sequence, characters: [UInt8](repeating: 0x2e, count: 65_000)), number: number)
            for case .received(let characters, _) in effects { shown += characters.count }
            for case .send(let packet) in effects { #expect(packet.accepted == 255 && packet.flags.contains(.nack)) }
        }
        #expect(shown == 255_000)
    }
}
