import JSONSchema
import OrderedCollections
import Primitives
import Testing
import YAML

@testable import Documents

@Suite("What is said of documents as they are written")
struct SourceFindingsTests {
    private func set(_ files: (String, String)...) throws -> DocumentSet {
        try DocumentSet(files.map { (name: $0.0, contents: Array($0.1.utf8)) })
    }

    private func document(
        _ schema: String, _ name: String, _ metadata: String = "", layer: String = "site", policy: String = "cleartext",
        data: String
    ) -> String {
        """
        ---
        schema: \(schema)
        metadata:
          schema: metadata/Document/v1
          name: \(name)
          storagePolicy: \(policy)
          layeringDefinition: {layer: \(layer)}
        \(metadata)
        data:
        \(data)

        """
    }

    private let policy = """
        ---
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: policy}
        data: {layerOrder: [global, site]}

        """

    private func told(_ set: DocumentSet) -> [String] {
        set.messages.map { "\($0.level.title) \($0.name.rawValue) \($0.place ?? "-") \($0.message)" }
    }

    @Test("a key that is written twice is an error with both lines of the file")
    func repeatedKey() throws {
        let text = document("a/b/v1", "x", data: "  routes: [1]\n  other: 2\n  routes: [3]\n")
        #expect(
            told(try set(("one.yaml", "a: 1\n"), ("two.yaml", text))).contains(
                "Error BY1011 two.yaml:10 The key 'routes' is written 2 times in one mapping: two.yaml:10 and two.yaml:12. "
                    + "Only the last counts"))
    }

    @Test(
        "kernel parameters and labels that are no texts are told as written and as read",
        arguments: [
            (
                "nmi_watchdog: off",
                "Kernel parameter nmi_watchdog: off without quotes is the truth value false to YAML 1.1; write 'off'. The "
                    + "kernel's command line gets nmi_watchdog=False"
            ),
            (
                "intel_iommu: on",
                "Kernel parameter intel_iommu: on without quotes is the truth value true to YAML 1.1; write 'on'. The "
                    + "kernel's command line gets intel_iommu"
            ),
            (
                "loglevel: 010",
                "Kernel parameter loglevel: 010 without quotes is the number 8 (octal) to YAML 1.1; write '010'. The "
                    + "kernel's command line gets loglevel=8"
            ),
            (
                "mce: false",
                "Kernel parameter mce: false without quotes is the truth value false to YAML 1.1; write 'false'. The "
                    + "kernel's command line gets mce=False"
            ), ("quiet: true", nil), ("loglevel: 8", nil), ("console: 'on'", nil), ("console:", nil),
        ] as [(String, String?)])
    func kernelParameters(parameter: String, expected: String?) throws {
        let text = document(
            "drydock/HostProfile/v1", "x", data: "  platform:\n    kernel_params:\n      \(parameter)\n")
        let found = told(try set(("a.yaml", text)))
        #expect(found == (expected.map { ["Warning BY1012 a.yaml:12 \($0)"] } ?? []))
    }

    @Test("labels and keys are looked at, too, and ports of charts are not")
    func otherTexts() throws {
        let label = document("a/b/v1", "x", "  labels: {rack: 010}", data: "  mode: 0644\n")
        #expect(told(try set(("a.yaml", label))).map { $0.prefix(33) } == ["Warning BY1012 a.yaml:8 rack: 010"])
        let key = document("a/b/v1", "x", data: "  on: 1\n")
        #expect(
            told(try set(("a.yaml", key))) == [
                "Warning BY1012 a.yaml:10 The key on without quotes is the truth value true to YAML 1.1; write 'on'"
            ])
    }

    @Test("secrets in clear are told once, sealed ones and what is in them are not")
    func secrets() throws {
        let texts =
            document("deckhand/Passphrase/v1", "one", data: "  a")
            + document("deckhand/PrivateKey/v1", "two", data: "  b")
            + document("deckhand/Passphrase/v1", "three", policy: "encrypted", data: "  {k: 1, k: 2, on: off}")
        let found = told(try set(("a.yaml", texts)))
        #expect(found.contains("Warning BY1013 a.yaml:6 2 secrets stand in clear: one, two"))
        #expect(
            found.contains { $0.hasPrefix("Error BY1011") && $0.contains("A key of the encrypted data is written 2") })
        #expect(!found.contains { $0.contains("BY1012") || $0.contains("'k'") })
        let literal = document("drydock/HostProfile/v1", "x", data: "  oob:\n    credential: pass\n")
        #expect(told(try set(("a.yaml", literal))) == ["Warning BY1013 a.yaml:11 A secret stands in clear: x"])
        let key = document("drydock/HostProfile/v1", "x", data: "  oob:\n    kg: pass\n")
        #expect(told(try set(("a.yaml", key))) == ["Warning BY1013 a.yaml:11 A secret stands in clear: x"])
    }

    @Test("files are read with and without a byte order mark and a first dash, and empty ones are told")
    func files() throws {
        let mark = "\u{FEFF}"
        let set = try set(
            ("a.yaml", mark + "schema: one\nx: 1\n"), ("b.yaml", mark + "---\nschema: two\n"),
            ("c.yaml", "# nothing\n---\n"),
            ("d.yaml", "schema: three\n"), ("e.yaml", ""))
        #expect(set.documents.compactMap { $0["schema"]?.stringValue } == ["one", "two", "three"])
        #expect(
            set.documents.indices.filter { !set.documents[$0].isNull }.map(set.place) == [
                "a.yaml:1", "b.yaml:2", "d.yaml:1",
            ])
        #expect(set.emptyFiles == ["c.yaml", "e.yaml"])
        #expect(told(set).filter { $0.contains("BY1016") }.count == 2)
        let units = Array("schema: four\n".utf16).flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        #expect(
            try DocumentSet([(name: "u.yaml", contents: [0xff, 0xfe] + units)]).documents.first?["schema"] == "four")
        // As clients join files that do not know of byte order marks.
        let joined = Array(("a: 1\n---\n" + mark + "b: 2\n---\nc: |\n  " + mark + "x\n").utf8)
        let plain = DocumentText.withoutMarks(joined)
        #expect(
            try YAML.load(plain).map { $0.json(.compact) } == [#"{"a":1}"#, #"{"b":2}"#, "{\"c\":\"\(mark)x\\n\"}"])
    }

    @Test("a file that is no YAML is named, and not the one behind it that it swallowed")
    func broken() throws {
        do {
            _ = try set(("a.yaml", "ok: 1\n"), ("b.yaml", "x: \"never\nclosed\n"), ("c.yaml", "y: 1\n"))
            Issue.record("a text that is not closed was taken")
        } catch {
            #expect("\(error)".hasPrefix("b.yaml:"))
        }
    }

    @Test("a document that is there twice is told with both places")
    func twice() throws {
        let text = document("a/b/v1", "x", data: "  1")
        let error = #expect(throws: DocumentError.self) {
            try set(("a.yaml", text), ("b.yaml", "# more\n" + text)).stored()
        }
        #expect(error?.problem == .duplicate)
        #expect(error?.message.hasSuffix("a.yaml:2 and b.yaml:3") == true)
    }

    @Test("all that is wrong with the shape of documents is told at once, with the line of each key")
    func shapes() throws {
        let text =
            document("a/b/v1", "x", "  lables: {}", data: "  1")
            + document("a/b/v1", "y", layer: "7", data: "  1") + "---\nschema: a/b/v1\nmetadata: {}\n"
        let error = #expect(throws: DocumentError.self) { try set(("a.yaml", text)).stored() }
        let found = (error?.messages ?? []).map { "\($0.place ?? "-") \($0.remedy ?? "-")" }
        #expect(
            found.prefix(2) == [
                "a.yaml:8 Correct or remove the key 'lables'. Did you mean 'labels'?",
                "a.yaml:17 7 without quotes is the number 7 to YAML 1.1; write '7'.",
            ])
        #expect(found.dropFirst(2).allSatisfy { $0.hasPrefix("a.yaml:2") })
    }

    // Together

    private func together(_ texts: String) throws -> [String] {
        let set = try set(("a.yaml", policy + texts))
        let stored = try set.stored()
        let sources = DocumentSources(stored)
        // A rendering that is not traced says the same.
        #expect(try DocumentEngine.remarkedRendering(stored).remarks.messages == sources.messages)
        return sources.messages.map { message in
            let origin = message.documents.first.flatMap { subject in
                sources.origin(
                    of: DocumentIdentity(schema: subject.schema, layer: subject.layer, name: subject.name),
                    at: message.path)
            }
            return "\(message.name.rawValue) \(origin.flatMap { set.place(of: $0)?.text } ?? "-") \(message.message)"
        }
    }

    private func substitution(_ path: String, _ more: String = "") -> String {
        """
          substitutions:
            - src: {schema: a/s/v1, name: source, path: .}
              dest:
                path: \(path)
        \(more.isEmpty ? "" : "        " + more)
        """
    }

    @Test(
        "a substitution that can hardly be meant is told with the line of its destination",
        arguments: [
            (".credental", "", "makes a new member beside 'credential'"), (".credential", "", nil),
            (".entirely_new", "", nil), (".disk2", "", nil),
            (".text", "pattern: WRONG", "dest.pattern 'WRONG' of substitution 0 does not occur in the text at '.text'"),
            (".text", "pattern: HERE", nil),
            (".list[*]", "pattern: HERE", "leads to several places, and with a pattern the text of the first"),
        ] as [(String, String, String?)])
    func substitutions(path: String, more: String, expected: String?) throws {
        let found = try together(
            document("a/s/v1", "source", data: "  word")
                + document(
                    "a/b/v1", "x", substitution(path, more),
                    data: "  credential: none\n  disk1: a\n  text: put it HERE\n  list: [HERE a, HERE b]\n"))
        guard let expected else {
            #expect(found.isEmpty)
            return
        }
        #expect(found.count == 1)
        #expect(found.first?.contains(expected) == true, "\(found)")
        #expect(
            found.first?.hasPrefix("BY1014 a.yaml:\(more.isEmpty || path.contains("*") ? 25 : 26) ") == true, "\(found)"
        )
    }

    @Test("with a pattern and several matches the text of the first goes to all, as in Deckhand")
    func severalMatches() throws {
        let set = try set(
            (
                "a.yaml",
                policy + document("a/s/v1", "source", data: "  word")
                    + document(
                        "a/b/v1", "x", substitution(".list[*]", "pattern: HERE"), data: "  list: [HERE a, HERE b]\n")
            ))
        let rendered = try DocumentEngine.render(try set.stored())
        #expect(rendered.first { $0.name == "x" }?.data == ["list": ["word a", "word a"]])
    }

    @Test("a selector that finds no parent is told, with the nearest label")
    func orphan() throws {
        let parent = document("a/b/v1", "base", "  labels: {host: base}", layer: "global", data: "  {a: 1}")
        let child = """
            ---
            schema: a/b/v1
            metadata:
              schema: metadata/Document/v1
              name: child
              storagePolicy: cleartext
              layeringDefinition:
                layer: site
                parentSelector: {host: bsae}
                actions: [{method: merge, path: .}]
            data: {b: 2}

            """
        let found = try together(parent + child)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("BY1015 a.yaml:23 parentSelector finds no parent") == true, "\(found)")
        #expect(try together(parent + child.replacing("bsae", with: "base")).isEmpty)
    }

    @Test("the origin of a value is where it is written, that of a key what made it")
    func origins() throws {
        let set = try set(
            (
                "a.yaml",
                policy + document("a/s/v1", "source", data: "  word")
                    + document("a/b/v1", "x", substitution(".a.b"), data: "  {a: {c: 1}}")
            ))
        let sources = DocumentSources(try set.stored())
        func place(_ path: PathElement..., concernsKey: Bool = false) -> String? {
            sources.origin(
                of: RenderedIdentity(schema: "a/b/v1", name: "x"), at: [.key("data")] + path, concernsKey: concernsKey
            ).flatMap { set.place(of: $0)?.text }
        }
        #expect(place(.key("a"), .key("b")) == "a.yaml:13")
        #expect(place(.key("a"), .key("b"), concernsKey: true) == "a.yaml:25")
        #expect(place(.key("a"), .key("c")) == "a.yaml:28")
        #expect(place(.key("a"), .key("missing")) == "a.yaml:28")
    }

    @Test("an error of rendering says where, and what is nearest")
    func renderingErrors() throws {
        func error(_ texts: String) throws -> (place: String?, remedy: String?) {
            let set = try set(("a.yaml", texts))
            let stored = try set.stored()
            let error = #expect(throws: DocumentError.self) { _ = try DocumentEngine.render(stored) }
            let origin = try #require(error).document.flatMap {
                DocumentSources(stored).origin(of: $0, at: error?.path ?? [])
            }
            return (origin.flatMap { set.place(of: $0)?.text }, error?.remedy)
        }
        let source = document("a/s/v1", "sorce", data: "  word")
        let missing = try error(policy + source + document("a/b/v1", "x", substitution(".a"), data: "  {}"))
        #expect(missing.place == "a.yaml:23")
        #expect(missing.remedy?.hasSuffix("Did you mean 'sorce'?") == true)
        let layer = try error(policy + document("a/b/v1", "x", layer: "sit", data: "  {}"))
        #expect(layer.place == "a.yaml:11")
        #expect(layer.remedy?.hasSuffix("Did you mean 'site'?") == true)
        #expect(try error(source).remedy?.contains("deckhand/LayeringPolicy/v1") == true)
    }

    @Test("of many selectors that find no parent the first hundred are told, and the others counted")
    func manyOrphans() throws {
        let orphans = (0..<150).map { index in
            document("a/b/v1", "x\(index)", "", data: "  {b: 2}").replacing(
                "layeringDefinition: {layer: site}",
                with:
                    "layeringDefinition: {layer: site, parentSelector: {host: bsae}, actions: [{method: merge, path: .}]}"
            )
        }
        let parent = document("a/b/v1", "base", "  labels: {host: base}", layer: "global", data: "  {a: 1}")
        let found = try together(parent + orphans.joined())
        #expect(found.count == 101)
        #expect(found[99].contains("parentSelector finds no parent, so nothing is inherited"))
        #expect(found.last == "BY1015 - parentSelector finds no parent in 50 more documents")
    }

    @Test("the origin in a document that is replaced is that of its replacement")
    func replacedOrigin() throws {
        let base = document("a/b/v1", "x", "  labels: {a: b}", layer: "global", data: "  {a: 1}")
        let replacement = document("a/b/v1", "x", "  replacement: true", data: "  {a: 2}").replacing(
            "layeringDefinition: {layer: site}",
            with: "layeringDefinition: {layer: site, parentSelector: {a: b}, actions: [{method: merge, path: .}]}")
        let set = try set(("a.yaml", policy + base), ("b.yaml", replacement))
        let sources = DocumentSources(try set.stored())
        let identity = RenderedIdentity(schema: "a/b/v1", name: "x")
        let origin = sources.origin(of: identity, at: [.key("data"), .key("a")])
        #expect(origin.flatMap { set.place(of: $0)?.text }?.hasPrefix("b.yaml:") == true)
        let raw = DocumentIdentity(schema: "a/b/v1", layer: "global", name: "x")
        #expect(
            sources.origin(of: raw, at: [.key("data")]).flatMap { set.place(of: $0)?.text }?.hasPrefix("a.yaml:")
                == true)
    }

    @Test("of many substitutions without their source the first hundred are told with the nearest name")
    func manyMissingSources() throws {
        let documents = (0..<150).map { document("a/s/v1", "x\($0)", substitution(".a"), data: "  {}") }
        let source = document("a/s/v1", "sorce", data: "  word")
        let set = try set(("a.yaml", policy + source + documents.joined()))
        let graph = try DocumentGraph(try set.stored())
        var renderer = Renderer(graph, sizeLimit: DocumentEngine.defaultSizeLimit)
        var remedies: [String] = []
        for place in graph.order where !graph.documents[place].metadata.isControl {
            do {
                try renderer.render(place)
            } catch {
                remedies.append(renderer.documentError(error, place).remedy ?? "")
            }
        }
        #expect(remedies.count == 150)
        #expect(remedies.count { $0.contains("Did you mean 'sorce'?") } == 100)
    }
}
