import Primitives
import Testing
import YAML

/// What PyYAML 6.0.3 reads, each value with its type.
@Suite("Scalars")
struct ScalarTests {
    @Test(
        "null and flags are told by their spelling",
        arguments: [
            ("~", #"["null", null]"#),
            ("null", #"["null", null]"#),
            ("Null", #"["null", null]"#),
            ("NULL", #"["null", null]"#),
            ("nUll", #"["str", "nUll"]"#),
            ("", #"["null", null]"#),
            ("true", #"["bool", true]"#),
            ("True", #"["bool", true]"#),
            ("TRUE", #"["bool", true]"#),
            ("tRUE", #"["str", "tRUE"]"#),
            ("yes", #"["bool", true]"#),
            ("Yes", #"["bool", true]"#),
            ("YES", #"["bool", true]"#),
            ("no", #"["bool", false]"#),
            ("No", #"["bool", false]"#),
            ("on", #"["bool", true]"#),
            ("On", #"["bool", true]"#),
            ("off", #"["bool", false]"#),
            ("OFF", #"["bool", false]"#),
            ("y", #"["str", "y"]"#),
            ("n", #"["str", "n"]"#),
            ("Y", #"["str", "Y"]"#),
            ("N", #"["str", "N"]"#),
        ] as [(String, String)])
    func words(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "integers have bases, signs and underscores",
        arguments: [
            ("0", #"["int", "0"]"#),
            ("1", #"["int", "1"]"#),
            ("-1", #"["int", "-1"]"#),
            ("+12", #"["int", "12"]"#),
            ("1_000", #"["int", "1000"]"#),
            ("0x1F", #"["int", "31"]"#),
            ("0xff", #"["int", "255"]"#),
            ("-0x1f", #"["int", "-31"]"#),
            ("0x_1", #"["int", "1"]"#),
            ("0b101", #"["int", "5"]"#),
            ("0b1_0", #"["int", "2"]"#),
            ("-0b1", #"["int", "-1"]"#),
            ("0644", #"["int", "420"]"#),
            ("0o17", #"["str", "0o17"]"#),
            ("08", #"["str", "08"]"#),
            ("0_7", #"["int", "7"]"#),
            ("12345678901234567890", #"["int", "12345678901234567890"]"#),
            ("-9223372036854775808", #"["int", "-9223372036854775808"]"#),
            ("9223372036854775808", #"["int", "9223372036854775808"]"#),
            ("1__0", #"["int", "10"]"#),
            ("+", #"["str", "+"]"#),
            ("-", #"["seq", [["null", null]]]"#),
            ("0x", #"["str", "0x"]"#),
            ("0b", #"["str", "0b"]"#),
            ("0b2", #"["str", "0b2"]"#),
            ("_1", #"["str", "_1"]"#),
            ("1_", #"["int", "1"]"#),
            ("190:20:30", #"["int", "685230"]"#),
            ("1:0", #"["int", "60"]"#),
            ("60:1", #"["int", "3601"]"#),
            ("1:60", #"["str", "1:60"]"#),
            ("-1:30", #"["int", "-90"]"#),
            ("0:30", #"["str", "0:30"]"#),
            ("12:30:45", #"["int", "45045"]"#),
            ("9223372036854775807", #"["int", "9223372036854775807"]"#),
            ("-0", #"["int", "0"]"#),
            ("00", #"["int", "0"]"#),
            ("0b", #"["str", "0b"]"#),
            ("0xg", #"["str", "0xg"]"#),
            ("1:5:9", #"["int", "3909"]"#),
        ] as [(String, String)])
    func integers(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "floats have points, exponents with signs, and names",
        arguments: [
            ("1.5", #"["float", "1.5"]"#),
            ("-1.5", #"["float", "-1.5"]"#),
            (".5", #"["float", "0.5"]"#),
            ("-.5", #"["str", "-.5"]"#),
            ("1.", #"["float", "1.0"]"#),
            ("1e3", #"["str", "1e3"]"#),
            ("1.0e3", #"["str", "1.0e3"]"#),
            ("1.0e+3", #"["float", "1000.0"]"#),
            ("1.0E-3", #"["float", "0.001"]"#),
            ("1_0.5", #"["float", "10.5"]"#),
            (".inf", #"["float", "inf"]"#),
            ("-.inf", #"["float", "-inf"]"#),
            ("+.Inf", #"["float", "inf"]"#),
            (".INF", #"["float", "inf"]"#),
            (".nan", #"["float", "nan"]"#),
            (".NaN", #"["float", "nan"]"#),
            (".NAN", #"["float", "nan"]"#),
            ("190:20:30.15", #"["float", "685230.15"]"#),
            ("1.5e5", #"["str", "1.5e5"]"#),
            ("1e+3", #"["str", "1e+3"]"#),
            (".5e+1", #"["float", "5.0"]"#),
            (".", #"["str", "."]"#),
            ("1.2.3", #"["str", "1.2.3"]"#),
            ("-.5e-1", #"["str", "-.5e-1"]"#),
            ("0.1", #"["float", "0.1"]"#),
            ("685.230_15e+03", #"["float", "685230.15"]"#),
            (".e5", #"["str", ".e5"]"#),
            ("1:0.5", #"["float", "60.5"]"#),
            ("+.5", #"["str", "+.5"]"#),
            (".1_0", #"["float", "0.1"]"#),
            ("1.e+2", #"["float", "100.0"]"#),
        ] as [(String, String)])
    func floats(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "dates and times, with fractions and zones",
        arguments: [
            ("2001-12-14", #"["date", "2001-12-14"]"#),
            ("2001-1-4", #"["str", "2001-1-4"]"#),
            ("2001-12-14 21:59:43", #"["datetime", "2001-12-14 21:59:43"]"#),
            ("2001-12-14t21:59:43.10-05:00", #"["datetime", "2001-12-14 21:59:43.100000-05:00"]"#),
            ("2001-12-14 21:59:43.1 -5", #"["datetime", "2001-12-14 21:59:43.100000-05:00"]"#),
            ("2001-12-15T02:59:43.1Z", #"["datetime", "2001-12-15 02:59:43.100000+00:00"]"#),
            ("2001-12-14 21:59:43.123456789", #"["datetime", "2001-12-14 21:59:43.123456"]"#),
            ("2001-12-14  21:59:43 +5:30", #"["datetime", "2001-12-14 21:59:43+05:30"]"#),
            ("2001-1-4 1:02:03", #"["datetime", "2001-01-04 01:02:03"]"#),
            ("2001-12-14T21:59", #"["str", "2001-12-14T21:59"]"#),
            ("2001-12", #"["str", "2001-12"]"#),
            ("12-14-2001", #"["str", "12-14-2001"]"#),
            ("2001-12-14 21:59:43 Z", #"["datetime", "2001-12-14 21:59:43+00:00"]"#),
            ("2001-12-14 21:59:43.", #"["datetime", "2001-12-14 21:59:43"]"#),
        ] as [(String, String)])
    func timestamps(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "the signs of merging and of a value mean nothing alone but as keys",
        arguments: [
            (#""<<""#, #"["str", "<<"]"#),
            (#"a: "<<""#, #"["map", [[["str", "a"], ["str", "<<"]]]]"#),
            (#""=""#, #"["str", "="]"#),
            ("{=: 1}", #"["map", [[["str", "="], ["int", "1"]]]]"#),
            ("{a: {=: 1}}", #"["map", [[["str", "a"], ["map", [[["str", "="], ["int", "1"]]]]]]]"#),
        ] as [(String, String)])
    func merges(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "plain, quoted and folded texts",
        arguments: [
            ("a b", #"["str", "a b"]"#),
            ("a  b\n c", #"["str", "a  b c"]"#),
            ("a\n\n b", #"["str", "a\nb"]"#),
            ("'it''s'", #"["str", "it's"]"#),
            (#""a\tb\u00e9\x41\n\\ \"q\"""#, #"["str", "a\tbéA\n\\ \"q\""]"#),
            ("\"a\\\n  b\"", #"["str", "ab"]"#),
            ("\"a\n\n  b\"", #"["str", "a\nb"]"#),
            ("'a\n  b'", #"["str", "a b"]"#),
            ("|\n a\n  b\n c\n", #"["str", "a\n b\nc\n"]"#),
            ("|-\n a\n", #"["str", "a"]"#),
            ("|+\n a\n\n", #"["str", "a\n\n"]"#),
            (">\n a\n b\n\n c\n", #"["str", "a b\nc\n"]"#),
            (">-\n a\n  b\n c\n", #"["str", "a\n b\nc"]"#),
            (">+\n a\n\n", #"["str", "a\n\n"]"#),
            ("|2\n   a\n  b\n", #"["str", " a\nb\n"]"#),
            ("a#b", #"["str", "a#b"]"#),
            ("a: b # c", #"["map", [[["str", "a"], ["str", "b"]]]]"#),
            ("- a#", #"["seq", [["str", "a#"]]]"#),
            (#""\0\a\b\e\_\N\L\P""#, "[\"str\", \"\\u0000\\u0007\\b\\u001b\u{a0}\u{85}\u{2028}\u{2029}\"]"),
            ("a:b", #"["str", "a:b"]"#),
            ("http://x/", #"["str", "http://x/"]"#),
            (#""\U0001F432""#, #"["str", "🐲"]"#),
            ("a@", #"["str", "a@"]"#),
            ("a, b", #"["str", "a, b"]"#),
            ("- - a", #"["seq", [["seq", [["str", "a"]]]]]"#),
            ("? a", #"["map", [[["str", "a"], ["null", null]]]]"#),
            (#""a\/b""#, #"["str", "a/b"]"#),
        ] as [(String, String)])
    func plain(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    private func described(_ text: String) throws -> String {
        (try YAML.loadNodes(Array(text.utf8)).first ?? .null).described
    }
}

/// What PyYAML 6.0.3 reads, each value with its type.
@Suite("Collections")
struct CollectionTests {
    @Test(
        "block collections",
        arguments: [
            (
                "a: 1\nb: [x]\nc:\n  d: e\n",
                #"["map", [[["str", "a"], ["int", "1"]], [["str", "b"], ["seq", [["str", "x"]]]], [["str", "c"], ["map", [[["str", "d"], ["str", "e"]]]]]]]"#
            ),
            (
                "- a\n- - b\n  - c\n-\n- d: 1\n  e: 2\n",
                #"["seq", [["str", "a"], ["seq", [["str", "b"], ["str", "c"]]], ["null", null], ["map", [[["str", "d"], ["int", "1"]], [["str", "e"], ["int", "2"]]]]]]"#
            ),
            (
                "a:\n- 1\n- 2\nb:\n  - 3\n",
                #"["map", [[["str", "a"], ["seq", [["int", "1"], ["int", "2"]]]], [["str", "b"], ["seq", [["int", "3"]]]]]]"#
            ),
            ("? a\n: b\n? c\n", #"["map", [[["str", "a"], ["str", "b"]], [["str", "c"], ["null", null]]]]"#),
            ("a: |\n  x\nb: >-\n  y\n", #"["map", [[["str", "a"], ["str", "x\n"]], [["str", "b"], ["str", "y"]]]]"#),
            ("- ? a\n  : b\n", #"["seq", [["map", [[["str", "a"], ["str", "b"]]]]]]"#),
            ("a:\nb:\n", #"["map", [[["str", "a"], ["null", null]], [["str", "b"], ["null", null]]]]"#),
            (
                "1: a\ntrue: b\n~: c\n1.5: d\n2001-01-01: e\n",
                #"["map", [[["int", "1"], ["str", "b"]], [["null", null], ["str", "c"]], [["float", "1.5"], ["str", "d"]], [["date", "2001-01-01"], ["str", "e"]]]]"#
            ),
            ("\"a b\": c\n'd': e\n", #"["map", [[["str", "a b"], ["str", "c"]], [["str", "d"], ["str", "e"]]]]"#),
            ("a: b\na: c\n", #"["map", [[["str", "a"], ["str", "c"]]]]"#),
            ("-\n  a: 1\n", #"["seq", [["map", [[["str", "a"], ["int", "1"]]]]]]"#),
            ("a: 1 # c\n# d\nb: 2\n", #"["map", [[["str", "a"], ["int", "1"]], [["str", "b"], ["int", "2"]]]]"#),
        ] as [(String, String)])
    func block(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "flow collections",
        arguments: [
            ("[]", #"["seq", []]"#),
            ("{}", #"["map", []]"#),
            ("[a, b,]", #"["seq", [["str", "a"], ["str", "b"]]]"#),
            (
                "{a: 1, b: [c, {d: e}]}",
                #"["map", [[["str", "a"], ["int", "1"]], [["str", "b"], ["seq", [["str", "c"], ["map", [[["str", "d"], ["str", "e"]]]]]]]]]"#
            ),
            ("{a, b: }", #"["map", [[["str", "a"], ["null", null]], [["str", "b"], ["null", null]]]]"#),
            ("[a: 1, b]", #"["seq", [["map", [[["str", "a"], ["int", "1"]]]], ["str", "b"]]]"#),
            (#"{"a":1}"#, #"["map", [[["str", "a"], ["int", "1"]]]]"#),
            ("[? a : b]", #"["seq", [["map", [[["str", "a"], ["str", "b"]]]]]]"#),
            ("[[], {}]", #"["seq", [["seq", []], ["map", []]]]"#),
            ("{a: [\n 1,\n 2]}", #"["map", [[["str", "a"], ["seq", [["int", "1"], ["int", "2"]]]]]]"#),
            (#"[a b, "c, d"]"#, #"["seq", [["str", "a b"], ["str", "c, d"]]]"#),
            ("{a: }", #"["map", [[["str", "a"], ["null", null]]]]"#),
            ("[a, b]", #"["seq", [["str", "a"], ["str", "b"]]]"#),
        ] as [(String, String)])
    func flow(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "anchors, aliases and merge keys",
        arguments: [
            ("a: &x 1\nb: *x\n", #"["map", [[["str", "a"], ["int", "1"]], [["str", "b"], ["int", "1"]]]]"#),
            (
                "a: &x [1]\nb: [*x, *x]\n",
                #"["map", [[["str", "a"], ["seq", [["int", "1"]]]], [["str", "b"], ["seq", [["seq", [["int", "1"]]], ["seq", [["int", "1"]]]]]]]]"#
            ),
            ("&a a: 1\nb: *a\n", #"["map", [[["str", "a"], ["int", "1"]], [["str", "b"], ["str", "a"]]]]"#),
            (
                "a: &m {x: 1, y: 2}\nb: {<<: *m, y: 3}\n",
                #"["map", [[["str", "a"], ["map", [[["str", "x"], ["int", "1"]], [["str", "y"], ["int", "2"]]]]], [["str", "b"], ["map", [[["str", "x"], ["int", "1"]], [["str", "y"], ["int", "3"]]]]]]]"#
            ),
            (
                "a: &m {x: 1}\nb: &n {y: 2, x: 5}\nc: {<<: [*m, *n], z: 1}\n",
                #"["map", [[["str", "a"], ["map", [[["str", "x"], ["int", "1"]]]]], [["str", "b"], ["map", [[["str", "y"], ["int", "2"]], [["str", "x"], ["int", "5"]]]]], [["str", "c"], ["map", [[["str", "y"], ["int", "2"]], [["str", "x"], ["int", "1"]], [["str", "z"], ["int", "1"]]]]]]]"#
            ),
            (
                "b: {y: 3, <<: {x: 1, y: 2}}\n",
                #"["map", [[["str", "b"], ["map", [[["str", "x"], ["int", "1"]], [["str", "y"], ["int", "3"]]]]]]]"#
            ),
            (
                "- &a x\n- &b y\n- [*a, *b]\n",
                #"["seq", [["str", "x"], ["str", "y"], ["seq", [["str", "x"], ["str", "y"]]]]]"#
            ),
            ("a: {<<: {}}\n", #"["map", [[["str", "a"], ["map", []]]]]"#),
            ("&x {a: 1}\n", #"["map", [[["str", "a"], ["int", "1"]]]]"#),
            ("&x a\n", #"["str", "a"]"#),
            ("- &e\n- *e\n", #"["seq", [["null", null], ["null", null]]]"#),
        ] as [(String, String)])
    func aliases(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "tags",
        arguments: [
            ("!!str 12", #"["str", "12"]"#),
            (#"!!int "12""#, #"["int", "12"]"#),
            ("!!float 1", #"["float", "1.0"]"#),
            ("!!bool yes", #"["bool", true]"#),
            (#"!!null """#, #"["null", null]"#),
            ("!!binary aGVsbG8=", #"["bytes", "b'hello'"]"#),
            ("!!binary |\n  aGVs\n  bG8=\n", #"["bytes", "b'hello'"]"#),
            (#"!!timestamp "2001-01-01""#, #"["date", "2001-01-01"]"#),
            ("!!seq [a]", #"["seq", [["str", "a"]]]"#),
            ("!!map {a: b}", #"["map", [[["str", "a"], ["str", "b"]]]]"#),
            ("!!omap [a: 1, b: 2]", #"["seq", [["tuple", "('a', 1)"], ["tuple", "('b', 2)"]]]"#),
            ("!!pairs [a: 1, a: 2]", #"["seq", [["tuple", "('a', 1)"], ["tuple", "('a', 2)"]]]"#),
            ("!!set {a, b}", #"["set", "{'a', 'b'}"]"#),
            ("! 12", #"["int", "12"]"#),
            ("! [a]", #"["seq", [["str", "a"]]]"#),
            ("!!str true", #"["str", "true"]"#),
            ("%TAG !y! tag:yaml.org,2002:\n---\n!y!str 1", #"["str", "1"]"#),
            ("!<tag:yaml.org,2002:str> 1", #"["str", "1"]"#),
            ("!!set {}", #"["set", "{}"]"#),
            ("!!int 0x10", #"["int", "16"]"#),
            (#"!!float "1_0.5""#, #"["float", "10.5"]"#),
            ("!!omap []", #"["seq", []]"#),
            (#"!!bool "On""#, #"["bool", true]"#),
            (#"!!int "1:30""#, #"["int", "90"]"#),
            ("!!float 12", #"["float", "12.0"]"#),
            ("!!str", #"["str", ""]"#),
            (#"!!binary """#, #"["bytes", "b''"]"#),
        ] as [(String, String)])
    func tags(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    @Test(
        "documents and directives",
        arguments: [
            ("--- a", #"["str", "a"]"#),
            ("a\n...", #"["str", "a"]"#),
            ("%YAML 1.1\n---\na: 1", #"["map", [[["str", "a"], ["int", "1"]]]]"#),
            ("--- |\n a\n", #"["str", "a\n"]"#),
            ("# only a comment", #"["null", null]"#),
            ("---", #"["null", null]"#),
            ("--- # c\na: b", #"["map", [[["str", "a"], ["str", "b"]]]]"#),
            ("--- >\n a\n b\n", #"["str", "a b\n"]"#),
            ("%YAML 1.2\n--- a\n", #"["str", "a"]"#),
        ] as [(String, String)])
    func streams(text: String, value: String) throws {
        #expect(try described(text) == Value(json: value).json())
    }

    private func described(_ text: String) throws -> String {
        (try YAML.loadNodes(Array(text.utf8)).first ?? .null).described
    }

    @Test(
        "what PyYAML cannot read is an error at its line and column",
        arguments: [
            ("a: b: c\n", 1, 5),
            ("a: [\n", 2, 1),
            ("a: ]\n", 1, 4),
            ("{a: b\n", 2, 1),
            ("[a, b\n", 2, 1),
            ("a: *x\n", 1, 4),
            ("a: \"b\n", 2, 1),
            ("a: 'b\n", 2, 1),
            ("a:\n\tb: c\n", 2, 1),
            ("a: b\n c\nd: e\n f: g\n", 4, 3),
            ("- a\nb: c\n", 2, 1),
            ("a: @b\n", 1, 4),
            ("a: `b\n", 1, 4),
            ("a: %b\n", 1, 4),
            ("\"\\q\"\n", 1, 2),
            ("\"\\xZZ\"\n", 1, 4),
            ("a: &x &y b\n", 1, 7),
            ("%YAML 3.0\n---\na\n", 1, 1),
            ("%YAML a\n---\na\n", 1, 7),
            ("a: !<x\n", 1, 7),
            ("a: !x!y b\n", 1, 4),
            ("? [a]\n: b\n", 1, 3),
            ("{[a]: b}\n", 1, 2),
            ("{{a: b}: c}\n", 1, 2),
            ("a: !!nosuch b\n", 1, 4),
            ("a: !foo b\n", 1, 4),
            ("!!map [a]\n", 1, 1),
            ("!!seq {a: b}\n", 1, 1),
            ("!!str [a]\n", 1, 1),
            ("!!omap {a: b}\n", 1, 1),
            ("!!set [a]\n", 1, 1),
            ("<<: 1\n", 1, 5),
            ("{<<: a}\n", 1, 6),
            ("|x\n a\n", 1, 2),
            ("|0\n a\n", 1, 2),
            ("- a\n-b: [\n", 2, 1),
            ("&\n", 1, 2),
            ("*\n", 1, 2),
            ("a: |\n b\nc\n", 4, 1),
            ("[a]]\n", 1, 4),
            ("...\na: }\n", 1, 1),
            ("!!binary \"a\"\n", 1, 1),
            ("key: [a, b\nc: d\n", 2, 2),
            ("- &a [*b]\n", 1, 7),
            (": a\n- b\n", 1, 1),
        ] as [(String, Int, Int)])
    func errors(text: String, line: Int, column: Int) {
        let error = #expect(throws: YAMLError.self) { try YAML.loadNodes(Array(text.utf8)) }
        #expect(error.map { [$0.line, $0.column] } == [line, column], "\(error?.message ?? "")")
    }
}
