import OrderedCollections
import Primitives
import Testing
import YAML

struct LoadTests {
    @Test("documents come as the JSON that they are stored as")
    func documents() throws {
        let values = try YAML.load("a: [1, 0644, 1.5, yes, ~, text]\n---\n---\nb\n")
        #expect(values == [["a": [1, 420, 1.5, true, nil, "text"]], nil, "b"])
        #expect(try YAML.load("") == [])
        #expect(try YAML.loadOne("") == .null)
        #expect(try YAML.loadOne("- {a: b}") == [["a": "b"]])
        #expect(throws: YAMLError.self) { try YAML.loadOne("a\n---\nb\n") }
    }

    @Test(
        "keys that are no strings become those that Python's JSON writes",
        arguments: [
            ("1: a", "1"), ("true: a", "true"), ("No: a", "false"), ("null: a", "null"), ("~: a", "null"),
            ("1.5: a", "1.5"), ("1.0e+20: a", "1e+20"), ("0x10: a", "16"),
            ("99999999999999999999: a", "99999999999999999999"),
            ("'1': a", "1"), ("=: a", "="), ("? \n: a", "null"),
        ])
    func keys(text: String, key: String) throws {
        #expect(try YAML.loadOne(text) == .object([key: "a"]))
    }

    @Test("numbers that Python takes for one key are one key, under the first spelling")
    func equalKeys() throws {
        #expect(try YAML.loadOne("1: a\ntrue: b\n1.0: c\n2: d\n") == ["1": "c", "2": "d"])
        #expect(try YAML.loadOne("1: a\n'1': b\n") == ["1": "b"])
    }

    @Test("a repeated key keeps its first place and its last value")
    func repeatedKeys() throws {
        #expect(try YAML.loadOne("a: 1\nb: 2\na: 3\n").objectValue?.elements.map(\.key) == ["a", "b"])
        #expect(try YAML.loadOne("a: 1\nb: 2\na: 3\n") == ["a": 3, "b": 2])
    }

    @Test("of many merges into one mapping the last has the last word, and all keep their places")
    func manyMerges() throws {
        let count = 30_000
        let merges = (0..<count).map { "<<: {k\($0 % 1000): \($0)}\n" }.joined()
        let value = try YAML.loadOne(merges + "k0: own\n")
        #expect(value.objectValue?.count == 1000)
        #expect(value.objectValue?.keys.first == "k0" && value["k0"] == "own")
        #expect(value["k999"] == .int(count - 1))
    }

    @Test("merge keys bring members that the mapping's own override, the first source of a list foremost")
    func mergeKeys() throws {
        let value = try YAML.loadOne(
            """
            base: &base {a: 1, b: 2}
            other: &other {b: 3, c: 4}
            one: {b: 5, <<: *base}
            list: {<<: [*base, *other], d: 6}
            quoted: {'<<': 7}
            """)
        #expect(value["one"] == ["a": 1, "b": 5])
        #expect(value["list"] == ["a": 1, "b": 2, "c": 4, "d": 6])
        #expect(value["quoted"] == ["<<": 7])
        for text in ["<<: 1", "<<: [1]", "- <<", "a: <<", "- ="] {
            #expect(throws: YAMLError.self, "\(text)") { try YAML.load(text) }
        }
    }

    @Test(
        "what JSON lacks is refused at its place",
        arguments: [
            ("a: 2001-01-01", 4), ("a: 2001-12-14t21:59:43.10-05:00", 4), ("a: !!binary aGVsbG8=", 4), ("a: .nan", 4),
            ("a: [-.inf]", 5), ("a: !!set {x}", 4), ("a: \"x\\0\"", 4), (".nan: a", 1), ("2001-01-01: a", 1),
            ("a: 1.0e+400", 4),
        ])
    func notStorable(text: String, column: Int) {
        let error = #expect(throws: YAMLError.self) { try YAML.load(text) }
        #expect(error?.problem.contains("cannot be stored") == true)
        #expect(error?.line == 1 && error?.column == column)
    }

    @Test(
        "errors say what is wrong, on which line, in which column",
        arguments: [
            ("a: b: c\n", "mapping values are not allowed in this context, line 1, column 5"),
            ("a: 1\nb: [\n", "did not find expected node content, line 3, column 1"),
            ("ü: *nope\n", "found undefined alias 'nope', line 1, column 4"),
            ("a: &x 1\nb: &x 2\n", "found duplicate anchor 'x', first on line 1, line 2, column 4"),
            ("- &x [*x]\n", "alias 'x' is part of what it stands for, line 1, column 7"),
            ("? [1, 2]\n: x\n", "found unhashable key, line 1, column 3"),
            ("a: !foo b\n", "could not determine a constructor for the tag '!foo', line 1, column 4"),
            ("a: !!str [b]\n", "expected a scalar node, but found sequence, line 1, column 4"),
            ("a: !!int b\n", "not an integer: 'b', line 1, column 4"),
            ("a: !!int \"\\n\"\n", "not an integer: '\\n', line 1, column 4"),
            ("a: 2001-02-30\n", "not a date and time: '2001-02-30', line 1, column 4"),
            ("a: !!omap [b]\n", "expected a sequence of mappings of length 1, line 1, column 4"),
            ("a: b\nc: \u{1}\n", "control characters are not allowed, line 2, column 4"),
        ])
    func errors(text: String, message: String) {
        let error = #expect(throws: YAMLError.self) { try YAML.load(text) }
        #expect(error?.description == message)
    }

    @Test("each document comes with the line its content begins on")
    func marks() throws {
        let documents = try YAML.loadWithMarks(Array("# one\na: 1\n---\n\nb: 2\n--- c\n---\n".utf8))
        #expect(documents.map(\.line) == [2, 5, 6, 8])
        #expect(documents.map(\.value) == [["a": 1], ["b": 2], "c", nil])
    }

    @Test("byte order marks, UTF-16 and all line ends are understood")
    func encodings() throws {
        let expected: Value = ["ü": ["a", "b"]]
        let text = "ü:\r\n- a\r\n- b\r\n"
        #expect(try YAML.loadOne(text) == expected)
        #expect(try YAML.loadOne("\u{feff}" + text) == expected)
        let units = Array(("\u{feff}" + text).utf16)
        #expect(try YAML.loadOne(units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }) == expected)
        #expect(try YAML.loadOne(units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }) == expected)
        #expect(try YAML.loadOne("a: 1\rb: 2\r") == ["a": 1, "b": 2])
    }
}
