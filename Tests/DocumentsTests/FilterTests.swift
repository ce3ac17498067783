import OrderedCollections
import Primitives
import Testing

@testable import Documents

private func filter(_ set: (inout DocumentFilter) -> Void) -> DocumentFilter {
    var filter = DocumentFilter()
    set(&filter)
    return filter
}

@Suite("Which documents are answered, and in which order")
struct FilterTests {
    private static let document = DocumentView(
        StoredDocument(
            id: 3, bucket: "site", revision: 2,
            identity: DocumentIdentity(schema: "example/Kind/v1", layer: "type", name: "one"),
            metadata: [
                "name": "one", "labels": ["rack": "r1", "number": 5, "flag": true],
                "layeringDefinition": ["layer": "type", "abstract": true],
            ], data: ["a": 1]))

    @Test(
        "all criteria hold, and of the values of one any does",
        arguments: [
            (filter { $0.schemas = ["example/Kind/v1"] }, true),
            (filter { $0.schemas = ["example/Kind"] }, true),
            (filter { $0.schemas = ["example"] }, true),
            (filter { $0.schemas = ["exam"] }, false),
            (filter { $0.schemas = ["example/Kind/v"] }, false),
            (filter { $0.schemas = ["example/Kind", "a/b/v1"] }, false),
            (filter { $0.schemas = ["a/b/v1", "example/Kind/v1"] }, true),
            (filter { $0.names = ["one"] }, true),
            (filter { $0.names = ["two", "one"] }, true),
            (filter { $0.names = ["two"] }, false),
            (filter { $0.layers = ["type"] }, true),
            (filter { $0.layers = ["site"] }, false),
            (filter { $0.buckets = ["site"] }, true),
            (filter { $0.buckets = ["other"] }, false),
            (filter { $0.abstract = ["true"] }, true),
            (filter { $0.abstract = ["TRUE"] }, true),
            (filter { $0.abstract = ["false"] }, false),
            (filter { $0.abstract = ["yes"] }, false),
            (filter { $0.abstract = ["yes", "True"] }, true),
            (filter { $0.labels = ["rack=r1"] }, true),
            (filter { $0.labels = ["rack=r2"] }, false),
            (filter { $0.labels = ["rack"] }, false),
            (filter { $0.labels = ["none=1"] }, false),
            (filter { $0.labels = ["number=5", "flag=True"] }, true),
            (filter { $0.labels = ["rack=r1", "number=6"] }, false),
        ] as [(DocumentFilter, Bool)])
    func admits(filter: DocumentFilter, isAdmitted: Bool) {
        #expect(filter.admits(Self.document) == isAdmitted)
        var filter = filter
        filter.buckets = ["elsewhere"]
        #expect(!filter.admits(Self.document))
    }

    @Test("a filter without criteria admits everything")
    func noCriteria() {
        #expect(DocumentFilter().admits(Self.document))
    }

    @Test("a document without labels, layer and name has none of what is asked for")
    func bare() {
        let bare = DocumentView(
            StoredDocument(
                id: 1, bucket: "site", revision: 1, identity: DocumentIdentity(schema: "a/b/v1", layer: nil, name: ""),
                metadata: [:], data: [:]))
        var filter = DocumentFilter(buckets: ["site"])
        #expect(filter.admits(bare))
        filter.abstract = ["false"]
        #expect(filter.admits(bare))
        filter.names = ["x"]
        #expect(!filter.admits(bare))
    }

    private func sorted(_ records: [Value], by keys: [String], order: String? = nil) throws -> [Value] {
        try RecordOrder(keys: keys, order: order).sorted(records) { $0 }
    }

