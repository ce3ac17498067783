import OrderedCollections
import Primitives
import TestSupport
import Testing

struct JSONTests {
    @Test("values are read and written as they were")
    func roundTrip() throws {
        let text =
            #"{"b": [1, -2, 0.5, true, false, null, "x"], "a": {}, "c": [], "big": 123456789012345678901234567890}"#
        let value = try Value(json: text)
        #expect(value.json() == text)
        #expect(value.json(.compact) == text.split(separator: " ").joined())
        #expect(value["big"] == .bigInt("123456789012345678901234567890"))
        #expect(value["b"]?[1] == -2)
        #expect(value["b"]?[7] == nil && value["nothing"] == nil && value["b"]?["x"] == nil)
    }

    @Test("pretty JSON is indented by two blanks, with nothing inside empty brackets")
    func pretty() throws {
        let value: Value = ["b": [1, 2], "a": ["x": [:]], "e": []]
        #expect(
            value.json(.pretty, sortedKeys: true) == """
                {
                  "a": {
                    "x": {}
                  },
                  "b": [
                    1,
                    2
                  ],
                  "e": []
                }
                """)
    }

    @Test("escapes are read in all their forms, and only the necessary ones are written")
    func escapes() throws {
        let value = try Value(json: #""\"\\\/\b\f\n\r\t\u00fc\ud83d\ude00\u0000\u007f""#)
        #expect(value == "\"\\/\u{8}\u{c}\n\r\tü😀\0\u{7f}")
        #expect(value.json() == #""\"\\/\u0008\u000c\n\r\tü😀\u0000\u007f""#)
        #expect(try Value(json: value.json()) == value)
    }

    @Test("a repeated key keeps its first place and its last value")
    func repeatedKeys() throws {
        #expect(try Value(json: #"{"a": 1, "b": 2, "a": 3}"#).json() == #"{"a": 3, "b": 2}"#)
    }

    @Test(
        "where each key may be there once, the second one is refused with its place",
        arguments: [
            (#"{"a": 1, "b": 2, "a": 3}"#, "a", 1, 18), ("[{},\n {\"a\": {\"b\": 1, \"b\": 1}}]", "b", 2, 17),
            (#"{"a": 1, "\u0061": 3}"#, "a", 1, 10), ("{\"é\": 1, \"e\u{301}\": 3}", "e\u{301}", 1, 11),
        ])
    func uniqueKeys(text: String, member: String, line: Int, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try Value(uniqueJSON: Array(text.utf8)) }
        #expect(error?.repeatedMember == member && error?.line == line && error?.column == column)
        #expect(throws: Never.self) { try Value(json: text) }
    }

    @Test("the same key in other objects is none that is repeated; what is no JSON is told as that")
    func uniqueKeysElsewhere() throws {
        let text = #"{"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 3}}"#
        #expect(try Value(uniqueJSON: Array(text.utf8)) == Value(json: text))
        let error = #expect(throws: JSONSyntaxError.self) { try Value(uniqueJSON: Array("{".utf8)) }
        #expect(error != nil && error?.repeatedMember == nil)
    }

    @Test("of many keys, repeated ones keep their first place and last value too", arguments: [11, 12, 13, 40])
    func manyRepeatedKeys(count: Int) throws {
        let keys = (0..<count).map { "key \($0 * 7 % count)" }
        let first = keys.map { "\"\($0)\": 0" }
        let last = keys.reversed().map { "\"\($0)\": \"\($0)\"" }
        let object = try Value(json: "{\((first + last).joined(separator: ", "))}").objectValue
        #expect(object.map { Array($0.keys) } == keys)
        #expect(object?.allSatisfy { $0.value == .string($0.key) } == true)
    }

    @Test("keys that are canonically equivalent are one, among few as among many", arguments: [0, 20])
    func equivalentKeys(others: Int) throws {
        for (one, other) in [("é", "e\u{301}"), ("K", "\u{212a}"), ("\u{212a}x", "Kx")] {
            let more = (0..<others).map { ", \"\($0)\": 0" }.joined()
            let object = try Value(json: "{\"\(one)\": 1\(more), \"\(other)\": 2}").objectValue
            #expect(object?.count == others + 1 && object?[one] == 2)
        }
    }

    @Test("many keys are sorted like few", arguments: [2, 24, 25, 100])
    func sortingMany(count: Int) {
        let keys = (0..<count).map { "\($0 * 37 % count)" }
        let value = Value.object(Value.Object(uniqueKeysWithValues: keys.map { ($0, .string($0)) }))
        let sorted = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        func text(_ keys: [String]) -> String { "{\(keys.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ","))}" }
        #expect(value.json(.compact, sortedKeys: true) == text(sorted))
        #expect(value.json(.compact) == text(keys))
    }

    @Test("keys are sorted by code points, as Python sorts them")
    func sorting() throws {
        let value: Value = ["\u{10000}": 1, "\u{ffff}": 2, "é": 3, "e\u{301}x": 4, "z": 5, "Z": 6]
        #expect(
            value.json(.compact, sortedKeys: true)
                == #"{"Z":6,"e\#u{301}x":4,"z":5,"é":3,"\#u{ffff}":2,"\#u{10000}":1}"#)
    }

    @Test(
        "numbers keep their kind and are written as Python writes them",
        arguments: [
            ("0", "0"), ("-0", "0"), ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"), ("9223372036854775808", "9223372036854775808"),
            ("1.0", "1.0"), ("1e3", "1000.0"), ("1E+20", "1e+20"), ("1e16", "1e+16"), ("1e15", "1000000000000000.0"),
            ("9007199254740993.0", "9007199254740992.0"), ("1e-7", "1e-07"), ("0.0001", "0.0001"),
            ("-1.5e-10", "-1.5e-10"),
            ("5e-324", "5e-324"),
        ])
    func numbers(text: String, written: String) throws {
        #expect(try Value(json: text).json() == written)
    }

    @Test(
        "of a peer that writes numbers as it likes, what is none is its text, and the rest is read",
        arguments: [
            "1e999", "-1e400", "NaN", "-Infinity", "007", "+1", ".5", "5.", "0x1f", "nulll", "True", "1.2.3",
            String(repeating: "9", count: 400) + ".0",
        ])
    func lenient(scalar: String) throws {
        let value = try Value(lenientJSON: Array("{\"a\": [\(scalar), 1] , \"b\":\(scalar)}".utf8), depthLimit: 4)
        #expect(value == ["a": [.string(scalar), 1], "b": .string(scalar)])
    }

    @Test("what a strict reader takes, a lenient one reads alike; what has no values is refused by both")
    func lenientLikeStrict() throws {
        let digits = String(repeating: "7", count: 400)
        let text = #"{"a": [-0, 1.5, -1E+2, true, false, null, "x\u0041"], "b": {}, "c": \#(digits)}"#
        #expect(try Value(lenientJSON: Array(text.utf8), depthLimit: 4) == Value(json: text))
        for text in ["", "{", "[1,]", "[1 2]", "{\"a\" 1}", "{a: 1}", "\"a", "[\u{e9}]", "[[[[[1]]]]]", "1 2"] {
            #expect(throws: JSONSyntaxError.self) { try Value(lenientJSON: Array(text.utf8), depthLimit: 4) }
        }
    }

    @Test(
        "what is no JSON is refused with its place",
        arguments: [
            ("", "Expecting value: line 1 column 1"), ("[1,\n2,]", "Expecting value: line 2 column 3"),
            ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6"),
            ("[1 2]", "Expecting ',' delimiter: line 1 column 4"),
            ("1 2", "Extra data: line 1 column 3"),
            ("{a: 1}", "Expecting property name enclosed in double quotes: line 1 column 2"),
            ("\"abc", "Unterminated string starting at: line 1 column 1"),
            ("\"a\nb\"", "Invalid control character at: line 1 column 3"),
            ("\"\\x\"", "Invalid \\escape: line 1 column 3"), ("01", "Extra data: line 1 column 2"),
            ("+1", "Expecting value: line 1 column 1"),
            ("-", "Expecting value: line 1 column 2"), ("nul", "Expecting value: line 1 column 1"),
            ("NaN", "Expecting value: line 1 column 1"), ("\"\\ud800\"", "Unpaired surrogate: line 1 column 8"),
            ("\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 4"),
            ("[1e999]", "Number out of range: line 1 column 2"),
        ])
    func errors(text: String, message: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try Value(json: text) }
        #expect(error?.description == message)
    }

    @Test("nesting beyond the limit is refused, not followed")
    func depth() throws {
        #expect(throws: JSONSyntaxError.self) { try Value(json: String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONSyntaxError.self) { try Value(json: String(repeating: "{\"a\":", count: 1_000_000)) }
        let deepest = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(try Value(json: deepest).json() == deepest)
    }

    @Test("broken UTF-8 in a string is refused")
    func encoding() {
        #expect(throws: JSONSyntaxError.self) { try Value(json: [0x22, 0xff, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try Value(json: [0x22, 0xc3]) }
    }

    @Test("mutated texts are read or refused, and what is read is written as equal JSON", arguments: [11, 12])
    func mutations(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let sample = Array(
            #"{"a": [1, -2.5e+3, true, null, "x\u00fc\n"], "b": {"c": [], "d": "ü"}, "e": 12345678901234567890}"#.utf8)
        for _ in 0..<5000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array("[]{}\",:0e-\\u".utf8).randomElement(using: &generator) ?? 0, at: place)
                }
            }
            guard let value = try? Value(json: bytes) else { continue }
            for style in [Value.JSONStyle.compact, .spaced, .pretty] {
                #expect(try Value(json: value.json(style)) == value)
            }
        }
    }
}
