import Documents
import OrderedCollections
import Primitives
import Testing
import YAML

@Suite("The shape of documents")
struct ShapeTests {
    private func problems(_ yaml: String) throws -> [String] {
        do {
            _ = try DocumentDraft(YAML.loadOne(yaml))
            return []
        } catch let error as DocumentError {
            #expect(error.kind == .invalid)
            #expect(error.problem == .invalidFormat)
            #expect(error.reason == "Validation")
            #expect(error.messages.allSatisfy { $0.name == .shape })
            return error.messages.map(\.message)
        }
    }

    @Test("what is missing is told to be missing, what is written as null is told to be that")
    func missingKeys() throws {
        func remedies(_ yaml: String) throws -> [String?] {
            let error = #expect(throws: DocumentError.self) { try DocumentDraft(YAML.loadOne(yaml)) }
            return error?.messages.map(\.remedy) ?? []
        }
        #expect(try remedies("foo: bar").first == "The document has no key 'schema': add it.")
        #expect(
            try remedies("schema: null").first == "null without quotes is no value to YAML 1.1; write 'null'.")
    }

    private let head = "schema: example/Kind/v1\nmetadata: {schema: metadata/Document/v1, name: x"

    @Test(
        "each problem of the shape has Deckhand's words",
        arguments: [
            ("data: 1", ["None is not of type 'string'", "None is not of type 'object'"]),
            (
                "schema: a/b\nmetadata: {schema: metadata/Control/v1, name: x}",
                [#"'a/b' does not match '^[A-Za-z]+/[A-Za-z]+/v\\d+$'"#]
            ),
            ("schema: a/b/v1\nmetadata: {schema: metadata/Control/v1}", ["'name' is a required property"]),
            (
                "schema: a/b/v1\nmetadata: {schema: metadata/Document/v2, name: x}",
                ["Invalid metadata schema metadata/Document version v2 specified."]
            ),
            (
                "schema: a/b/v1\nmetadata: {schema: metadata/Document/v1, name: x}",
                ["'storagePolicy' is a required property", "'layeringDefinition' is a required property"]
            ),
        ])
    func words(yaml: String, expected: [String]) throws {
        #expect(try problems(yaml) == expected)
    }

    @Test("metadata takes no unknown keys, and a selector needs actions")
    func metadata() throws {
        #expect(
            try problems(head + ", storagePolicy: cleartext, layeringDefinition: {layer: a}, extra: 1}") == [
                "Additional properties are not allowed ('extra' was unexpected)"
            ])
        #expect(
            try problems(
                head + ", storagePolicy: cleartext, layeringDefinition: {layer: a, parentSelector: {a: b}}}") == [
                    "'actions' is a required property"
                ])
    }

    /// The problems of an entry of `substitutions`, in which SRC stands for a good `src`.
    private func substitutionProblems(_ entry: String) throws -> [String] {
        let entry = entry.replacing("SRC", with: "src: {schema: a/b/v1, name: n, path: .}")
        return try problems(
            head + ", storagePolicy: cleartext, layeringDefinition: {layer: a}, substitutions: \(entry)}")
    }

    @Test(
        "substitutions may have each member that the rule names",
        arguments: [
            "[]", "[{SRC, dest: {path: .a}}]", "[{SRC, dest: [{path: .a}, {path: .b, pattern: X}]}]",
            "[{src: {schema: a/b/v1, name: n, path: ., pattern: X, match_group: 1, deepcopy: true}, dest: {path: .a}}]",
            "[{SRC, dest: {path: .a, pattern: X, recurse: {depth: -1}}}]",
            "[{SRC, dest: {path: .a, pattern: X, recurse: {depth: 0}}}, {SRC, dest: {path: .b}}]",
        ])
    func substitutions(entry: String) throws {
        #expect(try substitutionProblems(entry) == [])
    }

    @Test(
        "what lacks a member, has another, or one of another type is no substitution",
        arguments: [
            "{SRC, dest: {path: .a}}", "[text]", "[{SRC}]", "[{dest: {path: .a}}]",
            "[{SRC, dest: {path: .a}, other: 1}]", "[{SRC, dest: []}]", "[{SRC, dest: {}}]", "[{SRC, dest: .a}]",
            "[{SRC, dest: {path: 1}}]", "[{SRC, dest: {path: .a, pattern: 1}}]",
            "[{SRC, dest: {path: .a, other: 1}}]", "[{SRC, dest: [{path: .a}, {}]}]",
            "[{SRC, dest: {path: .a, recurse: {}}}]", "[{SRC, dest: {path: .a, recurse: {depth: -2}}}]",
            "[{SRC, dest: {path: .a, recurse: {depth: x}}}]", "[{src: {name: n, path: .}, dest: {path: .a}}]",
            "[{src: {schema: a/b/v1, path: .}, dest: {path: .a}}]",
            "[{src: {schema: a/b/v1, name: n}, dest: {path: .a}}]",
            "[{src: {schema: a/b, name: n, path: .}, dest: {path: .a}}]",
            "[{src: {schema: a/b/v1, name: 1, path: .}, dest: {path: .a}}]",
            "[{src: {schema: a/b/v1, name: n, path: ., pattern: 1}, dest: {path: .a}}]",
            "[{src: {schema: a/b/v1, name: n, path: ., match_group: x}, dest: {path: .a}}]",
            "[{src: {schema: a/b/v1, name: n, path: ., deepcopy: 1}, dest: {path: .a}}]",
            "[{src: {schema: a/b/v1, name: n, path: ., other: 1}, dest: {path: .a}}]",
        ])
    func malformedSubstitutions(entry: String) throws {
        #expect(try !substitutionProblems(entry).isEmpty)
    }

    @Test("what is missing is filled in, null data stays null")
    func defaults() throws {
        let draft = try DocumentDraft(
            YAML.loadOne("schema: a/b/v1\nmetadata: {schema: metadata/Control/v1, name: x}\nother: 1"))
        #expect(draft.data == [:])
        #expect(draft.identity == DocumentIdentity(schema: "a/b/v1", layer: nil, name: "x"))
        #expect(
            draft.metadata.sortedByKey() == [
                "layeringDefinition": ["abstract": false], "name": "x", "replacement": false,
                "schema": "metadata/Control/v1", "storagePolicy": "cleartext",
            ])
        let null = try DocumentDraft(
            YAML.loadOne("schema: a/b/v1\nmetadata: {schema: metadata/Control/v1, name: x}\ndata:"))
        #expect(null.data == .null)
    }
}

