import Primitives
import Testing

@Suite("Base64")
struct Base64Tests {
    @Test("what is not of the alphabet is skipped, and the padding is required")
    func decode() {
        #expect(Base64.decode(Array("aGVs\n bG8=".utf8)) == Array("hello".utf8))
        #expect(Base64.decode(Array("aGVsbG8=garbage".utf8)) == Array("hello".utf8))
        #expect(Base64.decode(Array("aGVsbG8".utf8)) == nil)
        #expect(Base64.decode(Array("a".utf8)) == nil)
        #expect(Base64.decode(Array("aGVsbG8=aGVsbG8=".utf8)) == Array("hello".utf8))
        // A digit after padding that did not complete the group takes the padding's place.
        #expect(Base64.decode(Array("aG=Vs".utf8)) == Array("hel".utf8))
        #expect(Base64.decode(Array("".utf8)) == [])
        for count in 0..<20 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 5) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        #expect(String(decoding: Base64.encode(Array("hello".utf8)), as: UTF8.self) == "aGVsbG8=")
    }
}
