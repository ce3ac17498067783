import Documents
import OrderedCollections
import Primitives
import Testing

@Suite("Substitution")
struct SubstitutionTests {
    private func receiver(_ name: String, _ entries: String) -> String {
        kind(name, "substitutions: [\(entries)]", data: "{}")
    }

    private func receiver(_ entries: String, data: String = "{}") -> String {
        kind("to", "substitutions: [\(entries)]", data: data)
    }

    private func entry(_ name: String, _ dest: String) -> String { entry(name, ".", dest) }

    private func entry(_ dest: String) -> String { entry("from", ".", dest) }

    private func entry(_ name: String, _ path: String, src: String = "", _ dest: String) -> String {
        "{src: {schema: example/Kind/v1, name: \(name), path: '\(path)'\(src)}, dest: \(dest)}"
    }

    private let source = kind("from", data: "{a: {b: secret}, n: 1.5, l: [1, {m: 2}], t: true, u: 'user:word'}")

    @Test("a value goes to the path, which is made where it is missing")
    func create() throws {
        let yaml = source + receiver(entry("from", ".a.b", "[{path: .x.y}, {path: '.z[1].k'}]"))
        #expect(try rendered(yaml)["to"] == ["x": ["y": "secret"], "z": [[:], ["k": "secret"]]])
    }

    @Test("a scalar source gives itself whatever the path says")
    func scalar() throws {
        let yaml = kind("from", data: "word") + receiver(entry("from", ".ignored", "{path: .x}"))
        #expect(try rendered(yaml)["to"] == ["x": "word"])
    }

    @Test("at the root, members are added; a scalar replaces")
    func root() throws {
        let yaml = source + receiver(entry("from", ".a", "{path: .}"), data: "{own: 2}")
        #expect(try rendered(yaml)["to"] == ["own": 2, "b": "secret"])
        let replaced = source + receiver(entry("from", ".a.b", "{path: $}"), data: "{own: 2}")
        #expect(try rendered(replaced)["to"] == "secret")
    }

    @Test(
        "a pattern is replaced everywhere, by the value as Python writes it",
        arguments: [
            (".a.b", "x-secret-secret"), (".n", "x-1.5-1.5"), (".t", "x-True-True"),
            (".l", "x-[1, {'m': 2}]-[1, {'m': 2}]"),
        ])
    func pattern(path: String, expected: String) throws {
        let yaml = source + receiver(entry("from", path, "{path: .p, pattern: (IT)}"), data: "{p: x-IT-IT}")
        #expect(try rendered(yaml)["to"]?["p"] == .string(expected))
    }