@Suite("Validation after rendering")
struct DataSchemaTests {
    private let schema = """
        schema: deckhand/DataSchema/v1
        metadata: {schema: metadata/Control/v1, name: example/Kind/v1}
        data: {type: object, properties: {a: {type: integer}, e: {enum: [1]}}}
        ---

        """

    private func failure(_ yaml: String, latest: [StoredDocument] = []) throws -> DocumentError? {
        let rendered = try DocumentEngine.render(stored(policy + yaml))
        do {
            try DocumentEngine.validate(rendered, latestSchemas: latest, cache: DataSchemaCache())
            return nil
        } catch {
            return error
        }
    }

    @Test("every failing document is reported with the section and the schema")
    func report() throws {
        let error = try failure(schema + kind("x", data: "{a: foo, b: 1}") + kind("y", data: "{a: true}"))
        #expect(error?.kind == .invalid)
        #expect(error?.messages.map(\.message) == ["'foo' is not of type 'integer'", "True is not of type 'integer'"])
        let diagnostic = try #require(error?.messages.first?.diagnostic)
        #expect(diagnostic["error_section"] == ["a": "foo", "b": 1])
        #expect(diagnostic["schema_path"] == ".properties.a.type")
        #expect(diagnostic["validation_schema"]?["type"] == "object")
        #expect(error?.messages.first?.documents == [.init(schema: "example/Kind/v1", layer: "site", name: "x")])
    }

    @Test("what was substituted is not shown")
    func sanitized() throws {
        let source = kind("from", data: "hunter2").replacing("example/Kind", with: "example/Word")
            .replacing("cleartext", with: "encrypted")
        let receiver = kind(
            "to",
            "substitutions: [{src: {schema: example/Word/v1, name: from, path: .}, dest: [{path: .a}, {path: .e}]}]",
            data: "{b: 1}")
        let error = try failure(schema + source + receiver)
        #expect(error?.messages.count == 2)
        let text = try #require(error?.messages.map { $0.value.json() }.joined())
        #expect(!text.contains("hunter2"))
        #expect(text.contains("Sanitized to avoid exposing secret."))
    }

    @Test("the names of a secret's members are not shown, those beside a substituted one are")
    func secretNames() throws {
        let strict = schema.replacing(
            "e: {enum: [1]}}}",
            with: "m: {properties: {n: {type: string}}, additionalProperties: false}}, additionalProperties: false}")
        let encrypted = kind("x", data: "{hunter2: 1}").replacing("cleartext", with: "encrypted")
        let own = try #require(try failure(strict + encrypted)).messages.map { $0.value.json() }.joined()
        #expect(!own.contains("hunter2"))
        #expect(own.contains("Sanitized to avoid exposing secret."))
        #expect(
            try failure(strict + kind("x", data: "{hunter2: 1}"))?.messages.first?.message.contains("hunter2") == true)

