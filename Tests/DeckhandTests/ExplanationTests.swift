import Deckhand
import Documents
import OrderedCollections
import Primitives
import Store
import Testing
import YAML

@Suite("Where a value was put")
struct ExplanationTests {
    private let site = """
        # the policy
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: layering-policy}
        data: {layerOrder: [global, site]}
        ---
        schema: example/Kind/v1
        metadata:
          schema: metadata/Document/v1
          name: from
          storagePolicy: cleartext
          layeringDefinition: {layer: site}
        data:
          a:
            - one
            - two:
                deep: 3
        ---
        schema: example/Kind/v1
        metadata:
          schema: metadata/Document/v1
          name: to
          storagePolicy: cleartext
          layeringDefinition: {layer: site}
          substitutions:
            - src: {schema: example/Kind/v1, name: word, path: .}
              dest: {path: .w}
            - src: {schema: example/Kind/v1, name: from, path: '.a[1]'}
              dest: {path: .x}
        data: {own: 1}

        """

    private let word = """

        schema: example/Kind/v1
        metadata:
          schema: metadata/Document/v1
          name: word
          storagePolicy: encrypted
          layeringDefinition: {layer: site}
        data:
          hunter2
        """

    private func deckhand() async throws -> DeckhandFixture {
        let deckhand = try DeckhandFixture()
        for (bucket, text) in [("site", site), ("secrets", word)] { try await deckhand.putWithLines(bucket, text) }
        return deckhand
    }

    private func explain(
        _ deckhand: DeckhandFixture, _ name: String, _ path: String, revision: Int = 2, redacted: Bool = false
    ) async throws -> Value {
        try await deckhand.service.explain(
            revision: revision, identity: RenderedIdentity(schema: "example/Kind/v1", name: name), path: path,
            hidesSecrets: redacted
        ).value
    }

