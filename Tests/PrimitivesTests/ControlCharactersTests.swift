import Primitives
import Testing

@Suite("Control characters") struct ControlCharactersTests {
    @Test("what commands a terminal, forges a line or turns text around is written as digits")
    func escapes() {
        for (text, expected) in [
            ("\u{1b}]0;title\u{7}", "\\u001b]0;title\\u0007"), ("a\rb", "a\\u000db"), ("a\u{7f}b", "a\\u007fb"),
            ("a\u{9b}2J", "a\\u009b2J"), ("a\u{202e}b", "a\\u202eb"), ("a\u{2066}b", "a\\u2066b"),
            ("a\u{2028}b\u{2029}", "a\\u2028b\\u2029"), ("a\u{200f}\u{61c}", "a\\u200f\\u061c"), ("\0", "\\u0000"),
            ("a\nb", "a\\nb"), ("a\tb", "a\\u0009b"), ("grüße, 東京 👩‍🚒", "grüße, 東京 👩‍🚒"), ("", ""),
        ] {
            #expect(ControlCharacters.escaped(text, keepsLines: false) == expected)
        }
        #expect(ControlCharacters.escaped("a\n\tb\r", keepsLines: true) == "a\n\tb\\u000d")
    }

    @Test("nothing that is escaped is left in the result, and escaping again changes nothing")
    func everyScalar() {
        for value in UInt32(0)...0xffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let escaped = ControlCharacters.escaped("x\(Character(scalar))y", keepsLines: false)
            #expect(!escaped.unicodeScalars.contains(where: ControlCharacters.contains))
            #expect(ControlCharacters.escaped(escaped, keepsLines: false) == escaped)
        }
    }
}