        let source = kind("from", data: "{hunter2: 1}").replacing("example/Kind", with: "example/Map")
            .replacing("cleartext", with: "encrypted")
        let receiver = kind(
            "to", "substitutions: [{src: {schema: example/Map/v1, name: from, path: .}, dest: {path: .m}}]",
            data: "{plain: 1}")
        let messages = try #require(try failure(strict + source + receiver)).messages.map { $0.value.json() }
        #expect(!messages.joined().contains("hunter2"))
        #expect(messages.contains { $0.contains("('plain' was unexpected)") })
    }

    @Test("the newest revision's schemas apply, the rendered set's own come first")
    func latest() throws {
        let strict = try stored(schema.replacing("---\n", with: ""))
        #expect(try failure(kind("x", data: "{a: foo}"), latest: strict) != nil)
        let lax = schema.replacing("type: integer", with: "type: string")
        #expect(try failure(lax + kind("x", data: "{a: foo}"), latest: strict) == nil)
    }

    @Test("documents of Shipyard are held against schemas that every site has, unless it brings its own")
    func shipyard() throws {
        func configuration(_ data: String) -> String {
            kind("deployment-configuration", data: data).replacing(
                "example/Kind", with: "shipyard/DeploymentConfiguration")
        }
        for data in [
            "{physical_provisioner: {deploy_timeout: 60}}",
            "{physical_provisioner: {deploy_timeout: '60'}, armada: null}",
            "{physical_provisioner: null, armada: {manifest: full-site, validate_design_timeout: 600}}",
        ] {
            #expect(try failure(configuration(data)) == nil, "\(data)")
        }
        let typo = try failure(configuration("{physical_provisioner: {deploy_timout: 60}}"))
        #expect(
            typo?.messages.map(\.message) == [
                "Additional properties are not allowed ('deploy_timout' was unexpected)"
            ])
        #expect(try failure(configuration("{physical_provisioner: {deploy_timeout: soon}}")) != nil)
        let own = schema.replacing("name: example/Kind/v1", with: "name: shipyard/DeploymentConfiguration/v1")
        #expect(try failure(own + configuration("{physical_provisioner: {deploy_timout: 60}}")) == nil)
    }

    @Test("Deckhand's own schemas cannot be overridden, and an unusable schema is named")
    func builtIn() throws {
        let passphrase = kind("p", data: "1").replacing("example/Kind", with: "deckhand/Passphrase")
        let lax = schema.replacing("name: example/Kind/v1", with: "name: deckhand/Passphrase/v1")
        #expect(try failure(lax + passphrase)?.messages.map(\.message) == ["1 is not of type 'string'"])
        let broken = schema.replacing("{type: object,", with: "{type: 12,")
        #expect(
            try failure(broken + kind("x", data: "{}"))?.messages.first?.message.contains("example/Kind/v1") == true)
    }
}

@Suite("Redaction")
struct RedactionTests {
    private func views(_ yaml: String) throws -> [String: DocumentView] {
        let rendered = try DocumentEngine.render(stored(policy + yaml))
        return Dictionary(rendered.map { ($0.name, DocumentView($0, redacted: true)) }, uniquingKeysWith: { $1 })
    }

    private let secret = kind("secret", data: "hunter2").replacing("cleartext", with: "encrypted")
    private let once = "7299b59de0b5dad3b622afc3bdf57544e505249c77a6d4254bd14b1fc9a4ade8"
    private let twice = "c343b0cbb97abbbbfaa5195d717d2729c5d9a82ab7af82e260c9fc6c8b051dab"

    private func receiver(_ name: String, from source: String) -> String {
        kind(
            name, "substitutions: [{src: {schema: example/Kind/v1, name: \(source), path: .}, dest: {path: .}}]",
            data: "text")
    }

    @Test("receivers of secrets are hidden, along substitutions, with their paths hashed twice")
    func transitive() throws {
        let views = try views(secret + receiver("one", from: "secret") + receiver("two", from: "one"))
        for name in ["secret", "one", "two"] {
            let view = try #require(views[name])
            #expect(view.metadata["storagePolicy"] == "encrypted")
            #expect(!view.value.json().contains("hunter2"))
        }
        #expect(views["one"]?.metadata["substitutions"]?[0]?["src"]?["path"] == .string(twice))
        #expect(views["one"]?.metadata["substitutions"]?[0]?["dest"]?["path"] == .string(twice))
    }

    @Test("a child that inherits a secret is hidden too")
    func inherited() throws {
        let parent = kind(
            "parent", layer: "global",
            "labels: {n: parent}\n  substitutions: [{src: {schema: example/Kind/v1, name: secret, path: .}, dest: {path: .x}}]",
            data: "{}")
        let child = kind("child", "+parentSelector: {n: parent}, actions: [{method: merge, path: .}]", data: "{y: 1}")
        #expect(try views(secret + parent + child)["child"]?.value.json().contains("hunter2") == false)
    }

    private func entry(_ source: String, _ path: String, _ dest: String) -> String {
        "{src: {schema: example/Kind/v1, name: \(source), path: \(path)}, dest: \(dest)}"
    }

