import Archive
import TestSupport
import Testing

struct GzipTests {
    @Test("what was compressed is read back, at every level and size", arguments: [-1, 0, 1, 6, 9])
    func roundTrip(level: Int) throws {
        for count in [0, 1, 100, 65_536, 300_001] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
            let compressed = try Gzip.compress(bytes, level: level)
            #expect(compressed.prefix(3) == [0x1f, 0x8b, 8])
            #expect(try Gzip.decompress(compressed, limit: count) == bytes)
        }
    }

    @Test("what cannot be made smaller hardly grows, and what follows it is made smaller", arguments: [1, 9])
    func dense(level: Int) throws {
        var generator = SplitMix(seed: 1)
        let random = (0..<300_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let stored = try Gzip.compress(random, level: level)
        #expect(stored.count < random.count + 100)
        #expect(try Gzip.decompress(stored, limit: random.count) == random)
        let text = Array(String(repeating: "a boot action writes a file\n", count: 10_000).utf8)
        for mixed in [random + text, text + random, text + random + text] {
            let compressed = try Gzip.compress(mixed, level: level)
            #expect(compressed.count < random.count + mixed.count / 20)
            #expect(try Gzip.decompress(compressed, limit: mixed.count) == mixed)
        }
    }

    @Test("no more than the limit comes out of a stream made to explode")
    func bomb() throws {
        let bomb = try Gzip.compress([UInt8](repeating: 0, count: 50_000_000))
        #expect(bomb.count < 60_000)
        #expect(throws: ArchiveError.tooLarge(limit: 1000)) { try Gzip.decompress(bomb, limit: 1000) }
    }

    @Test("a stream cut short anywhere, damaged, or followed by more is refused")
    func damaged() throws {
        let compressed = try Gzip.compress(Array("boot action".utf8))
        for length in compressed.indices {
            #expect(throws: ArchiveError.self) { try Gzip.decompress(Array(compressed[..<length]), limit: 100) }
        }
        for index in compressed.indices where index == 0 || index >= compressed.count - 8 {
            var changed = compressed
            changed[index] ^= 1
            #expect(throws: ArchiveError.self) { try Gzip.decompress(changed, limit: 100) }
        }
        #expect(throws: ArchiveError.self) { try Gzip.decompress(compressed + [0], limit: 100) }
        #expect(throws: ArchiveError.self) { try Gzip.compress([], level: 10) }
    }
}
