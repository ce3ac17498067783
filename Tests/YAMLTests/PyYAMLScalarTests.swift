import Primitives
import TestSupport
import Testing
import YAML

/// What a few letters decide, read and written by PyYAML and by us.
@Suite(.enabled(if: PyYAML.isPresent))
struct PyYAMLScalarTests {
    @Test("words are the same to PyYAML and to us, whichever of their letters are capitals")
    func words() throws {
        let words = [
            "null", "true", "false", "yes", "no", "on", "off", "name", "type", "tags", "node", "nul", "yess", "o",
        ]
        var spellings: [String] = []
        for word in words {
            for capitals in 0..<1 << word.utf8.count {
                let letters = word.enumerated().map { capitals >> $0 & 1 == 1 ? $1.uppercased() : String($1) }
                spellings.append(letters.joined())
            }
        }
        let stream = spellings.map { "- [\($0)]\n" }.joined()
        let theirs = try answer(
            "import json, sys, yaml\nprint(json.dumps(yaml.load(open(sys.argv[1], 'rb'), yaml.CSafeLoader)))", stream)
        #expect(try YAML.loadOne(stream) == theirs)
    }

    @Test("keys of all lengths and kinds are written as PyYAML writes them")
    func keys() throws {
        var documents: [Value] = []
        for length in [0, 1, 2, 79, 80, 81, 121, 122, 123, 127, 128, 129, 489, 500] {
            for letter in ["a", "#", "é", "\u{1f600}", "a b", "\n", "a\nb", "\u{85}", "-", "1"] {
                let key = String(repeating: letter, count: length / letter.unicodeScalars.count)
                documents.append([key: "value", "z\(length)": [.string(key)]])
            }
        }
        documents.append(["---": "...", "--- a": "...b", "..": "--", "-": "a: b", ":": " #", "a#b": "a #b", "?": "? "])
        let stream = YAML.dumpAll(documents)
        let theirs = try answer(
            """
            import json, sys, yaml
            print(json.dumps(yaml.safe_dump_all(json.load(open(sys.argv[1])), default_flow_style=False)))
            """, Value.array(documents).json())
        #expect(theirs.stringValue == stream)
    }

    private func answer(_ script: String, _ input: String) throws -> Value {
        try withTemporaryFolder { folder in
            try FileContents.write(Array(input.utf8), to: folder + "/input")
            return try PyYAML.answer(script, argument: folder + "/input")
        }
    }
}
