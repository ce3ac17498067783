import Documents
import OrderedCollections
import Primitives
import Testing
import YAML

@Suite("Where a rendered value came from")
struct ExplanationTests {
    /// The steps as short texts: what was done, in which document, and where.
    private func steps(_ yaml: String, _ name: String, _ path: String) throws -> [String] {
        let explanation = try explain(yaml, name, path)
        return explanation.steps.map(Self.text)
    }

    private func explain(_ yaml: String, _ name: String, _ path: String) throws -> Explanation {
        try DocumentEngine.explain(
            stored(policy + yaml), identity: RenderedIdentity(schema: "example/Kind/v1", name: name), path: path)
    }

    private static func text(_ step: Explanation.Step) -> String {
        let site = "\(step.document.name) \(step.section.rawValue) \(step.place)"
        switch step.action {
        case .written: return "written \(site)"
        case .layered(let method, let path): return "\(method) \(path) \(site)"
        case .inherited: return "inherited \(step.document.name)"
        case .emptied: return "emptied \(site)"
        case .substituted(let source, let path, let destination, _, _, _):
            return "substituted \(site): \(source.name) \(path) into \(destination)"
        case .shared: return "shared \(step.document.name)"
        }
    }

    private func failure(_ yaml: String, _ name: String, _ path: String) -> DocumentError? {
        do {
            _ = try explain(yaml, name, path)
            return nil
        } catch {
            return error as? DocumentError
        }
    }

    private let source = kind("from", data: "{a: {b: {c: 1}, l: [x, y]}, text: word}")

    private func entry(_ source: String, _ path: String, _ dest: String) -> String {
        "{src: {schema: example/Kind/v1, name: \(source), path: '\(path)'}, dest: \(dest)}"
    }

    private func receiver(_ name: String, _ entries: String, data: String = "{}") -> String {
        kind(name, "substitutions: [\(entries)]", data: data)
    }

    @Test("a value of the document's own is written in it")
    func own() throws {
        #expect(try steps(source, "from", ".a.l[1]") == ["written from data .a.l[1]"])
        #expect(try steps(source, "from", "$.a.l[-1]") == ["written from data .a.l[1]"])
        #expect(try explain(source, "from", ".a.l[1]").value == "y")
    }

    @Test("the password and the key of a BMC are hidden in documents that are not encrypted, too")
    func clearSecrets() throws {
        let yaml = kind("host", data: "{oob: {type: ipmi, credential: canary88, kg: canary99}, credential: shown}")
        func value(_ path: String, hidden: Bool = true) throws -> Value {
            try DocumentEngine.explain(
                stored(policy + yaml), identity: RenderedIdentity(schema: "example/Kind/v1", name: "host"),
                path: path, hidesSecrets: hidden
            ).value
        }
        let places: [(path: String, members: [String])] = [
            (".", ["oob", "credential"]), (".oob", ["credential"]), (".oob.kg", []),
        ]
        for (path, members) in places {
            var found = try value(path)
            #expect(!found.json(.compact).contains("canary"), "\(path)")
            for member in members { found = found[member] ?? .null }
            #expect(found.stringValue?.count == 64, "\(path)")
        }
        #expect(try value(".oob.type") == "ipmi" && value(".credential") == "shown")
        #expect(try value(".oob.credential", hidden: false) == "canary88")
    }

