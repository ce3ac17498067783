import OrderedCollections
import Primitives
import Testing

@Suite("Values as Python writes them")
struct PythonReprTests {
    @Test(
        "a text is quoted as Python's repr quotes it",
        arguments: [
            ("a", "'a'"), ("it's", "\"it's\""), ("say \"x\"", "'say \"x\"'"), ("it's \"x\"", "'it\\'s \"x\"'"),
            ("a\\b", "'a\\\\b'"), ("\n\r\t\u{0}\u{1f}\u{7f}", "'\\n\\r\\t\\x00\\x1f\\x7f'"), ("é中🐲", "'é中🐲'"),
            ("\u{a0}\u{ad}", "'\\xa0\\xad'"), ("\u{200b}\u{2028}\u{e000}", "'\\u200b\\u2028\\ue000'"),
            ("\u{10ffff}", "'\\U0010ffff'"),
        ])
    func texts(text: String, repr: String) {
        #expect(text.pythonRepr == repr)
    }

    @Test(
        "a float has Python's digits and exponents",
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (1e15, "1000000000000000.0"),
            (9_007_199_254_740_992, "9007199254740992.0"), (9_999_999_999_999_998, "9999999999999998.0"),
            (-9.5e15, "-9500000000000000.0"), (1e16, "1e+16"), (1.5e16, "1.5e+16"), (1e22, "1e+22"), (1e-4, "0.0001"),
            (1e-5, "1e-05"), (0.1, "0.1"), (1.0 / 3, "0.3333333333333333"), (.leastNonzeroMagnitude, "5e-324"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"), (.infinity, "inf"), (-.infinity, "-inf"),
            (.nan, "nan"),
        ] as [(Double, String)])
    func floats(number: Double, repr: String) {
        #expect(number.pythonRepr == repr)
    }

    @Test("containers show their contents, and a text alone is shown bare")
    func containers() {
        let value: Value = ["a": [1, nil, true, 1.5, "x"], "b": [:], "c": []]
        #expect(value.pythonRepr == "{'a': [1, None, True, 1.5, 'x'], 'b': {}, 'c': []}")
        #expect(Value.bigInt("18446744073709551616").pythonRepr == "18446744073709551616")
        #expect(Value("x").pythonText == "x")
        #expect(Value.null.pythonText == "None")
        #expect(Value.array(["x"]).pythonText == "['x']")
    }
}
