import IPMI
import Primitives
import TestSupport
import Testing

@Suite("Serial over LAN, one end of it")
struct SOLExchangeTests {
    private func exchange(limit: Int = 8, attempts: Int = 4) -> SOLExchange {
        SOLExchange(limit: limit, retry: RetrySchedule(attempts: attempts, jitter: 0), random: Wire.source(1))
    }

    private func sent(_ effects: [SOLExchange.Effect]) -> [SOLPacket] {
        effects.compactMap { if case .send(let packet) = $0 { packet } else { nil } }
    }

    private func received(_ effects: [SOLExchange.Effect]) -> [UInt8] {
        effects.flatMap { if case .received(let characters, _) = $0 { characters } else { [] as [UInt8] } }
    }

    @Test("a packet is acknowledged with the number of its characters, and taken once however often it comes")
    func acknowledgement() {
        var console = exchange()
        let packet = SOLPacket(sequence: 3, characters: [1, 2, 3])
        let first = console.receive(packet, number: 1)
        #expect(received(first) == [1, 2, 3])
        #expect(sent(first) == [SOLPacket(acknowledged: 3, accepted: 3)])
        let again = console.receive(packet, number: 2)
        #expect(received(again).isEmpty)
        #expect(sent(again) == [SOLPacket(acknowledged: 3, accepted: 3)])
        // What a BMC has added to a packet that it sends again is new.
        let grown = console.receive(SOLPacket(sequence: 3, characters: [1, 2, 3, 4]), number: 3)
        #expect(received(grown) == [4])
        #expect(sent(grown) == [SOLPacket(acknowledged: 3, accepted: 4)])
    }

    @Test("a late copy of an earlier packet is dropped, and numbers go from 15 to 1")
    func order() {
        var console = exchange()
        for number in 1...40 as ClosedRange<UInt32> {
            let sequence = UInt8((number - 1) % 15 + 1)
            #expect(received(console.receive(SOLPacket(sequence: sequence, characters: [7]), number: number)) == [7])
        }
        #expect(console.receive(SOLPacket(sequence: 8, characters: [9]), number: 38).isEmpty)
        // A BMC that counts otherwise is understood as long as its packets come in order.
        #expect(received(console.receive(SOLPacket(sequence: 2, characters: [9]), number: 41)) == [9])
    }

    @Test("what is typed goes in one packet at a time, and is sent again until it is acknowledged")
    func retransmission() {
        var console = exchange()
        let first = console.write(Array(0..<12), identifier: 1)
        #expect(first == [.send(SOLPacket(sequence: 1, characters: Array(0..<8))), .setTimer(1, .seconds(1))])
        #expect(console.write([99], identifier: 2).isEmpty)
        let again = console.timeout(1)
        #expect(again == [.send(SOLPacket(sequence: 1, characters: Array(0..<8))), .setTimer(2, .seconds(2))])
        #expect(console.timeout(1).isEmpty)
        let next = console.receive(SOLPacket(acknowledged: 1, accepted: 8), number: 1)
        #expect(sent(next) == [SOLPacket(sequence: 2, characters: [8, 9, 10, 11, 99])])
        let last = console.receive(SOLPacket(acknowledged: 2, accepted: 5), number: 2)
        #expect(last == [.cancelTimer, .written(1), .written(2)])
        // The same acknowledgement twice.
        #expect(console.receive(SOLPacket(acknowledged: 2, accepted: 5), number: 3).isEmpty)
    }

    @Test("what is taken in part is followed by the rest, in a packet of its own")
    func partialAcceptance() {
        var console = exchange()
        _ = console.write([1, 2, 3, 4], identifier: 1)
        let rest = console.receive(SOLPacket(acknowledged: 1, accepted: 3), number: 1)
        #expect(sent(rest) == [SOLPacket(sequence: 2, characters: [4])])
        #expect(console.receive(SOLPacket(acknowledged: 2, accepted: 1), number: 2) == [.cancelTimer, .written(1)])
    }

