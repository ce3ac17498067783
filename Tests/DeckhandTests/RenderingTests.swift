import Cryptography
import Deckhand
import Documents
import Glibc
import OrderedCollections
import Primitives
import Store
import Testing
import YAML

@Suite("Rendering of revisions")
struct RenderingTests {
    @Test("a revision is rendered once for all who ask")
    func cached() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", "1"))
        let first = try await deckhand.service.rendered(revision: 1)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? await deckhand.service.rendered(revision: 1)) === first }
            }
            for await isShared in group { #expect(isShared) }
        }
        try await deckhand.put("b", kind("y", "1"))
        #expect(try await deckhand.service.rendered(revision: 1) === first)
    }

    @Test(
        "without a policy of its own a revision uses the newest there ever was, and is rendered again for a newer one")
    func fallback() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        #expect(await failure { _ = try await deckhand.rendered(1) }?.problem == .layeringPolicyMissing)
        try await deckhand.put("p", policy)
        try await deckhand.put("p", "")
        #expect(try await deckhand.rendered(1)["x"] == 1)
        #expect(try await deckhand.rendered(3)["x"] == 1)
        try await deckhand.put("p", policy.replacing("[global, site]", with: "[global]"))
        #expect(await failure { _ = try await deckhand.rendered(1) }?.problem == .invalidLayer)
    }

    @Test("DataSchemas of the newest revision apply to older ones")
    func schemas() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", "{n: text}"))
        #expect(try await deckhand.rendered(1)["x"] == ["n": "text"])
        try await deckhand.put(
            "s",
            """
            schema: deckhand/DataSchema/v1
            metadata: {schema: metadata/Control/v1, name: example/Kind/v1}
            data: {properties: {n: {type: integer}}}
            """)
        let error = await failure { _ = try await deckhand.rendered(1) }
        #expect(error?.problem == .invalidFormat)
        #expect(error?.messages.first?.name == .dataSchema)
        try await deckhand.put("s", "")
        #expect(try await deckhand.rendered(1)["x"] == ["n": "text"])
    }

    @Test("ValidationPolicies are not rendered")
    func validationPolicy() async throws {
        let deckhand = try DeckhandFixture()
        let validation = """
            schema: deckhand/ValidationPolicy/v1
            metadata: {schema: metadata/Control/v1, name: v}
            data: {validations: [{name: a-validation}]}
            """
        try await deckhand.put("a", policy + validation)
        #expect(try await deckhand.rendered(1).keys.sorted() == ["layering-policy"])
        #expect(try await deckhand.service.revision(1).validationPolicies.map(\.name) == ["v"])
    }
}

@Suite("Secrets")
struct SecretTests {
    private let secret = kind("s", "hunter2-canary", storage: "encrypted")

    @Test("an encrypted document shows a reference, and renders as what it is")
    func reference() async throws {
        let deckhand = try DeckhandFixture()
        let result = try await deckhand.service.put(
            bucket: "a", documents: YAML.load(policy + secret).filter { !$0.isNull })
        let shown = try #require(result.documents.last?.data.stringValue)
        #expect(shown.contains("/secrets/"))
        #expect(UUIDv4(String(shown.suffix(36))) != nil)
        #expect(try await deckhand.data(1)["s"] == .string(shown))
        #expect(try await deckhand.rendered(1)["s"] == "hunter2-canary")
    }

