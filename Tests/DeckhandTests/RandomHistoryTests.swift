import Deckhand
import Documents
import OrderedCollections
import Primitives
import TestSupport
import Testing

/// Random histories, the same in every run, against a model that is no more than dictionaries.
@Suite("Random histories")
struct RandomHistoryTests {
    /// Of each bucket, the documents by name.
    private typealias Content = [String: [String: Int]]

    @Test("PUTs, moves, rejected PUTs and rollbacks leave in every revision what a model says", arguments: 0..<12)
    func histories(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        let deckhand = try DeckhandFixture()
        var history: [Content] = [[:]]
        var rejections = 0
        for _ in 0..<40 {
            let latest = history[history.count - 1]
            if Int.random(in: 0..<6, using: &random) == 0 {
                let target = Int.random(in: 0..<history.count, using: &random)
                #expect(try await deckhand.service.rollback(to: target).id == history.count)
                history.append(history[target])
                continue
            }
            let bucket = "b\(Int.random(in: 0..<3, using: &random))"
            var documents: [String: Int] = [:]
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                documents["d\(Int.random(in: 0..<5, using: &random))"] = Int.random(in: 0..<3, using: &random)
            }
            let others = latest.filter { $0.key != bucket }.values.flatMap(\.keys)
            let stream = documents.sorted { $0.key < $1.key }.map { kind($0.key, "\($0.value)") }.joined()
            guard Set(others).isDisjoint(with: documents.keys) else {
                let error = await failure { try await deckhand.put(bucket, stream) }
                #expect(error?.problem == .duplicate)
                #expect(try await deckhand.service.latestRevision() == history.count - 1)
                rejections += 1
                continue
            }
            let revision = try await deckhand.put(bucket, stream)
            if documents.isEmpty, latest[bucket] ?? [:] == [:] {
                #expect(revision == nil)
                continue
            }
            #expect(revision == history.count)
            var next = latest
            next[bucket] = documents
            history.append(next)
        }
        #expect(rejections > 0)
        for (revision, content) in history.enumerated().dropFirst() {
            var expected: [String: Value] = [:]
            for documents in content.values {
                for (name, number) in documents { expected[name] = .int(number) }
            }
            #expect(try await deckhand.data(revision) == expected, "revision \(revision)")
        }
        for _ in 0..<20 {
            let pair = (0..<2).map { _ in Int.random(in: 0..<history.count, using: &random) }.sorted()
            let changes = try await deckhand.service.diff(pair[0], pair[1])
            #expect(changes.mapValues(\.rawValue) == Self.difference(history[pair[0]], history[pair[1]]))
        }
    }

    private static func difference(_ older: Content, _ newer: Content) -> OrderedDictionary<String, String> {
        var changes: OrderedDictionary<String, String> = [:]
        for bucket in Set(older.keys).union(newer.keys).sorted() {
            switch (older[bucket] ?? [:], newer[bucket] ?? [:]) {
            case (let before, let after) where before.isEmpty && after.isEmpty: break
            case (let before, _) where before.isEmpty: changes[bucket] = "created"
            case (_, let after) where after.isEmpty: changes[bucket] = "deleted"
            case (let before, let after):
                changes[bucket] = before == after ? "unmodified" : "modified"
            }
        }
        return changes
    }
}
