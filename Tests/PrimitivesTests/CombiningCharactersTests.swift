import Primitives
import Testing

@Suite("Runs of combining characters") struct CombiningCharactersTests {
    private static func marks(_ count: Int, _ marks: String = "\u{316}\u{301}") -> String {
        let scalars = Array(marks.unicodeScalars)
        return String(String.UnicodeScalarView((0..<count).map { scalars[$0 % scalars.count] }))
    }

    @Test("256 in a row are taken, 257 are not, wherever in a text they stand")
    func limit() {
        for before in ["", "a", String(repeating: "x", count: 700), String(repeating: "東", count: 400)] {
            for after in ["", "a", String(repeating: "é", count: 300)] {
                #expect(!CombiningCharacters.exceedLimit(before + Self.marks(256) + after))
                #expect(CombiningCharacters.exceedLimit(before + Self.marks(257) + after))
                let parted = before + Self.marks(256) + "e" + Self.marks(256) + "東" + Self.marks(200) + after
                #expect(!CombiningCharacters.exceedLimit(parted))
            }
        }
        #expect(CombiningCharacters.exceedLimit(Self.marks(300, "\u{1d165}\u{1d16e}")))
        #expect(CombiningCharacters.exceedLimit(Self.marks(300, "\u{f73}\u{f71}")), "made of combining characters")
        for text in ["東京", "é", "👩‍🚒", "नमस्ते", "x"] {
            #expect(!CombiningCharacters.exceedLimit(String(repeating: text, count: 5000)))
        }
    }

    @Test("JSON with a longer run is refused, as a text, as a key and in escapes")
    func json() throws {
        let long = Self.marks(16_000)
        let escaped = String(repeating: "\\u0316\\u0301", count: 8000)
        for text in [long, escaped] {
            for body in ["\"\(text)\"", "{\"\(text)\": 1}", "[1, {\"a\": \"\(text)\"}]"] {
                let error = #expect(throws: JSONSyntaxError.self) { try Value(json: body) }
                #expect(error?.message == "More than 256 combining characters in a row")
            }
        }
        #expect(try Value(json: "\"a\(Self.marks(256))\"").stringValue?.unicodeScalars.count == 257)
    }
}
