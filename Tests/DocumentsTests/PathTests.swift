import OrderedCollections
import Primitives
import Testing

@testable import Documents

@Suite("Paths into data")
struct PathTests {
    private let data: Value = [
        "a": ["b-c": [["k": 1], ["k": 2]], "d.e": "quoted", "5": "digits", "ü": "letter"], "l": [10, 20, 30],
        "deep": ["x": ["k": 3]],
    ]

    @Test(
        "§8: names, quotes, indexes, wildcards and descent; the first match counts",
        arguments: [
            (".a.b-c[0].k", 1), ("$.a.b-c[1].k", 2), ("a.5", "digits"), (".a.'d.e'", "quoted"),
            (".a.\"d.e\"", "quoted"),
            (".a['d.e']", "quoted"), (".l[-1]", 30), (".l[*]", 10), (".a.b-c[*].k", 1), ("..x.k", 3), (".deep..k", 3),
            (".deep.*.k", 3), ("..k", 1), (".a.ü", "letter"),
        ] as [(String, Value)])
    func first(path: String, expected: Value) throws {
        #expect(try data.first(at: JSONPath(path)) == expected)
        let place = try #require(data.firstPlace(at: JSONPath(path).steps[...]))
        #expect(try data.first(at: JSONPath(place.description)) == expected)
    }

    @Test("§8: the whole, and elements of data that is a list", arguments: ["$", "."])
    func whole(path: String) throws {
        #expect(try data.first(at: JSONPath(path)) == data)
        #expect(try (["x", "y"] as Value).first(at: JSONPath("\(path == "$" ? "$." : ".")[1]")) == "y")
    }

    @Test(
        "what leads nowhere leads nowhere", arguments: [".a.none", ".l[3]", ".l[-4]", ".l.k", ".a[0]", ".l.*", ".a[*]"])
    func nothing(path: String) throws {
        #expect(try data.first(at: JSONPath(path)) == nil)
        #expect(data.firstPlace(at: try JSONPath(path).steps[...]) == nil)
    }

    @Test(
        "what is no path says where",
        arguments: ["", ".a..", ".a[", ".a[x]", ".'open", "a b", ".a[1", "$$", ".a.[", "[--1]"])
    func malformed(path: String) {
        #expect(throws: JSONPathError.self) { try JSONPath(path) }
    }
}

@Suite("Values put at paths")
struct PathReplacementTests {
    private let data: Value = ["m": ["a": 1, "b": ["c": 2]], "l": [1, ["k": 2], ["k": 3]]]