    @Test(
        "any type survives, and nothing is no secret",
        arguments: [
            "{a: [1, null]}", "[1, 2]", "12", "true", "1.5",
        ])
    func types(data: String) async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("s", data, storage: "encrypted"))
        #expect(try await deckhand.rendered(1)["s"] == YAML.loadOne(data))
    }

    @Test("a control document is never sealed, whatever its metadata says")
    func control() async throws {
        let deckhand = try DeckhandFixture()
        let text = """
            ---
            schema: deckhand/ValidationPolicy/v1
            metadata: {schema: metadata/Control/v1, name: checks, storagePolicy: encrypted}
            data: {validations: [{name: site-validation}]}

            """
        try await deckhand.put("a", policy + text)
        let stored = try await deckhand.service.documents(revision: 1).first { $0.name == "checks" }
        #expect(stored?.data["validations"]?[0]?["name"] == "site-validation")
        #expect(stored?.metadata["storagePolicy"] == "encrypted")
        #expect(stored?.isEncrypted == false)
    }

    @Test("an empty payload makes the document a plain one", arguments: ["{}", "[]", "''", "null"])
    func empty(data: String) async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("s", data, storage: "encrypted"))
        let document = try await deckhand.service.documents(revision: 1).first
        #expect(document?.metadata["storagePolicy"] == "cleartext")
        #expect(try document?.data == YAML.loadOne(data))
    }

    @Test("the same payload keeps its reference, a document read and put again its secret")
    func again() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + secret)
        try await deckhand.put("a", policy + secret)
        let reference = try #require(try await deckhand.data(1)["s"]?.stringValue)
        #expect(try await deckhand.data(2)["s"] == .string(reference))
        #expect(try await deckhand.content(2)["s"] == 1)
        try await deckhand.put("a", policy + kind("s", reference, storage: "encrypted"))
        #expect(try await deckhand.rendered(3)["s"] == "hunter2-canary")
    }

    @Test("no byte of the database or its log shows a secret")
    func canary() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + secret)
        _ = try await deckhand.rendered(1)
        for suffix in ["", "-wal"] {
            let bytes = try FileContents.read(deckhand.database.path + suffix)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
        }
    }

    @Test("after a rotation the new key opens everything, the old one nothing, and unchanged secrets stay unchanged")
    func rotation() async throws {
        let deckhand = try DeckhandFixture()
        let documents = try YAML.load(policy + secret).filter { !$0.isNull }
        _ = try await deckhand.service.put(bucket: "a", documents: documents)
        let newKey = Secret([UInt8](repeating: 9, count: 32))
        let both = try DocumentService(
            database: deckhand.database, keys: Keyring(newKey, previous: [DeckhandFixture.masterKey]))
        #expect(try await both.rendered(revision: 1).documents.contains { $0.data == "hunter2-canary" })
        for _ in 1...2 { #expect(try await deckhand.database.write { try both.renewSecrets($0) } == 1) }
        await #expect(throws: BoatyardError.self) { try await deckhand.service.rendered(revision: 1) }
        let renewed = try DocumentService(database: deckhand.database, masterKey: newKey)
        #expect(try await renewed.rendered(revision: 1).documents.contains { $0.data == "hunter2-canary" })
        _ = try await renewed.put(bucket: "a", documents: documents)
        #expect(try await renewed.diff(1, 2) == ["a": .unmodified])
        await #expect(throws: BoatyardError.self) {
            try await deckhand.database.write { try deckhand.service.renewSecrets($0) }
        }
    }

    @Test("another master key opens nothing, and a key of the wrong length is refused")
    func keys() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + secret)
        let unknown = try DocumentService(
            database: deckhand.database, masterKey: Secret([UInt8](repeating: 8, count: 32)))
        await #expect(throws: BoatyardError.self) { try await unknown.rendered(revision: 1) }
        #expect(throws: BoatyardError.self) {
            try DocumentService(database: deckhand.database, masterKey: Secret([1, 2]))
        }
    }
}

@Suite("Rollback")
struct RollbackTests {
    @Test("a rollback restores exactly what the target held")
    func exact() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1") + kind("w", "1"))
        try await deckhand.put("b", kind("y", "1"))
        try await deckhand.put("a", kind("x", "2"))
        try await deckhand.put("b", kind("y", "2"))
        try await deckhand.put("c", kind("z", "1"))
        try await deckhand.put("a", kind("x", "3"))
        let summary = try await deckhand.service.rollback(to: 4)
        #expect(summary.id == 7)
        #expect(summary.buckets == ["a", "b"])
        #expect(try await deckhand.data(7) == ["x": 2, "y": 2])
        #expect(try await deckhand.content(7) == ["x": 7, "y": 4])
        #expect(try await deckhand.service.revision(7).buckets == ["a", "b", "c"])
    }

    @Test("a rollback to 0 empties everything, even where there is nothing")
    func zero() async throws {
        let deckhand = try DeckhandFixture()
        #expect(try await deckhand.service.rollback(to: 0).id == 1)
        try await deckhand.put("a", kind("x", "1"))
        let summary = try await deckhand.service.rollback(to: 0)
        #expect(summary.buckets == [])
        #expect(try await deckhand.data(3).isEmpty)
        #expect(await failure { _ = try await deckhand.service.rollback(to: 77) }?.problem == .revisionMissing)
    }
}
