import Primitives
import Testing

@testable import YAML

@Suite("How documents are written")
struct SourceNotesTests {
    private func notes(_ text: String) throws -> SourceNotes {
        try #require(try YAML.loadSources(Array(text.utf8)).first).notes
    }

    @Test(
        "a key that is written twice is noted with all its lines, in block and flow mappings, however deep",
        arguments: [
            ("a: 1\nb: 2\na: 3\n", [("a", [1, 3])]),
            ("x:\n  - k: 1\n    l: 2\n    k: 3\n    k: 4\n", [("k", [2, 4, 5])]),
            ("x: {p: 1, q: 2,\n  p: 3}\n", [("p", [1, 2])]),
            ("1: a\n1.0: b\ntrue: c\n", [("1", [1, 2, 3])]),
            ("base: &b {k: 1}\nown:\n  <<: *b\n  k: 2\n", []),
            ("base: &b {k: 1}\nown:\n  j: 0\n  <<: *b\n  k: 2\n  k: 3\n", [("k", [5, 6])]),
            ("a: {k: 1}\nb: {k: 1}\n", []),
        ])
    func repeatedKeys(text: String, expected: [(String, [Int])]) throws {
        let found = try notes(text).repeatedKeys
        #expect(found.map(\.key) == expected.map(\.0))
        #expect(found.map(\.lines) == expected.map(\.1))
    }

    @Test(
        "a scalar that is no text is noted as it is written, where it would be written otherwise",
        arguments: [
            ("on", true), ("No", false), ("0644", 420), ("0x1f", 31), ("1_000", 1000), ("52:54:00", 190_440),
            ("~", nil), ("1.10", 1.1), ("+7", 7), ("-0", 0), ("00", 0), ("True", true), ("0b1", 1),
        ] as [(String, Value)])
    func spellings(text: String, value: Value) throws {
        let found = try notes("a: 1\nkey: \(text)\n").spellings
        #expect(found == [SourceNotes.Spelling(line: 2, text: text, value: value)])
    }

    @Test(
        "what is written as it is read leaves no note, nor does a text",
        arguments: ["true", "false", "null", "420", "0", "-17", "1.5", "'on'", "\"0644\"", "word", ""])
    func usual(text: String) throws {
        #expect(try notes("key: \(text)\n").spellings.isEmpty)
    }

    @Test("a key that is no text is noted as a key")
    func keys() throws {
        #expect(
            try notes("on: 1\n").spellings
                == [SourceNotes.Spelling(line: 1, text: "on", value: true, isKey: true)])
    }

    @Test(
        "the explanation has what is written, what it is read as, and the way to write it",
        arguments: [
            ("on", true, "on without quotes is the truth value true to YAML 1.1; write 'on'"),
            ("0644", 420, "0644 without quotes is the number 420 (octal) to YAML 1.1; write '0644'"),
            ("52:54", 3174, "52:54 without quotes is the number 3174 (to base 60) to YAML 1.1; write '52:54'"),
            (nil, 644, "644 without quotes is the number 644 to YAML 1.1; write '644'"),
            ("~", nil, "~ without quotes is no value to YAML 1.1; write '~'"), (nil, "text", nil), (nil, [:], nil),
        ] as [(String?, Value, String?)])
    func explanation(text: String?, value: Value, expected: String?) {
        #expect(SourceNotes.explanation(of: text, readAs: value) == expected)
    }

    @Test("a stream has no more notes than memory allows")
    func bounded() throws {
        let text = "a: [" + String(repeating: "on, ", count: 12_000) + "on]\n"
        #expect(try notes(text).spellings.count == 10_000)
        let keys = "{" + String(repeating: "k: 1, ", count: 500) + "k: 1}\n"
        #expect(try notes(keys).repeatedKeys.first?.lines.count == 64)
    }
}
