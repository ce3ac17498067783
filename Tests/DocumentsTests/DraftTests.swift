import OrderedCollections
import Primitives
import Testing
import YAML

@testable import Documents

@Suite("Drafts and errors of documents")
struct DraftTests {
    private func draft(_ policy: String) throws -> DocumentDraft {
        try DocumentDraft(
            YAML.loadOne(
                """
                schema: a/b/v1
                metadata: {schema: metadata/Document/v1, name: x, storagePolicy: \(policy), layeringDefinition: {layer: l}}
                data: word
                """))
    }

    @Test("an encrypted draft can be kept in clear, and any draft with other data")
    func changes() throws {
        let encrypted = try draft("encrypted")
        #expect(encrypted.isEncrypted)
        let clear = encrypted.inClear()
        #expect(!clear.isEncrypted)
        #expect(clear.identity == encrypted.identity)
        #expect(clear.data == "word")
        #expect(try !draft("cleartext").isEncrypted)
        let other = encrypted.with(data: ["a": 1])
        #expect(other.data == ["a": 1])
        #expect(other.isEncrypted)
    }

    @Test(
        "empty is what Python's not says",
        arguments: [
            (nil, true), (false, true), (true, false), (0, true), (1, false), (0.0, true), (0.5, false), ("", true),
            ("a", false), ([], true), ([nil], false), ([:], true), (["a": nil], false), (.bigInt("9"), false),
        ] as [(Value, Bool)])
    func falsy(value: Value, isFalsy: Bool) {
        #expect(value.isFalsy == isFalsy)
    }

    @Test("errors of the store have Deckhand's words")
    func words() {
        let identity = DocumentIdentity(schema: "a/b/v1", layer: "site", name: "x")
        let other = DocumentIdentity(schema: "a/b/v1", layer: nil, name: "y")
        let errors: [(DocumentError, String)] = [
            (.duplicate(identity, bucket: "b"), "Document \(identity) already exists in bucket: b"),
            (
                .singletonConflict(existing: identity, new: other),
                "A singleton document \(identity) already exists in the system. The new document(s) \(other) cannot be "
                    + "created. To create a document with a new name, delete the current one first"
            ),
            (.revisionMissing(77), "The requested revision=77 was not found"),
            (
                .revisionsInUse("an action runs"),
                "The revisions cannot be deleted, because an action runs. Wait for its end, or stop it first"
            ),
            (.tagMissing("t", revision: 3), "The requested tag 't' for revision 3 was not found"),
            (.invalidTag(["a"]), "The requested tag data ['a'] must either be null or dictionary"),
            (
                .validationMissing(entry: 9, name: "V", revision: 1),
                "The requested validation entry 9 was not found for validation name V and revision ID 1"
            ),
        ]
        for (error, message) in errors {
            #expect(error.message == message)
            #expect(error.description == message)
        }
    }

    @Test("keys that mean nothing are warned about, with their places")
    func unknownKeys() throws {
        let stream = """
            # boatyard-origin: site/a.yaml:10
            ---
            schema: a/b/v1
            dta: 1
            metadata: {name: x, layeringDefinition: {layer: site}}
            ---
            id: 1
            status: {}
            it's: 2
            """
        let bytes = Array(stream.utf8)
        let documents = try YAML.load(stream)
        let lines = StreamLines(maps: try YAML.loadWithLines(bytes).map(\.lines), files: FileMark.marks(in: bytes))
        let warnings = UnknownKeys.warnings(documents) { lines.place(of: $0, in: documents[$1], at: $1) }
        #expect(
            warnings.map(\.message) == [
                "The key 'dta', site/a.yaml:12, is passed over", "The key \"it's\", site/a.yaml:17, is passed over",
            ])
        #expect(warnings.first?.documents == [.init(schema: "a/b/v1", layer: "site", name: "x")])
        #expect(warnings.allSatisfy { $0.level == .warning })
        #expect(
            UnknownKeys.warnings([["x": 1], "text"]) { _, _ in nil }.map(\.message) == ["The key 'x' is passed over"])
        let bare = StreamLines(maps: lines.maps, files: [])
        #expect(bare.place(of: "dta", in: documents[0], at: 0) == "line 4")
        #expect(bare.place(of: "none", in: documents[0], at: 0) == nil)
        #expect(StreamLines.unknown.place(of: "dta", in: documents[0], at: 0) == nil)
    }

    @Test("of many unknown keys the first eight are named, shortened")
    func manyUnknownKeys() {
        var members = Value.Object()
        for index in 0..<20 { members["k\(index)" + String(repeating: "x", count: 200)] = 1 }
        let warnings = UnknownKeys.warnings([.object(members)]) { _, _ in nil }
        #expect(warnings.count == 8)
        #expect(warnings.allSatisfy { $0.message.utf8.count < 120 })
    }
}
