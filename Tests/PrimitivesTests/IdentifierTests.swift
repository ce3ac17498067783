import Glibc
import Primitives
import TestSupport
import Testing

struct IdentifierTests {
    @Test(
        "identifiers have the text that Drydock's library gives the same bytes",
        arguments: [
            ("00000000000000000000000000", "00000000000000000000000000000000"),
            ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "ffffffffffffffffffffffffffffffff"),
            ("01CZTB7GN1000G40R40M30E27Z", "0167f4b3c2a1000102030405060708ff"),
        ])
    func ulidTexts(text: String, hex: String) throws {
        let bytes = try #require([UInt8](hex: hex))
        #expect(ULID(bytes: bytes)?.description == text)
        #expect(ULID(text)?.bytes == bytes)
    }

    @Test("recorded identifiers are ours too", .enabled(if: Conformance.has("drydock/goldens/misc.json")))
    func recorded() throws {
        let cases = try #require(try Conformance.json("drydock/goldens/misc.json")["ulid"]?.arrayValue)
        #expect(!cases.isEmpty)
        for identifier in cases {
            let hex = try #require(identifier["hex"]?.stringValue)
            let bytes = try #require([UInt8](hex: hex))
            #expect(ULID(bytes: bytes)?.description == identifier["text"]?.stringValue)
        }
    }

    @Test(
        "what is no identifier is refused",
        arguments: [
            "", "7ZZZZZZZZZZZZZZZZZZZZZZZZ", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01cztb7gn1000g40r40m30e27z",
            "01CZTB7GN1000G40R40M30E27I", "01CZTB7GN1000G40R40M30E27ZZ", "01CZTB7GN1000G40R40M30E27ü",
        ])
    func ulidRefused(text: String) {
        #expect(ULID(text) == nil)
    }

    @Test("the order of identifiers, and of their texts, is the order of their moments")
    func ulidOrder() throws {
        var generator = SplitMix(seed: 3)
        let moments = (0..<200).map { Timestamp(microseconds: 1_700_000_000_000_000 + $0 * 1_000_000_000) }
        let identifiers = moments.map { ULID(at: $0, using: &generator) }
        #expect(identifiers == identifiers.sorted())
        #expect(identifiers.map(\.description) == identifiers.map(\.description).sorted())
        #expect(identifiers.map(\.time) == moments)
        for identifier in identifiers { #expect(ULID(identifier.description) == identifier) }
        #expect(ULID() != ULID())
        #expect(ULID(bytes: [1, 2, 3]) == nil)
        #expect(ULID(at: Timestamp(microseconds: -5), using: &generator).time.microseconds == 0)
    }

    @Test("random UUIDs are of version 4 and read as themselves; others are refused")
    func uuid() {
        for _ in 0..<100 {
            let uuid = UUIDv4()
            #expect(UUIDv4(uuid.description) == uuid)
            #expect(UUIDv4(uuid.description.uppercased()) == uuid)
        }
        for text in [
            "", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-41d1-c0b4-00c04fd430c8",
            "6ba7b8109dad41d180b400c04fd430c8", "6ba7b810-9dad-41d1-80b4-00c04fd430cg",
            "6ba7b810-9dad-41d1-80b400c04fd430c88",
        ] { #expect(UUIDv4(text) == nil, "\(text)") }
        #expect(UUIDv4("6ba7b810-9dad-41d1-80b4-00c04fd430c8") != nil)
    }
}
