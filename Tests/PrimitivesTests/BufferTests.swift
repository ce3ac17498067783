import Primitives
import Testing

struct BufferTests {
    @Test("bytes are kept in their order, however little room there was", arguments: [1, 7, 4096])
    func writer(capacity: Int) {
        var writer = ByteWriter(capacity: capacity)
        #expect(writer.bytes == [])
        var expected: [UInt8] = []
        for round in 0..<100 {
            writer.append(UInt8(round))
            writer.append("static")
            writer.append("é of \(round)")
            writer.append(repeating: 0x20, count: round % 5)
            expected += [UInt8(round)] + "staticé of \(round)".utf8 + [UInt8](repeating: 0x20, count: round % 5)
            expected.withUnsafeBufferPointer { writer.append($0) }
            expected += expected
            guard expected.count < 1 << 20 else { break }
        }
        #expect(writer.bytes == expected)
    }

    @Test("the topmost are taken in their order, and the others stay")
    func stack() {
        final class Token {}
        weak var left: Token?
        weak var taken: Token?
        do {
            var stack = MovingStack<Token>(capacity: 1)
            for _ in 0..<100 { stack.append(Token()) }
            let lowest = Token()
            let highest = Token()
            (left, taken) = (lowest, highest)
            stack.append(lowest)
            stack.append(highest)
            #expect(stack.takeLast(1).map(ObjectIdentifier.init) == [ObjectIdentifier(highest)])
            stack.append(highest)
            var pairs: [(Token, Token)] = []
            stack.takeLastPairs(1) { pairs.append(($0, $1)) }
            #expect(pairs.count == 1 && pairs[0].0 === lowest && pairs[0].1 === highest)
            stack.append(lowest)
            #expect(stack.count == 101)
        }
        #expect(left == nil && taken == nil)
    }
}