    @Test("every step names document, bucket, revision and line")
    func chain() async throws {
        let deckhand = try await deckhand()
        let value = try await explain(deckhand, "to", ".x.two.deep")
        #expect(value["value"] == 3)
        #expect(value["path"] == ".x.two.deep")
        #expect(
            value["document"] == [
                "bucket": "site", "layer": "site", "name": "to", "revision": 1, "schema": "example/Kind/v1",
            ])
        #expect(
            value["origin"]?[0] == [
                "action": "substitution", "bucket": "site", "file": nil, "layer": "site", "line": 27, "name": "to",
                "revision": 1, "schema": "example/Kind/v1", "path": ".metadata.substitutions[1]",
                "source": ["name": "from", "path": ".a[1]", "schema": "example/Kind/v1"],
                "destination": ["path": ".x"],
            ])
        #expect(
            value["origin"]?[1] == [
                "action": "written", "bucket": "site", "file": nil, "layer": "site", "line": 16, "name": "from",
                "revision": 1, "schema": "example/Kind/v1", "path": ".data.a[1].two.deep",
            ])
        #expect(value["origin"]?[2] == nil)
    }

    @Test("a mapping shows where each of its members came from")
    func children() async throws {
        let deckhand = try await deckhand()
        let children = try #require(try await explain(deckhand, "to", ".")["children"]?.arrayValue)
        #expect(children.compactMap { $0["path"]?.stringValue } == [".own", ".w", ".x"])
        #expect(children.map { $0["origin"]?.arrayValue?.last?["line"] } == [29, 8, 15])
    }

    @Test("an encrypted document shows the line of its data, and nothing of its inside is kept")
    func encrypted() async throws {
        let deckhand = try await deckhand()
        let value = try await explain(deckhand, "to", ".w")
        #expect(value["value"] == "hunter2")
        #expect(value["origin"]?[1]?["bucket"] == "secrets")
        #expect(value["origin"]?[1]?["revision"] == 2)
        #expect(value["origin"]?[1]?["line"] == 8)
        let lines = try await deckhand.database.read { connection in
            try connection.query("SELECT lines FROM deckhand_lines").map { try $0.blob(0) }
        }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.count < 120 })
    }

    @Test("what holds a secret is hidden where secrets are")
    func redacted() async throws {
        let deckhand = try await deckhand()
        for path in [".w", ".x", "."] {
            let text = try await explain(deckhand, "to", path, redacted: true).json()
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("deep"))
        }
        let clear = try await explain(deckhand, "from", ".a", redacted: true)
        #expect(clear["value"] == ["one", ["two": ["deep": 3]]])
        await #expect(throws: DocumentError.self) {
            try await deckhand.service.explain(
                revision: 2, identity: RenderedIdentity(schema: "example/Kind/v1", name: "word"), path: ".",
                hidesSecrets: true, maySeeEncrypted: false)
        }
    }

    /// A secret mapping, one who receives it below `.s`, and one who receives its members.
    private static let secretMapping =
        policy + kind("secret", "{users: {alice: pw1, bob: pw2}, l: [1, 2, 3]}", storage: "encrypted")
        + kind(
            "below", "{own: {k: 1}, text: TOKEN}",
            "substitutions: [{src: {schema: example/Kind/v1, name: secret, path: .}, dest: {path: .s}}, "
                + "{src: {schema: example/Kind/v1, name: secret, path: .users.alice, pattern: '^(pw)'}, "
                + "dest: {path: .text, pattern: TOKEN}}]")
        + kind(
            "top", "{own: 1}",
            "substitutions: [{src: {schema: example/Kind/v1, name: secret, path: .}, dest: {path: .}}]")

    private static func sum(_ value: Value) -> Value { DocumentView.redacted(value) }

    @Test("redacted, a path is hashed like a substitution's, a value is that of all data, and patterns are left out")
    func redactedLikeDocuments() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.putWithLines("a", Self.secretMapping)
        let shown = try await deckhand.service.rendered(revision: 1).documents.map { DocumentView($0, redacted: true) }
        let below = try #require(shown.first { $0.value["metadata"]?["name"] == "below" })
        let value = try await explain(deckhand, "below", ".text", revision: 1, redacted: true)
        #expect(value["redacted"] == true)
        #expect(value["value"] == below.data)
        #expect(value["path"] == Self.sum(".text"))
        #expect(value["children"] == [])
        let step = value["origin"]?[0]
        let substitution = below.metadata["substitutions"]?[1]
        #expect(step?["source"]?["path"] == substitution?["src"]?["path"])
        #expect(step?["destination"]?["path"] == substitution?["dest"]?["path"])
        #expect(step?["destination"]?["path"] == Self.sum(Self.sum(".text")))
        #expect(step?["source"]?["pattern"] == nil)
        #expect(step?["destination"]?["pattern"] == nil)
        #expect(value["origin"]?[1]?["path"] == ".data")
        let clear = try await explain(deckhand, "below", ".text", revision: 1)
        #expect(clear["redacted"] == false)
        #expect(clear["value"] == "pw")
        #expect(clear["origin"]?[0]?["source"]?["pattern"] == "^(pw)")
    }

    @Test(
        "redacted, nothing can be learned of what is in a secret: not its keys, not its size, not a sum of each value",
        arguments: ["secret", "below", "top"])
    func probing(name: String) async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.putWithLines("a", Self.secretMapping)
        let prefix = name == "below" ? ".s" : ""
        let there = try await explain(deckhand, name, prefix + ".users.alice", revision: 1, redacted: true)
        for path in [".users.mallory", ".l[2]", ".l[7]", ".nothing.at.all"] {
            #expect(try await explain(deckhand, name, prefix + path, revision: 1, redacted: true) == there, "\(path)")
        }
        #expect(try await explain(deckhand, name, prefix.isEmpty ? "." : prefix, revision: 1, redacted: true) == there)
        for path in [".*", "$..alice", ".l[*]"] {
            let error = await #expect(throws: DocumentError.self) {
                try await explain(deckhand, name, prefix + path.replacing("$", with: ""), revision: 1, redacted: true)
            }
            #expect(error?.kind == .invalid)
            #expect(error?.problem == .invalidInput)
        }
    }

    @Test("redacted, what is beside a secret can still be asked for by its path")
    func besideSecret() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.putWithLines("a", Self.secretMapping)
        let value = try await explain(deckhand, "below", ".own.k", revision: 1, redacted: true)
        #expect(value["origin"]?[0]?["action"] == "written")
        #expect(value["path"] == Self.sum(".own.k"))
        let error = await #expect(throws: DocumentError.self) {
            try await explain(deckhand, "below", ".own.l", revision: 1, redacted: true)
        }
        #expect(error?.problem == .pathMissing)
        #expect(error?.message.contains(".own,") == false)
    }

    @Test("who may not see encrypted documents is not told their names")
    func names() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.putWithLines("a", Self.secretMapping)
        for (maySee, isNamed) in [(true, true), (false, false)] {
            let error = await #expect(throws: DocumentError.self) {
                try await deckhand.service.explain(
                    revision: 1, identity: RenderedIdentity(schema: "example/Kind/v1", name: "nobody"), path: ".",
                    hidesSecrets: true, maySeeEncrypted: maySee)
            }
            #expect(error?.message.contains("secret") == isNamed)
            #expect(error?.message.contains("below") == true)
        }
    }

    @Test("after a rollback a value still leads to the stream it was put in")
    func rollback() async throws {
        let deckhand = try await deckhand()
        try await deckhand.putWithLines("site", site.replacing("deep: 3", with: "deep: 4"))
        #expect(try await explain(deckhand, "to", ".x.two.deep", revision: 3)["value"] == 4)
        _ = try await deckhand.service.rollback(to: 2)
        let value = try await explain(deckhand, "to", ".x.two.deep", revision: 4)
        #expect(value["value"] == 3)
        #expect(value["origin"]?[1]?["line"] == 16)
        #expect(value["origin"]?[1]?["revision"] == 1)
    }

    @Test("documents that were put without lines are explained without them")
    func unknownLines() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", "{a: 1}"))
        let value = try await explain(deckhand, "x", ".a", revision: 1)
        #expect(value["origin"]?[0]?["line"] == .null)
        #expect(value["origin"]?[0]?["revision"] == 1)
    }

    @Test("a value leads to the file that its stream was made of, and to the line there")
    func files() async throws {
        let deckhand = try DeckhandFixture()
        let parts = site.split(separator: "---\n").map(String.init)
        let stream =
            "# boatyard-origin: policy.yaml:1\n---\n" + parts[0] + "# boatyard-origin: a/from.yaml:0\n\n# x\n---\n"
            + parts[1]
            + "---\n" + parts[2]
        try await deckhand.putWithLines("site", stream + "# boatyard-origin: nowhere.yaml:7\n")
        try await deckhand.putWithLines("secrets", "---\n" + word)
        let value = try await explain(deckhand, "to", ".x.two.deep")
        #expect(value["origin"]?[1]?["file"] == "a/from.yaml")
        // Two lines after the mark come before its `---`.
        #expect(value["origin"]?[1]?["line"] == 13)
        #expect(value["origin"]?[0]?["file"] == "a/from.yaml")
        #expect(value["origin"]?[0]?["line"] == 24)
        #expect(try await explain(deckhand, "to", ".w")["origin"]?[1]?["file"] == .null)
        // A rollback leads to where it was put first.
        _ = try await deckhand.service.rollback(to: 1)
        try await deckhand.putWithLines("secrets", "---\n" + word)
        #expect(try await explain(deckhand, "to", ".own", revision: 4)["origin"]?[0]?["file"] == "a/from.yaml")
        try await deckhand.service.deleteAll()
        let rows = try await deckhand.database.read { try $0.query("SELECT 1 FROM deckhand_files") }
        #expect(rows.isEmpty)
    }

    @Test("forgetting everything forgets the lines")
    func deleted() async throws {
        let deckhand = try await deckhand()
        try await deckhand.service.deleteAll()
        let rows = try await deckhand.database.read { try $0.query("SELECT 1 FROM deckhand_lines") }
        #expect(rows.isEmpty)
    }

    @Test(
        "a place whose line is not known has that of what is around it",
        arguments: [
            ("data: {a: 1, a: 2}", ".a", 3), ("data:\n  base: &b {k: 1}\n  own:\n    <<: *b\n    l: 2", ".own.l", 5),
            ("data:\n  x:\n    y: *b", ".x", 0),
        ])
    func irregular(data: String, path: String, line: Int) async throws {
        let head =
            "schema: example/Kind/v1\nmetadata: {schema: metadata/Document/v1, name: x, storagePolicy: cleartext, "
        let text = head + "layeringDefinition: {layer: site}}\n" + data + "\n---\n" + policy
        let deckhand = try DeckhandFixture()
        guard line > 0 else {
            await #expect(throws: DocumentError.self) { try await deckhand.putWithLines("a", text) }
            return
        }
        try await deckhand.putWithLines("a", text)
        #expect(try await explain(deckhand, "x", path, revision: 1)["origin"]?[0]?["line"] == .int(line))
    }
}

extension DeckhandFixture {
    @discardableResult
    func putWithLines(_ bucket: String, _ yaml: String) async throws -> Int? {
        let stream = try DocumentStream(Array(yaml.utf8), dropsEmpty: true)
        return try await service.put(bucket: bucket, documents: stream.documents, lines: stream.lines).revision
    }
}