    @Test("a layered value comes from the child's action, or from the parent, or from its parent")
    func layers() throws {
        let yaml =
            kind("g", layer: "global", "labels: {n: g}", data: "{a: 1, b: {x: 1, y: 1}, c: 1}")
            + kind(
                "t", layer: "type", "+parentSelector: {n: g}, actions: [{method: merge, path: .}]", data: "{b: {y: 2}}"
            )
            .replacing("  storagePolicy", with: "  labels: {n: t}\n  storagePolicy")
            + kind("s", "+parentSelector: {n: t}, actions: [{method: merge, path: .c}]", data: "{c: 3}")
        #expect(try steps(yaml, "s", ".a") == ["inherited s", "inherited t", "written g data .a"])
        #expect(try steps(yaml, "s", ".b.y") == ["inherited s", "merge . t data .b.y"])
        let own = try explain(yaml, "s", ".c")
        #expect(own.steps.map(Self.text) == ["merge .c s data .c"])
        #expect(
            own.steps.first?.overridden.map(Self.text) == ["inherited s", "inherited t", "written g data .c"])
    }

    @Test("a substituted value leads to its source, through receivers too")
    func substituted() throws {
        let yaml =
            source + receiver("one", entry("from", ".a", "{path: .r}"))
            + receiver("two", entry("one", ".r.b", "[{path: .p}, {path: .q.q}]"))
        #expect(
            try steps(yaml, "one", ".r") == [
                "substituted one metadata .substitutions[0]: from .a into .r", "written from data .a",
            ])
        #expect(
            try steps(yaml, "one", ".r.b.c") == [
                "substituted one metadata .substitutions[0]: from .a into .r", "written from data .a.b.c",
            ])
        #expect(
            try steps(yaml, "two", ".q.q.c") == [
                "substituted two metadata .substitutions[0]: one .r.b into .q.q",
                "substituted one metadata .substitutions[0]: from .a into .r", "written from data .a.b.c",
            ])
    }

    @Test("what is substituted at the root leads to its source, and the document's own members stay its own")
    func root() throws {
        let yaml = source + receiver("to", entry("from", ".a", "{path: .}"), data: "{own: 1}")
        #expect(
            try steps(yaml, "to", ".b.c") == [
                "substituted to metadata .substitutions[0]: from .a into .", "written from data .a.b.c",
            ])
        #expect(try steps(yaml, "to", ".own") == ["written to data .own"])
    }

    @Test("a child inherits what its parent received")
    func inheritedSubstitution() throws {
        let parent = kind(
            "parent", layer: "global",
            "labels: {n: p}\n  substitutions: [\(entry("from", ".a", "{path: .x}"))]", data: "{}")
        let child = kind("child", "+parentSelector: {n: p}, actions: [{method: merge, path: .}]", data: "{y: 1}")
        #expect(
            try steps(source + parent + child, "child", ".x.b.c") == [
                "inherited child", "substituted parent metadata .substitutions[0]: from .a into .x",
                "written from data .a.b.c",
            ])
    }

    @Test("a text in which a pattern was replaced leads to both texts")
    func pattern() throws {
        let yaml = source + receiver("to", entry("from", ".text", "{path: .p, pattern: IT}"), data: "{p: an IT}")
        let explanation = try explain(yaml, "to", ".p")
        #expect(explanation.value == "an word")
        #expect(
            explanation.steps.map(Self.text) == [
                "substituted to metadata .substitutions[0]: from .text into .p", "written from data .text",
            ])
        #expect(explanation.steps.first?.text.map(Self.text) == ["written to data .p"])
    }

    @Test("a value that another document wrote into what both share says so")
    func shared() throws {
        let yaml =
            kind("from", data: "{s: {deep: {k: 1}}}") + kind("word", data: "new")
            + receiver("first", entry("from", ".s", "{path: .r}"))
            + receiver("second", entry("from", ".s", "{path: .r}") + "," + entry("word", ".", "{path: .r.deep.k}"))
        #expect(
            try steps(yaml, "first", ".r.deep.k") == [
                "substituted first metadata .substitutions[0]: from .s into .r", "shared second",
                "substituted second metadata .substitutions[1]: word . into .r.deep.k", "written word data .",
            ])
    }

    @Test("a replacement's value leads to the document that it replaces")
    func replacement() throws {
        let original = kind("doc", layer: "global", "labels: {n: doc}", data: "{a: 1}")
        let yaml =
            original
            + original.replacing(
                "layer: global", with: "layer: site, parentSelector: {n: doc}, actions: [{method: merge, path: .}]"
            )
            .replacing("  labels: {n: doc}", with: "  replacement: true").replacing("{a: 1}", with: "{b: 2}")
        let explanation = try explain(yaml, "doc", ".a")
        #expect(explanation.document.layer == "site")
        #expect(explanation.steps.map(\.document.layer) == ["site", "global"])
    }

    @Test("a mapping shows its own origin and that of each of its members")
    func children() throws {
        let parent = kind("parent", layer: "global", "labels: {n: p}", data: "{m: {a: 1, 'b.c': 2}}")
        let child = kind("child", "+parentSelector: {n: p}, actions: [{method: merge, path: .}]", data: "{m: {d: [3]}}")
        let explanation = try explain(parent + child, "child", ".m")
        #expect(explanation.steps.map(Self.text) == ["inherited child", "written parent data .m"])
        #expect(explanation.children.map(\.place.description) == [".m.a", ".m.'b.c'", ".m.d"])
        #expect(
            explanation.children.map { $0.steps.map(Self.text).last } == [
                "written parent data .m.a", "written parent data .m.'b.c'", "merge . child data .m.d",
            ])
        #expect(try explain(parent + child, "child", ".m.'b.c'").value == 2)
    }

    @Test("what is not there is refused with what is nearest")
    func errors() {
        let missing = failure(source, "from", ".a.b.nope.x")
        #expect(missing?.kind == .missing)
        #expect(
            missing?.message
                == "The rendered document [example/Kind/v1, site] from has nothing at .a.b.nope.x. The nearest that exists "
                + "is .a.b, which has .c")
        #expect(failure(source, "none", ".")?.message.contains("Documents of this schema are: from.") == true)
        #expect(failure(source, "from", ".a..")?.kind == .invalid)
        let abstract = source.replacing("{layer: site}", with: "{layer: site, abstract: true}")
        #expect(failure(abstract, "from", ".")?.message.contains("it is abstract") == true)
    }

    @Test("a document that cannot be rendered hinders only those that are made from it")
    func broken() throws {
        let yaml =
            source + receiver("bad", entry("none", ".", "{path: .x}"))
            + receiver("worse", entry("bad", ".", "{path: .x}"))
        #expect(try steps(yaml, "from", ".text") == ["written from data .text"])
        #expect(failure(yaml, "worse", ".")?.problem == .sourceMissing)
    }

    @Test("every scalar of random sites stands where the last step of its explanation says")
    func randomSites() throws {
        var explained = 0
        for seed in 0..<60 {
            var site = LinkedSite(seed: UInt64(7000 + seed))
            let documents = try stored(YAML.load(policy).filter { !$0.isNull } + site.documents(count: 3 + seed % 6))
            guard let rendered = try? DocumentEngine.render(documents) else { continue }
            for document in rendered where document.metadata["schema"] == "metadata/Document/v1" {
                for (place, value) in document.data.scalars() {
                    let explanation = try DocumentEngine.explain(
                        documents, identity: document.identity, path: place.description)
                    #expect(explanation.value == value)
                    let isMade = explanation.steps.contains { step in
                        if case .substituted(_, _, _, _, .some, _) = step.action { return true }
                        return !step.text.isEmpty
                    }
                    guard let last = explanation.steps.last, !isMade else { continue }
                    #expect(
                        last.document.payload.value(at: last.place) == value,
                        "\(seed) \(document.identity) \(place): \(explanation.steps.map(Self.text))")
                    if explanation.steps.count > 1 { explained += 1 }
                }
            }
        }
        #expect(explained > 1000)
    }
}

extension Value {
    func scalars(_ place: DataPlace = DataPlace()) -> [(DataPlace, Value)] {
        switch self {
        case .object(let members):
            members.flatMap { $1.scalars(place.appending(.member($0))) }
        case .array(let elements):
            elements.enumerated().flatMap { $1.scalars(place.appending(.element($0))) }
        default: [(place, self)]
        }
    }

    func value(at place: DataPlace) -> Value? {
        var value: Value? = self
        for step in place.steps {
            switch step {
            case .member(let name): value = value?[name]
            case .element(let index):
                guard let elements = value?.arrayValue, elements.indices.contains(index) else { return nil }
                value = elements[index]
            }
        }
        return value
    }
}
