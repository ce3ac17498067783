import Documents
import JSONSchema
import OrderedCollections
import Primitives
import Store
import Synchronization
import Testing
import YAML

@testable import Deckhand

@Suite("Where the documents of a revision are written, and what is said of them")
struct SourcesTests {
    @discardableResult
    private func put(_ deckhand: DeckhandFixture, _ yaml: String) async throws -> Int {
        let stream = try DocumentStream(Array(yaml.utf8), dropsEmpty: true)
        let result = try await deckhand.service.put(bucket: "b", documents: stream.documents, lines: stream.lines)
        return try #require(result.revision)
    }

    private func remarks(_ deckhand: DeckhandFixture, _ revision: Int) async throws -> [String] {
        let messages = try await deckhand.service.sources(revision: revision).messages
        return messages.map { "\($0["name"]?.stringValue ?? "-") \($0["message"]?.stringValue ?? "-")" }
    }

    @Test("what was remarked of documents is told after a rollback, and after several, too")
    func rollback() async throws {
        let deckhand = try DeckhandFixture()
        let faulty = kind("one", "{a: 1}").replacing("\ndata:", with: "\ndta: 1\ndata:")
        try await put(deckhand, policy + faulty)
        let first = try await remarks(deckhand, 1)
        #expect(first.count == 1)
        #expect(first.first?.hasPrefix("BY1010 The key 'dta', line ") == true, "\(first)")
        try await put(deckhand, policy + kind("one", "{a: 2}"))
        #expect(try await remarks(deckhand, 2).isEmpty)
        for revision in 3...4 {
            _ = try await deckhand.service.rollback(to: 1)
            #expect(try await remarks(deckhand, revision) == first)
        }
        // As a replaced buffer is made.
        let stream = try DocumentStream(Array(kind("two", "{b: 1}").utf8), dropsEmpty: true)
        let draft = try await deckhand.service.draft(bucket: "c", documents: stream.documents, lines: stream.lines)
        let replaced = try await deckhand.service.put(draft, afterRollbackTo: 1)
        #expect(try await remarks(deckhand, try #require(replaced.revision)) == first)
    }

    @Test("the put of each document is found by going back through the rows of its content, and no others")
    func cost() async throws {
        let deckhand = try DeckhandFixture()
        let plan = try await deckhand.database.read { connection in
            try connection.query(
                "EXPLAIN QUERY PLAN SELECT (\(DocumentService.writtenRow)) FROM deckhand_documents d"
            ).map { try $0.text("detail") }
        }
        #expect(
            plan.contains { $0.hasPrefix("SEARCH x USING INDEX deckhand_documents_content (content=? AND rowid<?)") },
            "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }

    @Test("places in rendered documents are traced once, those in raw ones without a rendering, and both are as ever")
    func traced() async throws {
        let deckhand = try DeckhandFixture()
        let substitution = "substitutions: [{src: {schema: example/Kind/v1, name: one, path: .a}, dest: {path: .b}}]"
        try await put(deckhand, policy + kind("one", "{a: 1}") + kind("two", "{c: 1}", substitution))
        let rendered = try await deckhand.service.rendered(revision: 1)
        func counts() -> [Int] { deckhand.service.renderingCounts.withLock { [$0.plain, $0.traced] } }
        #expect(counts() == [1, 0])
        let raw = PlaceQuery(
            .raw(DocumentIdentity(schema: "example/Kind/v1", layer: "site", name: "two")), [.key("data")])
        let missing = PlaceQuery(.raw(DocumentIdentity(schema: "example/Kind/v1", layer: "site", name: "none")), [])
        let substituted = PlaceQuery(
            .rendered(RenderedIdentity(schema: "example/Kind/v1", name: "two")), [.key("data"), .key("b")])
        func places(_ queries: PlaceQuery..., rendered: RenderedRevision?) async throws -> [SourcePlace?] {
            try await deckhand.service.sources(revision: 1, rendered: rendered, places: queries).places
        }
        let first = try await places(raw, missing, rendered: rendered)
        #expect(first.map { $0 == nil } == [false, true])
        #expect(counts() == [1, 0])
        let second = try await places(substituted, raw, missing, rendered: rendered)
        #expect(counts() == [1, 1])
        #expect(try await places(substituted, missing, rendered: rendered) == [second[0], nil])
        #expect(counts() == [1, 1])
        #expect(try await places(substituted, raw, missing, rendered: nil) == second)
        #expect(counts() == [1, 2])
        #expect(second[0]?.text != second[1]?.text)
    }

    @Test("a rendering that is too large to be kept is shared by those who use it at the time")
    func large() async throws {
        let deckhand = try DeckhandFixture()
        let text = String(repeating: "x", count: 1_200_000)
        try await put(deckhand, policy + kind("one", "{a: \(text)}"))
        func count() -> Int { deckhand.service.renderingCounts.withLock { $0.plain } }
        do {
            let first = try await deckhand.service.rendered(revision: 1)
            let second = try await deckhand.service.rendered(revision: 1)
            #expect(first === second)
            #expect(count() == 1)
        }
        #expect(try await deckhand.service.rendered(revision: 1).documents.count == 2)
        #expect(count() == 2)
    }
}