    @Test("records are sorted by what lies at the paths, nulls first, each kind by itself")
    func order() throws {
        let mixed: [Value] = [
            ["k": "b"], ["k": [1]], ["k": 2], ["k": "a"], ["k": 1.5], ["k": true], [:], ["k": false],
            ["k": .bigInt("99999999999999999999")], ["k": nil],
        ]
        #expect(
            try sorted(mixed, by: ["k"]) == [
                [:], ["k": nil], ["k": false], ["k": true], ["k": 1.5], ["k": 2],
                ["k": .bigInt("99999999999999999999")], ["k": "a"], ["k": "b"], ["k": [1]],
            ])
        let people: [Value] = [["n": "b", "a": 1], ["n": "a", "a": 2], ["n": "a", "a": 1], ["n": "B", "a": 0]]
        #expect(
            try sorted(people, by: ["n", "a"]).map { $0.json() } == [
                #"{"n": "B", "a": 0}"#, #"{"n": "a", "a": 1}"#, #"{"n": "a", "a": 2}"#, #"{"n": "b", "a": 1}"#,
            ])
        #expect(try sorted(people, by: ["n"], order: "desc").compactMap { $0["a"] } == [1, 2, 1, 0])
        #expect(try sorted(people, by: []) == people)
        #expect(try !RecordOrder(keys: [], order: nil).hasKeys)
        #expect(try RecordOrder(keys: ["metadata.name"], order: "asc").hasKeys)
    }

    @Test("equal records keep their order in both directions")
    func stability() throws {
        let records: [Value] = [["k": 1, "n": 0], ["k": 1.0, "n": 1], ["k": 0, "n": 2], ["k": 1, "n": 3]]
        #expect(try sorted(records, by: ["k"]).compactMap { $0["n"] } == [2, 0, 1, 3])
        #expect(try sorted(records, by: ["k"], order: "desc").compactMap { $0["n"] } == [0, 1, 3, 2])
    }

    @Test("a key that is no path is an error that names it")
    func badKey() {
        let error = #expect(throws: DocumentError.self) { try RecordOrder(keys: ["a b"], order: nil) }
        #expect(error?.message.contains("the sort key a b is no path") == true)
    }

    @Test("a document can be sorted by its metadata, its bucket, its revision and its number")
    func record() {
        let record = Self.document.record
        #expect(record["name"] == "one")
        #expect(record["layer"] == "type")
        #expect(record["bucket_name"] == "site")
        #expect(record["revision_id"] == 2)
        #expect(record["id"] == 3)
        #expect(record["status"] == ["bucket": "site", "revision": 2])
        #expect(record["data"] == ["a": 1])
    }
}

@Suite("Documents as they are answered")
struct DocumentViewTests {
    private func document(_ policy: String, substitutions: Value = nil) -> StoredDocument {
        StoredDocument(
            id: 7, bucket: "b", revision: 4, identity: DocumentIdentity(schema: "a/b/v1", layer: "site", name: "x"),
            metadata: ["name": "x", "storagePolicy": .string(policy), "substitutions": substitutions], data: "word")
    }

    @Test("a document shows its number, its place and its data")
    func plain() {
        #expect(
            DocumentView(document("cleartext"), redacted: true).value == [
                "data": "word", "id": 7, "schema": "a/b/v1", "status": ["bucket": "b", "revision": 4],
                "metadata": ["name": "x", "storagePolicy": "cleartext", "substitutions": nil],
            ])
        #expect(DocumentView(document("cleartext"), revision: 9).status == ["bucket": "b", "revision": 9])
        #expect(DocumentView(document("encrypted")).data == "word")
    }

    /// The digests are those of Python's hashlib over json.dumps.
    @Test("an encrypted document shows the digest of its data and of the paths of its substitutions")
    func redacted() {
        let substitutions: Value = [
            ["src": ["schema": "s", "path": "."], "dest": ["path": ".a"]],
            ["src": ["path": "."], "dest": [["path": ".a"], ["pattern": "x"]]], "odd",
        ]
        let view = DocumentView(document("encrypted", substitutions: substitutions), redacted: true)
        #expect(view.data == "3e290f7576843024f87bd235782977b452c799b8b9fa1b113502a6321eca0179")
        #expect(DocumentView.redacted("word") == view.data)
        let dot: Value = "7299b59de0b5dad3b622afc3bdf57544e505249c77a6d4254bd14b1fc9a4ade8"
        let dotA: Value = "5e109aac4bea88a2d514ea27cd314849e2c877e3826cc1552dd7c45ed11dacb8"
        #expect(
            view.metadata["substitutions"] == [
                ["src": ["schema": "s", "path": dot], "dest": ["path": dotA]],
                ["src": ["path": dot], "dest": [["path": dotA], ["pattern": "x"]]], "odd",
            ])
    }

    @Test("a validation policy is told by its schema")
    func validationPolicy() {
        let view = DocumentView(
            StoredDocument(
                id: 1, bucket: "b", revision: 1,
                identity: DocumentIdentity(schema: "deckhand/ValidationPolicy/v1", layer: nil, name: "p"),
                metadata: [:], data: [:]))
        #expect(view.isValidationPolicy)
        #expect(!DocumentView(document("cleartext")).isValidationPolicy)
    }
}