    /// `one` puts a secret into what it shares with `source` and everybody else who received it.
    private func sharing(_ destination: String = "{path: .m.n.pw}") -> String {
        secret + kind("source", data: "{m: {n: {own: 1, text: TOKEN}, o: 1}, q: 2}")
            + kind("before", "substitutions: [\(entry("source", ".m", "{path: .m}"))]", data: "{}")
            + kind(
                "one", "substitutions: [\(entry("source", ".m", "{path: .m}")), \(entry("secret", ".", destination))]",
                data: "{}")
            // The graph's order is that of these edges: they are rendered after `one`.
            + kind(
                "after",
                "substitutions: [\(entry("one", ".m.o", "{path: .o}")), \(entry("source", ".m", "{path: .m}"))]",
                data: "{}")
            + kind(
                "later",
                "substitutions: [\(entry("after", ".o", "{path: .o}")), \(entry("before", ".m.n", "{path: .x}"))]",
                data: "{}")
    }

    @Test(
        "a secret that was put into what several documents share is hidden in all of them",
        arguments: [
            "{path: .m.n.pw}", "{path: .m.n.text, pattern: TOKEN}", "{path: .m, pattern: TOKEN, recurse: {depth: -1}}",
        ])
    func shared(destination: String) throws {
        let documents = try DocumentEngine.render(stored(policy + sharing(destination)))
        let holders = documents.filter { $0.data.json().contains("hunter2") }
        #expect(Set(holders.map(\.name)) == ["secret", "source", "before", "one", "after", "later"])
        for document in documents {
            let view = DocumentView(document, redacted: true)
            #expect(!view.value.json().contains("hunter2"), "\(document.name)")
        }
    }

    @Test("a child that is layered over what shares a secret is hidden")
    func inheritedShared() throws {
        let parent = kind(
            "parent", layer: "global", "labels: {n: p}\n  substitutions: [\(entry("source", ".m", "{path: .m}"))]",
            data: "{}")
        let child = kind(
            "child",
            "+parentSelector: {n: p}, actions: [{method: merge, path: .}]", data: "{y: 1}"
        ).replacing(
            "  storagePolicy", with: "  substitutions: [\(entry("one", ".m.o", "{path: .o}"))]\n  storagePolicy")
        let yaml = sharing() + parent + child
        let documents = try DocumentEngine.render(stored(policy + yaml))
        for document in documents where document.data.json().contains("hunter2") {
            #expect(document.holdsSecret, "\(document.name)")
        }
    }

    @Test("in random sites no document shows anything of an encrypted one")
    func randomSites() throws {
        var leaks = 0
        for seed in 0..<400 {
            var site = LinkedSite(seed: UInt64(42_000 + seed))
            var documents = try YAML.load(policy).filter { !$0.isNull } + site.documents(count: 3 + seed % 5)
            let place = 1 + seed % (documents.count - 1)
            guard case .object(var document) = documents[place], case .object(var metadata) = document["metadata"]
            else {
                continue
            }
            metadata["storagePolicy"] = "encrypted"
            document["metadata"] = .object(metadata)
            document["data"] = document["data"]?.marked("SECRET")
            documents[place] = .object(document)
            guard let rendered = try? DocumentEngine.render(stored(documents)) else { continue }
            for document in rendered where document.data.json().contains("SECRET") {
                #expect(document.holdsSecret, "\(seed) \(document.identity)")
                if !document.source.isEncrypted { leaks += 1 }
            }
        }
        #expect(leaks > 200)
    }

    @Test("a document that shares nothing with a secret is not hidden for another's sake")
    func notShared() throws {
        let yaml =
            secret + kind("source", data: "{m: {n: {own: 1}}}")
            + kind("plain", "substitutions: [\(entry("source", ".m", "{path: .m}"))]", data: "{}")
            + kind("one", "substitutions: [\(entry("secret", ".", "{path: .a.b.c}"))]", data: "{}")
        let views = try views(yaml)
        #expect(views["plain"]?.data == ["m": ["n": ["own": 1]]])
        #expect(views["source"]?.data == ["m": ["n": ["own": 1]]])
    }

    @Test("a document without secrets stays as it is")
    func clear() throws {
        let views = try views(secret + kind("plain", data: "{a: 1}"))
        #expect(views["plain"]?.data == ["a": 1])
        #expect(views["secret"]?.metadata["substitutions"] == nil)
        #expect(once != twice)
    }
}

extension Value {
    /// With `mark` before every scalar.
    fileprivate func marked(_ mark: String) -> Value {
        switch self {
        case .object(let members): .object(members.mapValues { $0.marked(mark) })
        case .array(let elements): .array(elements.map { $0.marked(mark) })
        default: .string("\(mark) \(json())")
        }
    }
}