    @Test("what is refused is offered again after a pause, and dropped where it goes on being refused")
    func rejection() {
        var console = exchange(attempts: 3)
        _ = console.write([1, 2], identifier: 1)
        let nack = SOLPacket(acknowledged: 1, accepted: 1, flags: [.nack, .transferUnavailable])
        #expect(
            console.receive(nack, number: 1) == [
                .cancelTimer, .setTimer(2, .seconds(1)), .received([], .transferUnavailable),
            ])
        #expect(console.write([3], identifier: 2).isEmpty)
        #expect(sent(console.timeout(2)) == [SOLPacket(sequence: 2, characters: [2, 3])])
        _ = console.receive(SOLPacket(acknowledged: 2, flags: .nack), number: 2)
        #expect(sent(console.timeout(4)) == [SOLPacket(sequence: 3, characters: [2, 3])])
        _ = console.receive(SOLPacket(acknowledged: 3, flags: .nack), number: 3)
        #expect(sent(console.timeout(6)) == [SOLPacket(sequence: 4, characters: [2, 3])])
        let end = console.receive(SOLPacket(acknowledged: 4, flags: .nack), number: 4)
        #expect(end == [.cancelTimer, .refused(1), .refused(2)])
        // The line goes on.
        #expect(sent(console.write([4], identifier: 3)) == [SOLPacket(sequence: 5, characters: [4])])
    }

    @Test("silence ends the exchange after as many attempts as a session has")
    func silence() {
        var console = exchange(attempts: 3)
        _ = console.write([1], identifier: 1)
        _ = console.timeout(1)
        _ = console.timeout(2)
        #expect(console.timeout(3) == [.refused(1), .silent(attempts: 3, .seconds(7))])
    }

    @Test("a break waits its turn, and goes alone")
    func lineBreak() {
        var console = exchange()
        _ = console.write([1], identifier: 1)
        #expect(console.signal(.sendBreak, identifier: 2).isEmpty)
        _ = console.write([2], identifier: 3)
        let second = console.receive(SOLPacket(acknowledged: 1, accepted: 1), number: 1)
        #expect(sent(second) == [SOLPacket(sequence: 2, flags: .sendBreak)])
        let third = console.receive(SOLPacket(acknowledged: 2), number: 2)
        #expect(sent(third) == [SOLPacket(sequence: 3, characters: [2])])
        #expect(third.contains(.written(2)))
    }

    @Test("no more than 64 KiB wait, and a packet of more than 255 characters is taken in part")
    func bounds() {
        var console = exchange()
        #expect(
            console.write([UInt8](repeating: 1, count: SOLExchange.maximumQueued + 1), identifier: 1) == [.refused(1)])
        _ = console.write([UInt8](repeating: 1, count: SOLExchange.maximumQueued), identifier: 2)
        #expect(console.write([1], identifier: 3) == [.refused(3)])
        let effects = console.receive(SOLPacket(sequence: 1, characters: [UInt8](repeating: 5, count: 300)), number: 1)
        #expect(received(effects).count == 255)
        #expect(sent(effects) == [SOLPacket(acknowledged: 1, accepted: 255, flags: .nack)])
        var buffer = ConsoleBuffer(capacity: 100)
        for byte in 0..<200 as Range<UInt8> { buffer.append([byte]) }
        let output = buffer.take()
        #expect(output.bytes.count <= 100 && output.bytes.last == 199)
        #expect(output.dropped + output.bytes.count == 200)
    }

    @Test("two ends on a wire that loses, doubles and reorders give each other every character once and in order")
    func wire() {
        for seed in 1...40 as ClosedRange<UInt64> {
            var generator = SplitMix(seed: seed)
            var ends = [exchange(limit: 5, attempts: 16), exchange(limit: 7, attempts: 16)]
            var timers: [Int?] = [nil, nil]
            var wires: [[(SOLPacket, UInt32)]] = [[], []]
            var numbers: [UInt32] = [0, 0]
            var heard: [[UInt8]] = [[], []]
            let words = [Array(0..<200) as [UInt8], Array((0..<150).reversed()) as [UInt8]]
            func perform(_ effects: [SOLExchange.Effect], at end: Int) {
                for effect in effects {
                    switch effect {
                    case .send(let packet):
                        numbers[end] += 1
                        let fate = Int.random(in: 0..<10, using: &generator)
                        let copies = fate < 2 ? 0 : fate < 4 ? 2 : 1
                        for _ in 0..<copies {
                            let place = fate > 7 ? 0 : wires[end].count
                            wires[end].insert((packet, numbers[end]), at: place)
                        }
                    case .setTimer(let number, _): timers[end] = number
                    case .cancelTimer: timers[end] = nil
                    case .received(let characters, _): heard[end] += characters
                    case .written, .refused, .silent: break
                    }
                }
            }
            for end in 0...1 {
                for (place, byte) in words[end].enumerated() {
                    perform(ends[end].write([byte], identifier: place), at: end)
                }
            }
            for _ in 0..<20_000 where heard[1] != words[0] || heard[0] != words[1] {
                let end = Int.random(in: 0...1, using: &generator)
                if !wires[end].isEmpty {
                    let (packet, number) = wires[end].removeFirst()
                    perform(ends[1 - end].receive(packet, number: number), at: 1 - end)
                } else if let number = timers[end] {
                    timers[end] = nil
                    perform(ends[end].timeout(number), at: end)
                }
            }
            #expect(heard[1] == words[0] && heard[0] == words[1], "seed \(seed)")
        }
    }
}
