import Documents
import OrderedCollections
import Primitives
import Store
import Testing

@testable import Deckhand

@Suite("The newest revisions with a tag")
struct NewestRevisionTests {
    @Test("they are the newest of all and so many of each tag, with all their tags, the oldest first")
    func newest() async throws {
        let deckhand = try DeckhandFixture()
        let service = deckhand.service
        #expect(try await service.newestRevisions(tagged: ["x"], each: 2) == [])
        for number in 1...7 { try await deckhand.put("a", kind("d", "\(number)")) }
        for (revision, tag) in [(1, "x"), (3, "x"), (3, "z"), (4, "x"), (5, "y"), (2, "z")] {
            try await service.tag(revision: revision, tag)
        }
        #expect(try await service.newestRevisions(tagged: [], each: 2) == [TaggedRevision(id: 7, tags: [])])
        #expect(
            try await service.newestRevisions(tagged: ["x", "y", "none"], each: 2) == [
                TaggedRevision(id: 3, tags: ["x", "z"]), TaggedRevision(id: 4, tags: ["x"]),
                TaggedRevision(id: 5, tags: ["y"]), TaggedRevision(id: 7, tags: []),
            ])
        try await service.deleteTag(revision: 4, "x")
        #expect(try await service.newestRevisions(tagged: ["x"], each: 1).map(\.id) == [3, 7])
    }

    @Test("they are found by an index, not by going through all tags")
    func indexed() async throws {
        let deckhand = try DeckhandFixture()
        let plan = try await deckhand.database.read { connection in
            try connection.query("EXPLAIN QUERY PLAN " + DocumentService.newestTagged, [.text("x"), .int(2)])
                .map { try $0.text("detail") }
        }
        #expect(plan == ["SEARCH deckhand_tags USING COVERING INDEX deckhand_tags_tag (tag=?)"])
    }
}

@Suite("Drafts of buckets")
struct BucketDraftTests {
    private func draft(_ deckhand: DeckhandFixture, _ yaml: String) async throws -> BucketDraft {
        let stream = try DocumentStream(Array(yaml.utf8), dropsEmpty: true)
        return try await deckhand.service.draft(bucket: "a", documents: stream.documents, lines: stream.lines)
    }

    @Test("a bucket holds what was put into it, in whatever order, and nothing else")
    func held() async throws {
        let deckhand = try DeckhandFixture()
        let (one, two) = (kind("one", "{a: 1, b: 2}"), kind("two", "s3cret", storage: "encrypted"))
        let both = try await draft(deckhand, policy + one + two)
        #expect(try await deckhand.service.put(both).revision == 1)
        try await deckhand.put("b", kind("other", "1"))
        func holds(_ yaml: String, _ revision: Int) async throws -> Bool {
            try await deckhand.service.holds(draft(deckhand, yaml), revision: revision)
        }
        #expect(try await deckhand.service.holds(both, revision: 2))
        #expect(try await holds(two + kind("one", "{b: 2, a: 1}") + policy, 2))
        #expect(try await holds(policy + one, 2) == false)
        #expect(try await holds(policy + one + two + kind("three", "1"), 2) == false)
        #expect(try await holds(policy + one + kind("two", "other", storage: "encrypted"), 2) == false)
        #expect(try await holds(policy + kind("one", "{a: 1, b: 2}", layer: "global") + two, 2) == false)
        #expect(try await deckhand.service.holds(both, revision: 0) == false)
        #expect(try await holds("", 0))
        let unknown = await failure { _ = try await holds(one, 9) }
        #expect(unknown?.problem == .revisionMissing)
    }

    @Test("a PUT of what a bucket holds already makes a revision nevertheless")
    func unchanged() async throws {
        let deckhand = try DeckhandFixture()
        let draft = try await draft(deckhand, policy)
        #expect(try await deckhand.service.put(draft).revision == 1)
        #expect(try await deckhand.service.holds(draft, revision: 1))
        #expect(try await deckhand.service.put(draft).revision == 2)
    }
}

@Suite("What a rendering follows from")
struct RenderingIdentityTests {
    @Test("it is the same for the same revision, and another for other revisions and another policy of theirs")
    func identity() async throws {
        let deckhand = try DeckhandFixture()
        func identity(_ revision: Int) async throws -> RenderedRevision.Identity {
            try await deckhand.service.rendered(revision: revision).identity
        }
        try await deckhand.put("a", kind("x", "1"))
        try await deckhand.put("p", policy)
        let borrowed = try await identity(1)
        let own = try await identity(2)
        #expect(own != borrowed)
        try await deckhand.put("b", kind("y", "1"))
        #expect(try await identity(1) == borrowed)
        #expect(try await identity(2) == own)
        #expect(try await identity(3) != own)
        try await deckhand.put("p", policy.replacing("[global, site]", with: "[region, site]"))
        #expect(try await identity(1) != borrowed)
        #expect(try await identity(2) == own)
    }

    @Test("a number that is given again after all revisions were deleted is another rendering and another answer")
    func deleted() async throws {
        let deckhand = try DeckhandFixture()
        let form = CachedRendering.Form(.yaml, isRedacted: true)
        try await deckhand.put("a", policy + kind("x", "1"))
        let before = try await deckhand.service.rendered(revision: 1).identity
        let answer = try await deckhand.service.renderedAnswer(revision: 1, form)
        try await deckhand.service.deleteAll()
        try await deckhand.put("a", policy + kind("x", "2"))
        #expect(try await deckhand.service.rendered(revision: 1).identity != before)
        #expect(try await deckhand.service.renderedAnswer(revision: 1, form).tag != answer.tag)
    }
}
