import Archive
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