    @Test("backslashes of a secret are kept")
    func backslash() throws {
        let yaml =
            kind("from", data: #"'a\1\g<0>\n'"#) + receiver(entry("{path: .p, pattern: IT}"), data: "{p: IT}")
        #expect(try rendered(yaml)["to"]?["p"] == #"a\1\g<0>\n"#)
    }

    @Test("recursion goes as deep as it says")
    func recurse() throws {
        let data = "{r: {a: IT, b: {c: IT, d: [IT]}}}"
        func result(_ depth: Int) throws -> Value? {
            let dest = "{path: .r, pattern: IT, recurse: {depth: \(depth)}}"
            return try rendered(source + receiver(entry("from", ".a.b", dest), data: data))["to"]?["r"]
        }
        #expect(try result(0) == ["a": "IT", "b": ["c": "IT", "d": ["IT"]]])
        #expect(try result(1) == ["a": "secret", "b": ["c": "IT", "d": ["IT"]]])
        #expect(try result(-1) == ["a": "secret", "b": ["c": "secret", "d": ["secret"]]])
    }

    @Test("src.pattern picks a group, and the whole where it does not match")
    func sourcePattern() throws {
        let group = entry("from", ".u", src: ", pattern: '^(.*):(.*)$', match_group: 2", "{path: .x}")
        #expect(try rendered(source + receiver(group))["to"] == ["x": "word"])
        let none = entry("from", ".u", src: ", pattern: '^#'", "{path: .x}")
        #expect(try rendered(source + receiver(none))["to"] == ["x": "user:word"])
    }

    @Test("what lies two levels below a received value is shared with the source and all receivers")
    func sharing() throws {
        let yaml =
            kind("from", data: "{s: {deep: {k: 1}}}") + kind("word", data: "new")
            + receiver("first", entry("from", ".s", "{path: .r}"))
            + receiver("second", entry("from", ".s", "{path: .r}") + "," + entry("word", ".", "{path: .r.deep.k}"))
        let documents = try rendered(yaml)
        #expect(documents["second"] == ["r": ["deep": ["k": "new"]]])
        #expect(documents["first"] == ["r": ["deep": ["k": "new"]]])
        #expect(documents["from"] == ["s": ["deep": ["k": "new"]]])
    }

    @Test("one level below, or with deepcopy, nothing is shared")
    func notShared() throws {
        let shallow =
            kind("from", data: "{s: {k: 1}}") + kind("word", data: "new")
            + receiver(entry("from", ".s", "{path: .r}") + "," + entry("word", ".", "{path: .r.k}"))
        #expect(try rendered(shallow)["from"] == ["s": ["k": 1]])
        let deep =
            kind("from", data: "{s: {deep: {k: 1}}}") + kind("word", data: "new")
            + receiver(
                entry("from", ".s", src: ", deepcopy: true", "{path: .r}") + ","
                    + entry("word", ".", "{path: .r.deep.k}"))
        #expect(try rendered(deep)["from"] == ["s": ["deep": ["k": 1]]])
    }

    @Test("a missing source, missing data, and a cycle have their own errors")
    func errors() {
        #expect(
            failure(receiver(entry("{path: .x}")))?.message
                == "Required substitution source document [example/Kind/v1] from was not found, yet is referenced by "
                + "[example/Kind/v1] to")
        #expect(
            failure(source + receiver(entry("from", ".nope", "{path: .x}")))?.problem
                == .sourceDataMissing)
        let cycle = failure(receiver("a", entry("b", ".", "{path: .x}")) + receiver("b", entry("a", ".", "{path: .x}")))
        #expect(cycle?.problem == .dependencyCycle)
        #expect(cycle?.message.contains("[example/Kind/v1, site] a") == true)
        #expect(failure(receiver("a", entry("a", ".", "{path: .x}")))?.problem == .dependencyCycle)
        #expect(
            failure(source + receiver(entry("from", ".a", "{path: .p, pattern: X}"), data: "{p: 1}"))?.problem
                == .patternMissing)
    }

    @Test(
        "what cannot be carried out is refused with the document and a remedy",
        arguments: [
            "{path: x}", "{path: '.a..'}", "{path: .s.t}", "{path: '.s[0]'}", "{path: '.l[*].x'}",
            "{path: '.l[99999999]'}",
            "{path: .s, pattern: '('}",
        ])
    func impossible(dest: String) {
        let error = failure(source + receiver(entry("from", ".a.b", dest), data: "{s: text, l: []}"))
        #expect(error?.problem == .substitutionFailed)
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains("[example/Kind/v1, site] to") == true)
    }

    @Test("documents that double each other end with an error, not with the machine")
    func explosion() {
        var yaml = kind("d0", data: "{k: \(String(repeating: "x", count: 1000))}")
        for level in 1..<60 {
            let previous = "d\(level - 1)"
            yaml += receiver("d\(level)", entry(previous, "{path: .a}") + "," + entry(previous, "{path: .b}"))
        }
        #expect(failure(yaml)?.problem == .tooLarge)
    }

    @Test("a chain of documents in documents ends with an error before the stack does")
    func depth() {
        var yaml = kind("d0", data: "{k: 1}")
        for level in 1..<600 { yaml += receiver("d\(level)", entry("d\(level - 1)", "{path: .a}")) }
        #expect(failure(yaml)?.problem == .tooLarge)
    }

    @Test("a value that is put into itself through sharing ends with an error")
    func selfContaining() {
        let yaml =
            kind("b", data: "{s: {deep: {k: 1}}}")
            + receiver("a", entry("b", ".s", "{path: .r}"))
            + receiver("c", entry("a", ".", "{path: .q}"))
            + receiver("d", entry("b", ".s", "{path: .r}") + "," + entry("c", ".", "{path: .r.deep.k}"))
        #expect(failure(yaml)?.problem == .tooLarge)
    }

    @Test("abstract documents are no sources, but what they receive is inherited")
    func abstract() throws {
        let abstract = """
            schema: example/Kind/v1
            metadata:
              schema: metadata/Document/v1
              name: abstract
              labels: {n: abstract}
              storagePolicy: cleartext
              layeringDefinition: {layer: global, abstract: true}
              substitutions: [\(entry("from", ".a.b", "{path: .x}"))]
            data: {}
            ---

            """
        let child = kind("child", "+parentSelector: {n: abstract}, actions: [{method: merge, path: .}]", data: "{y: 1}")
        #expect(try rendered(source + abstract + child)["child"] == ["x": "secret", "y": 1])
        #expect(
            failure(source + abstract + receiver(entry("abstract", ".", "{path: .x}")))?.problem
                == .sourceMissing)
    }
}