    @Test(
        "a value goes to every place that matches, and to no other",
        arguments: [
            (".", "0"), (".m.a", #"{"m": {"a": 0, "b": {"c": 2}}, "l": [1, {"k": 2}, {"k": 3}]}"#),
            (".m.*", #"{"m": {"a": 0, "b": 0}, "l": [1, {"k": 2}, {"k": 3}]}"#),
            (".l[0]", #"{"m": {"a": 1, "b": {"c": 2}}, "l": [0, {"k": 2}, {"k": 3}]}"#),
            (".l[-1].k", #"{"m": {"a": 1, "b": {"c": 2}}, "l": [1, {"k": 2}, {"k": 0}]}"#),
            (".l[*].k", #"{"m": {"a": 1, "b": {"c": 2}}, "l": [1, {"k": 0}, {"k": 0}]}"#),
            ("..k", #"{"m": {"a": 1, "b": {"c": 2}}, "l": [1, {"k": 0}, {"k": 0}]}"#),
            ("..c", #"{"m": {"a": 1, "b": {"c": 0}}, "l": [1, {"k": 2}, {"k": 3}]}"#),
            (".none", #"{"m": {"a": 1, "b": {"c": 2}}, "l": [1, {"k": 2}, {"k": 3}]}"#),
            (".l[9]", #"{"m": {"a": 1, "b": {"c": 2}}, "l": [1, {"k": 2}, {"k": 3}]}"#),
            (".m[0]", #"{"m": {"a": 1, "b": {"c": 2}}, "l": [1, {"k": 2}, {"k": 3}]}"#),
        ])
    func replacing(path: String, expected: String) throws {
        #expect(try data.replacing(JSONPath(path), with: 0).json() == expected)
    }

    @Test("the first place that holds a value is found, depth first")
    func search() {
        #expect(data.stepsToFirst(equal: 2) == [.name("m"), .name("b"), .name("c")])
        #expect(data.stepsToFirst(equal: 3) == [.name("l"), .index(2), .name("k")])
        #expect(data.stepsToFirst(equal: ["k": 2]) == [.name("l"), .index(1)])
        #expect(data.stepsToFirst(equal: "none") == nil)
    }

    @Test("a quoted name has escapes, and a path has a length")
    func spelling() throws {
        #expect(try (["it's": 1] as Value).first(at: JSONPath(#".'it\'s'"#)) == 1)
        #expect(throws: JSONPathError.self) { try JSONPath(String(repeating: ".a", count: 3000)) }
    }
}

@Suite("Substitution: what sources may be")
struct SourceTests {
    private func receiver(_ path: String, _ dest: String, data: String = "{}") -> String {
        kind(
            "to", "substitutions: [{src: {schema: example/Kind/v1, name: from, path: \(path)}, dest: \(dest)}]",
            data: data)
    }

    @Test("§7.7: false, zero and what is empty are values; null is none", arguments: ["0", "false", "''", "{}", "[]"])
    func falsy(value: String) throws {
        let documents = try rendered(
            kind("from", data: "{v: \(value)}") + receiver(".v", "{path: .x}", data: "{x: old}"))
        #expect(documents["to"]?["x"] == documents["from"]?["v"])
        #expect(
            failure(kind("from", data: "{v: null}") + receiver(".v", "{path: .x}"))?.problem
                == .sourceDataMissing)
    }

    @Test("§7.7: a value goes to every match of the path, and recursion without a pattern is nothing special")
    func matches() throws {
        let source = kind("from", data: "{v: 1}")
        #expect(
            try rendered(source + receiver(".v", "{path: '.l[*].k'}", data: "{l: [{k: 0}, {k: 0}]}"))["to"] == [
                "l": [["k": 1], ["k": 1]]
            ])
        #expect(try rendered(source + receiver(".v", "{path: .x, recurse: {depth: -1}}"))["to"] == ["x": 1])
    }

    @Test("§7.4: control documents are sources too")
    func control() throws {
        let yaml = kind(
            "to",
            "substitutions: [{src: {schema: deckhand/LayeringPolicy/v1, name: layering-policy, path: '.layerOrder[1]'}, dest: {path: .x}}]",
            data: "{}")
        #expect(try rendered(yaml)["to"] == ["x": "type"])
    }

    @Test("§7.5: the order of the documents in the input changes nothing", arguments: 0..<6)
    func order(rotation: Int) throws {
        let documents = [
            kind("from", data: "{v: {w: 1}}"), receiver(".v", "{path: .x}"),
            kind("g", layer: "global", "labels: {n: g}", data: "{a: 1}"),
            kind("c", "+parentSelector: {n: g}, actions: [{method: merge, path: .}]", data: "{b: 2}"),
            kind(
                "last", "substitutions: [{src: {schema: example/Kind/v1, name: c, path: .}, dest: {path: .c}}]",
                data: "{}"),
        ]
        let place = rotation % documents.count
        let yaml = (documents[place...] + documents[..<place]).joined()
        #expect(
            try rendered(yaml).filter { $0.key != "layering-policy" } == [
                "from": ["v": ["w": 1]], "to": ["x": ["w": 1]], "g": ["a": 1], "c": ["a": 1, "b": 2],
                "last": ["c": ["a": 1, "b": 2]],
            ])
    }
}
