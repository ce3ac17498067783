import Primitives
import Testing

@Suite("Percent-encoding")
struct PercentCodingTests {
    @Test("only unreserved characters stand for themselves")
    func encode() {
        #expect(PercentCoding.encode("Az09-._~") == "Az09-._~")
        #expect(PercentCoding.encode("a/b c?d=é&%") == "a%2Fb%20c%3Fd%3D%C3%A9%26%25")
        #expect(PercentCoding.encode("a/b c", keeping: "/") == "a/b%20c")
        #expect(PercentCoding.encode("") == "")
    }

    @Test("every byte comes back", arguments: [false, true])
    func roundTrip(plusIsSpace: Bool) {
        let text = String(decoding: (0...127).map { UInt8($0) }, as: UTF8.self) + "äöü😀"
        let encoded = PercentCoding.encode(text)
        #expect(PercentCoding.decode(encoded, plusIsSpace: plusIsSpace) == text)
        #expect(PercentCoding.decodeExactly(encoded, plusIsSpace: plusIsSpace) == text)
    }

    @Test(
        "a malformed escape stands for itself, or is refused",
        arguments: ["%", "%2", "a%zz", "%+1", "% 1", "%%41", "%e"])
    func malformed(text: String) {
        #expect(PercentCoding.decode(text) == text.replacing("%41", with: "A"))
        #expect(PercentCoding.decodeExactly(text) == nil)
    }

    @Test("bytes that are no UTF-8 are replaced, or refused; a plus is a blank where forms have it so")
    func bytes() {
        #expect(PercentCoding.decode("%ff") == "\u{fffd}")
        #expect(PercentCoding.decodeExactly("%ff") == nil)
        #expect(PercentCoding.decode("a+b%2B") == "a+b+")
        #expect(PercentCoding.decode("a+b%2b", plusIsSpace: true) == "a b+")
        #expect(PercentCoding.decodeExactly("a+b%2b", plusIsSpace: true) == "a b+")
    }
}
