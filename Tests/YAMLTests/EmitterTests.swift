import Primitives
import Testing
import YAML

/// What PyYAML 6.0.3 writes with `safe_dump(default_flow_style=False)`.
@Suite("The emitter")
struct EmitterTests {
    @Test(
        "every value is written as PyYAML writes it",
        arguments: [
            ("null", "null\n...\n"),
            ("true", "true\n...\n"),
            ("1", "1\n...\n"),
            ("1.5", "1.5\n...\n"),
            (#""a""#, "a\n...\n"),
            ("[]", "[]\n"),
            ("{}", "{}\n"),
            ("[1, 2]", "- 1\n- 2\n"),
            (#"{"a": 1}"#, "a: 1\n"),
            (#"{"b": 1, "a": 2}"#, "a: 2\nb: 1\n"),
            (#"{"a": [1, {"b": null}]}"#, "a:\n- 1\n- b: null\n"),
            (#"{"a": {"b": {"c": []}}}"#, "a:\n  b:\n    c: []\n"),
            ("[[1, 2], [3]]", "- - 1\n  - 2\n- - 3\n"),
            (#"[{"a": 1, "b": 2}, {"c": {}}]"#, "- a: 1\n  b: 2\n- c: {}\n"),
            (#""""#, "''\n"),
            (#""true""#, "'true'\n"),
            (#""null""#, "'null'\n"),
            (#""1""#, "'1'\n"),
            (#""1.5""#, "'1.5'\n"),
            (#""0644""#, "'0644'\n"),
            (#""~""#, "'~'\n"),
            (#""yes""#, "'yes'\n"),
            (#""2001-01-01""#, "'2001-01-01'\n"),
            (#""12:30""#, "'12:30'\n"),
            (#""=""#, "'='\n"),
            (#""<<""#, "'<<'\n"),
            (#""a: b""#, "'a: b'\n"),
            (#""- a""#, "'- a'\n"),
            (#""a #b""#, "'a #b'\n"),
            ("\"#a\"", "'#a'\n"),
            (#""a\nb""#, "'a\n\n  b'\n"),
            (#""a\n""#, "'a\n\n  '\n"),
            (#""\na""#, "'\n\n  a'\n"),
            (#"" a""#, "' a'\n"),
            (#""a ""#, "'a '\n"),
            (#""it's""#, "it's\n...\n"),
            (#""say \"x\"""#, "say \"x\"\n...\n"),
            (#""\t""#, "\"\\t\"\n"),
            (#""é""#, "\"\\xE9\"\n"),
            (#""🐲""#, "\"\\U0001F432\"\n"),
            ("\"\u{2028}\"", "\"\\L\"\n"),
            (#""\u0007""#, "\"\\a\"\n"),
            (#""a:""#, "'a:'\n"),
            (#""?""#, "'?'\n"),
            (#""? a""#, "'? a'\n"),
            (#""[a""#, "'[a'\n"),
            (#""{a""#, "'{a'\n"),
            (#""*a""#, "'*a'\n"),
            (#""&a""#, "'&a'\n"),
            (#""!a""#, "'!a'\n"),
            (#""|a""#, "'|a'\n"),
            (#"">a""#, "'>a'\n"),
            (#""%a""#, "'%a'\n"),
            (#""@a""#, "'@a'\n"),
            (#""`a""#, "'`a'\n"),
            (#""a, b""#, "a, b\n...\n"),
            (#""-""#, "'-'\n"),
            (#""--- a""#, "'--- a'\n"),
            (#""...""#, "'...'\n"),
            ("1e+20", "1.0e+20\n...\n"),
            ("1e-07", "1.0e-07\n...\n"),
            ("1e+16", "1.0e+16\n...\n"),
            ("-0.5", "-0.5\n...\n"),
            ("123456789012345678901234567890", "123456789012345678901234567890\n...\n"),
            (
                #""word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word ""#,
                "'word word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word '\n"
            ),
            (
                #""xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx""#,
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n...\n"
            ),
            (
                #"{"key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key key ": 1}"#,
                "? 'key key key key key key key key key key key key key key key key key key key key\n  key key key key key key key key key key key key key key key key key key key key '\n: 1\n"
            ),
            (
                #"{"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": 1}"#,
                "? xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n: 1\n"
            ),
            (
                #"["word word word word word word word word word word word word word word word word word word word word word word word word word "]"#,
                "- 'word word word word word word word word word word word word word word word word\n  word word word word word word word word word '\n"
            ),
            (#"{"a": "l1\nl2\n\nl3"}"#, "a: 'l1\n\n  l2\n\n\n  l3'\n"),
            (#"{"a": "it's: "}"#, "a: 'it''s: '\n"),
            (#"{"": 1}"#, "? ''\n: 1\n"),
            (#"{"1": 1, "true": 2}"#, "'1': 1\n'true': 2\n"),
            (#""a  b""#, "a  b\n...\n"),
            (#""'""#, "''''\n"),
            (#""\"""#, "'\"'\n"),
            (#""\\""#, "\\\n...\n"),
            (#""a\\b""#, "a\\b\n...\n"),
            ("\"a\u{a0}b\"", "\"a\\_b\"\n"),
            ("\"\u{feff}\"", "\"\\uFEFF\"\n"),
            (
                #""x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: ""#,
                "'x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x: x:\n  x: x: x: '\n"
            ),
            (
                #"{"a": "é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é "}"#,
                "a: \"\\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9\\\n  \\ \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9\\\n  \\ \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \\xE9 \"\n"
            ),
            (#"["- - -"]"#, "- '- - -'\n"),
            (#""0x1f""#, "'0x1f'\n"),
            (#""1_000""#, "'1_000'\n"),
            (#"".inf""#, "'.inf'\n"),
            (#""1e3""#, "1e3\n...\n"),
            (#""1.0e3""#, "1.0e3\n...\n"),
            (#""on""#, "'on'\n"),
            (#""null ""#, "'null '\n"),
            (#""NULL""#, "'NULL'\n"),
            (#""a\tb""#, "\"a\\tb\"\n"),
            (#""0b1""#, "'0b1'\n"),
            (#""+1""#, "'+1'\n"),
            (#""08""#, "08\n...\n"),
        ] as [(String, String)])
    func dump(json: String, text: String) throws {
        let value = try Value(json: json)
        #expect(YAML.dump(value) == text)
        #expect(try YAML.loadOne(text) == value)
    }

    @Test(
        "keys keep their order where they are not to be sorted",
        arguments: [
            (#"{"b": 1, "a": {"d": 1, "c": 2}}"#, "b: 1\na:\n  d: 1\n  c: 2\n"),
            (#"[{"z": 1, "y": []}]"#, "- z: 1\n  y: []\n"),
        ] as [(String, String)])
    func order(json: String, text: String) throws {
        #expect(try YAML.dump(Value(json: json), sortedKeys: false) == text)
    }

    @Test(
        "documents are separated, and a scalar on its own is ended",
        arguments: [
            ("[]", ""),
            (#"[{"a": 1}]"#, "a: 1\n"),
            (#"[{"a": 1}, {"b": 2}]"#, "a: 1\n---\nb: 2\n"),
            (#"["a", "b"]"#, "a\n--- b\n...\n"),
            ("[[], {}]", "[]\n--- {}\n"),
            ("[null, null]", "null\n--- null\n...\n"),
            ("[1, [2]]", "1\n---\n- 2\n"),
            (#"["a\n", "b"]"#, "'a\n\n  '\n--- b\n...\n"),
        ] as [(String, String)])
    func stream(json: String, text: String) throws {
        #expect(try YAML.dumpAll(Value(json: json).arrayValue ?? []) == text)
    }
}
