import Deckhand
import Documents
import OrderedCollections
import Primitives
import Store
import Testing
import YAML

@Suite("Buckets and revisions")
struct BucketTests {
    @Test("every PUT makes a revision, an unchanged document keeps the revision that wrote it")
    func revisions() async throws {
        let deckhand = try DeckhandFixture()
        #expect(try await deckhand.put("a", kind("x", "1") + kind("y", "1")) == 1)
        #expect(try await deckhand.put("a", kind("x", "1") + kind("y", "2")) == 2)
        #expect(try await deckhand.content(2) == ["x": 1, "y": 2])
        #expect(try await deckhand.data(1) == ["x": 1, "y": 1])
        #expect(try await deckhand.service.revisions().map(\.id) == [1, 2])
    }

    @Test("a revision holds every bucket's newest documents")
    func overlay() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        try await deckhand.put("b", kind("y", "1"))
        try await deckhand.put("a", kind("z", "1"))
        #expect(try await deckhand.data(2).keys.sorted() == ["x", "y"])
        #expect(try await deckhand.data(3).keys.sorted() == ["y", "z"])
        #expect(try await deckhand.service.revision(3).buckets == ["a"])
    }

    @Test("an empty PUT empties the bucket, and does nothing to a bucket that holds nothing")
    func empty() async throws {
        let deckhand = try DeckhandFixture()
        #expect(try await deckhand.put("a", "") == nil)
        try await deckhand.put("a", kind("x", "1"))
        #expect(try await deckhand.put("a", "") == 2)
        #expect(try await deckhand.data(2).isEmpty)
        #expect(try await deckhand.put("a", "") == nil)
    }

    @Test("a document moved between buckets survives the next PUT to the old one")
    func moved() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1") + kind("w", "1"))
        try await deckhand.put("a", kind("w", "1"))
        try await deckhand.put("b", kind("x", "2"))
        try await deckhand.put("a", kind("w", "3"))
        #expect(try await deckhand.data(4) == ["x": 2, "w": 3])
    }

    @Test("a document of another bucket is refused, however long ago it was put, and nothing is written")
    func conflict() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        try await deckhand.put("b", kind("y", "1"))
        let error = await failure { try await deckhand.put("c", kind("z", "1") + kind("x", "1")) }
        #expect(error?.kind == .conflict)
        #expect(error?.message == "Document [example/Kind/v1, site] x already exists in bucket: a")
        #expect(try await deckhand.service.latestRevision() == 2)
    }

    @Test("the same document twice in one payload is refused, control documents too")
    func duplicates() async throws {
        let deckhand = try DeckhandFixture()
        let error = await failure { try await deckhand.put("a", kind("x", "1") + kind("x", "2")) }
        #expect(error?.problem == .duplicate)
        #expect(await failure { try await deckhand.put("a", policy + policy) }?.problem == .duplicate)
        #expect(try await deckhand.service.latestRevision() == 0)
    }

    @Test("there is one LayeringPolicy")
    func singleton() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy)
        try await deckhand.put("b", kind("x", "1"))
        let other = policy.replacing("name: layering-policy", with: "name: other")
        let error = await failure { try await deckhand.put("c", other) }
        #expect(error?.kind == .conflict)
        #expect(
            error?.message
                == "A singleton document [deckhand/LayeringPolicy/v1, None] layering-policy already exists in the system. "
                + "The new document(s) [deckhand/LayeringPolicy/v1, None] other cannot be created. To create a document "
                + "with a new name, delete the current one first")
        #expect(await failure { try await deckhand.put("d", policy + other) } != nil)
    }

    @Test("puts at the same time to many buckets are all there in the end")
    func concurrent() async throws {
        let deckhand = try DeckhandFixture()
        await withTaskGroup(of: Void.self) { group in
            for bucket in 0..<20 {
                group.addTask { _ = try? await deckhand.put("b\(bucket)", kind("d\(bucket)", "1")) }
            }
        }
        #expect(try await deckhand.service.latestRevision() == 20)
        #expect(try await deckhand.data(20).count == 20)
    }

    @Test("of two puts of one document to two buckets at the same time exactly one succeeds")
    func race() async throws {
        let deckhand = try DeckhandFixture()
        let successes = await withTaskGroup(of: Bool.self) { group in
            for bucket in 0..<8 { group.addTask { (try? await deckhand.put("b\(bucket)", kind("x", "1"))) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(successes == 1)
    }

    @Test("names that are too long and documents without shape are refused")
    func errors() async throws {
        let deckhand = try DeckhandFixture()
        let long = String(repeating: "n", count: 65)
        #expect(await failure { try await deckhand.put("a", kind(long, "1")) }?.kind == .invalid)
        #expect(await failure { try await deckhand.put(long, kind("x", "1")) }?.kind == .invalid)
        #expect(await failure { try await deckhand.put("a", "schema: a") }?.problem == .invalidFormat)
        #expect(try await deckhand.service.latestRevision() == 0)
    }

    @Test("deleting everything starts the numbers again")
    func deleteAll() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", "1"))
        _ = try await deckhand.rendered(1)
        try await deckhand.service.tag(revision: 1, "t")
        try await deckhand.service.deleteAll()
        #expect(try await deckhand.service.revisions().isEmpty)
        #expect(try await deckhand.put("a", policy + kind("x", "2")) == 1)
        #expect(try await deckhand.rendered(1)["x"] == 2)
        #expect(try await deckhand.service.documents(revision: 1).map(\.id) == [1, 2])
    }

    @Test("what was put is there after the database was opened again")
    func durable() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "{b: 1, a: [1.5, null, 'ü']}"))
        let again = try DocumentService(
            database: .open(path: deckhand.database.path, migrations: DeckhandSchema.migrations.withoutGaps),
            masterKey: DeckhandFixture.masterKey)
        #expect(try await again.documents(revision: 1).map(\.data) == [["b": 1, "a": [1.5, nil, "ü"]]])
    }
}

@Suite("Tags")
struct TagTests {
    @Test("a tag has data, can be given other data, and can be removed")
    func tags() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        #expect(try await deckhand.service.tag(revision: 1, "foo") == [:])
        try await deckhand.service.tag(revision: 1, "bar", data: ["last": "good"])
        try await deckhand.service.tag(revision: 1, "foo", data: ["k": 1])
        #expect(try await deckhand.service.tags(revision: 1) == ["bar": ["last": "good"], "foo": ["k": 1]])
        try await deckhand.service.deleteTag(revision: 1, "foo")
        #expect(
            await failure { _ = try await deckhand.service.tagData(revision: 1, "foo") }?.message
                == "The requested tag 'foo' for revision 1 was not found")
        try await deckhand.service.deleteTags(revision: 1)
        #expect(try await deckhand.service.tags(revision: 1).isEmpty)
    }

    @Test("an unknown revision, and data that is no mapping, are refused")
    func errors() async throws {
        let deckhand = try DeckhandFixture()
        #expect(await failure { try await deckhand.service.tag(revision: 9, "foo") }?.problem == .revisionMissing)
        try await deckhand.put("a", kind("x", "1"))
        let error = await failure { try await deckhand.service.tag(revision: 1, "foo", data: ["a"]) }
        #expect(error?.problem == .invalidTag)
        #expect(error?.message == "The requested tag data ['a'] must either be null or dictionary")
    }
}
