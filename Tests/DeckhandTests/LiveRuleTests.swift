import Deckhand
import Documents
import OrderedCollections
import Primitives
import Testing
import YAML

/// Rules that were observed on a running Deckhand, by their sections.
@Suite("Rules of a running Deckhand: revisions")
struct LiveRuleTests {
    @Test("§3: a refused PUT leaves no revision and no gap in the numbers")
    func refusedPut() async throws {
        let deckhand = try DeckhandFixture()
        #expect(try await deckhand.put("a", kind("x", "1")) == 1)
        #expect(await failure { try await deckhand.put("a", kind("y", "1") + kind("y", "2")) }?.kind == .conflict)
        #expect(try await deckhand.put("a", kind("x", "2")) == 2)
        #expect(try await deckhand.data(2) == ["x": 2])
    }

    @Test("§3: status.revision stays where the revision just before had the same document in its PUT, else it is new")
    func shownRevision() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        try await deckhand.put("a", kind("x", "1"))
        #expect(try await deckhand.content(2) == ["x": 1])
        try await deckhand.put("b", kind("y", "1"))
        try await deckhand.put("a", kind("x", "1"))
        #expect(try await deckhand.content(4) == ["x": 4, "y": 3])
        try await deckhand.put("a", kind("x", "2"))
        #expect(try await deckhand.content(5)["x"] == 5)
    }

    @Test("§4: every PUT with documents makes a revision, also where nothing changed")
    func unchanged() async throws {
        let deckhand = try DeckhandFixture()
        for revision in 1...3 { #expect(try await deckhand.put("a", kind("x", "1")) == revision) }
        #expect(try await deckhand.service.revisions().map(\.buckets) == [["a"], ["a"], ["a"]])
        #expect(try await deckhand.service.diff(1, 3) == ["a": .unmodified])
    }

    @Test("§4: a revision names the bucket that was put in it, an emptied one too, and no other")
    func bucketsOfRevision() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        try await deckhand.put("b", kind("y", "1"))
        try await deckhand.put("a", "")
        #expect(try await deckhand.service.revisions().map(\.buckets) == [["a"], ["b"], ["a"]])
    }

    @Test("§4: only ValidationPolicies that the revision itself brought make it failed")
    func validationPolicies() async throws {
        let deckhand = try DeckhandFixture()
        let validation = """
            schema: deckhand/ValidationPolicy/v1
            metadata: {schema: metadata/Control/v1, name: v}
            data: {validations: []}
            """
        try await deckhand.put("v", validation)
        try await deckhand.put("a", kind("x", "1"))
        let first = try await deckhand.service.revision(1)
        #expect(first.validationPolicies.map(\.name) == ["v"])
        #expect(first.value["status"] == "failed")
        #expect(try await deckhand.service.revision(2).value["status"] == "success")
    }

    @Test("§5: what a document has beside schema, metadata and data is ignored, a mark of deletion too")
    func unknownKeys() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", "1\ndeleted: true\nmore: [1]"))
        #expect(try await deckhand.data(1)["x"] == 1)
        #expect(try await deckhand.rendered(1)["x"] == 1)
    }

    @Test("§6.2: control documents with useless data are stored, and refused when they are used")
    func uselessControlDocuments() async throws {
        let deckhand = try DeckhandFixture()
        let broken = policy.replacing("{layerOrder: [global, site]}", with: "{}")
        try await deckhand.put("p", broken)
        #expect(await failure { _ = try await deckhand.rendered(1) }?.messages.first?.name == .dataSchema)
        try await deckhand.put("a", kind("x", "1"))
        #expect(await failure { _ = try await deckhand.rendered(2) }?.problem == .invalidLayer)
        try await deckhand.put("p", policy)
        let schema = """
            schema: deckhand/DataSchema/v1
            metadata: {schema: metadata/Control/v1, name: example/Kind/v1}
            data: {type: nothing}
            """
        try await deckhand.put("s", schema)
        let error = await failure { _ = try await deckhand.rendered(4) }
        #expect(error?.kind == .invalid)
        #expect(error?.messages.first?.message.contains("DataSchema example/Kind/v1") == true)
        #expect(error?.messages.first?.diagnostic == "Correct the data section of the DataSchema document.")
        #expect(try await deckhand.service.validationDetails(revision: 4).isEmpty)
    }

    @Test(
        "§9: secrets of any type come back as they were, and what is no reference is used as it is",
        arguments: [
            "text", "[1, {a: 2}]", "{k: {l: null}}", "1.5", "true", "0", "https://deckhand/v1/secrets/not-a-uuid",
        ])
    func secretTypes(data: String) async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", data, storage: "encrypted"))
        #expect(try await deckhand.rendered(1)["x"] == YAML.loadOne(data))
        let shown = try #require(try await deckhand.data(1)["x"]?.stringValue)
        #expect(shown.hasPrefix("https://deckhand/v1/secrets/"))
        #expect(shown.count == "https://deckhand/v1/secrets/".count + 36)
    }

    @Test("§11: a change that only came by substitution leaves the receiver's bucket unmodified in deepdiff")
    func deepDiffOfReceivers() async throws {
        let deckhand = try DeckhandFixture()
        let receiver = kind(
            "to", "{}", "substitutions: [{src: {schema: example/Kind/v1, name: from, path: .}, dest: {path: .x}}]")
        try await deckhand.put("p", policy)
        try await deckhand.put("r", receiver)
        try await deckhand.put("s", kind("from", "1"))
        try await deckhand.put("s", kind("from", "2"))
        let answer = try await deckhand.service.deepDiff(3, 4)
        #expect(answer["r"] == "unmodified")
        #expect(answer["r diff"] == nil)
        #expect(answer["s"] == "modified")
        #expect(answer["s diff"]?["document_changed"]?["count"] == 1)
    }

    @Test("§11: int and float, int and bool, text and list are changes of type; abstract documents count in diff")
    func typeChanges() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", "{a: 1, b: 1, c: t, d: null}"))
        try await deckhand.put("a", policy + kind("x", "{a: 1.0, b: true, c: [t], d: {}}"))
        let changes = try await deckhand.service.deepDiff(1, 2)["a diff"]?["document_changed"]?["details"]?[
            "('example/Kind/v1', 'x')"]?["data_changed"]?["type_changes"]
        #expect(changes?["root['a']"]?["new_type"] == "float")
        #expect(changes?["root['b']"]?["new_type"] == "bool")
        #expect(changes?["root['c']"]?["new_type"] == "list")
        #expect(changes?["root['d']"]?["old_type"] == "NoneType")
        let abstract = kind("z", "1").replacing("{layer: site}", with: "{layer: site, abstract: true}")
        try await deckhand.put("b", abstract)
        #expect(try await deckhand.service.diff(2, 3)["b"] == .created)
    }

    @Test("§12: the very case in which a running Deckhand brings back what was deleted and overwritten")
    func rollbackCase() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1") + kind("w", "1"))
        try await deckhand.put("b", kind("y", "1"))
        try await deckhand.put("a", kind("x", "2"))
        try await deckhand.put("b", kind("y", "2"))
        try await deckhand.put("b", kind("y", "2") + kind("late", "1"))
        _ = try await deckhand.service.rollback(to: 4)
        #expect(try await deckhand.data(6) == ["x": 2, "y": 2])
        #expect(try await deckhand.service.diff(4, 6) == ["a": .unmodified, "b": .unmodified])
    }

    @Test("§12: a rollback to the newest revision makes a new one")
    func rollbackToNewest() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        #expect(try await deckhand.service.rollback(to: 1).id == 2)
        #expect(try await deckhand.content(2) == ["x": 1])
    }

    @Test(
        "§15: numbers, words and keys are read as YAML 1.1",
        arguments: [
            ("0644", 420), ("010", 8), ("089", "089"), ("0o14", "0o14"), ("0x1F", 31), ("0b101", 5), ("1_000", 1000),
            ("12:30:45", 45045), ("190:20:30.15", 685230.15), ("yes", true), ("Off", false), ("y", "y"), ("n", "n"),
            ("~", nil), (".5", 0.5), ("1.5e+3", 1500.0), ("1e3", "1e3"), ("1e+3", "1e+3"), ("4.e2", "4.e2"),
            ("{1: a}", ["1": "a"]), ("{a: 1, a: 2}", ["a": 2]), ("{true: a}", ["true": "a"]),
            ("123456789012345678901234567890", .bigInt("123456789012345678901234567890")),
        ] as [(String, Value)])
    func typing(text: String, value: Value) async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", "{v: \(text)}"))
        #expect(try await deckhand.data(1)["x"] == ["v": value])
        #expect(try await deckhand.rendered(1)["x"] == ["v": value])
    }

    @Test("§16: a document moved to another bucket stays there through many PUTs to the old one, and may move back")
    func moved() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1") + kind("w", "1"))
        try await deckhand.put("a", kind("w", "1"))
        try await deckhand.put("b", kind("x", "2"))
        for round in 0..<5 {
            let revision = try #require(try await deckhand.put("a", kind("w", "\(round)")))
            #expect(try await deckhand.data(revision) == ["x": 2, "w": .int(round)])
        }
        try await deckhand.put("b", "")
        let back = try #require(try await deckhand.put("a", kind("w", "9") + kind("x", "3")))
        #expect(try await deckhand.data(back) == ["x": 3, "w": 9])
    }
}
