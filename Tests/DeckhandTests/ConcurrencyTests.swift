import Deckhand
import Documents
import OrderedCollections
import Primitives
import Testing

@Suite("Many clients at once")
struct ConcurrencyTests {
    @Test("two clients that put to two buckets at once, round after round, lose no update")
    func twoBuckets() async throws {
        let deckhand = try DeckhandFixture()
        let rounds = 60
        await withTaskGroup(of: Void.self) { group in
            for bucket in ["left", "right"] {
                group.addTask {
                    for round in 1...rounds {
                        let revision = try? await deckhand.put(bucket, kind(bucket, "\(round)"))
                        guard let revision else {
                            Issue.record("\(bucket) \(round) was refused")
                            continue
                        }
                        let own = try? await deckhand.data(revision)[bucket]
                        #expect(own == .int(round))
                    }
                }
            }
        }
        #expect(try await deckhand.service.latestRevision() == 2 * rounds)
        var seen: [String: Int] = [:]
        for revision in 1...(2 * rounds) {
            let data = try await deckhand.data(revision)
            let bucket = try #require(try await deckhand.service.revision(revision).buckets.first)
            seen[bucket, default: 0] += 1
            #expect(data.count == seen.count)
            for (name, round) in seen { #expect(data[name] == .int(round)) }
        }
    }

    @Test("readers, renderers and rollbacks meanwhile see whole revisions only")
    func readers() async throws {
        let deckhand = try DeckhandFixture()
        func pair(_ number: Int) -> String { policy + kind("x", "\(number)") + kind("y", "\(number)") }
        try await deckhand.put("a", pair(0))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...40 { _ = try? await deckhand.put("a", pair(number)) }
            }
            group.addTask {
                for target in [1, 2, 1, 3, 1] { _ = try? await deckhand.service.rollback(to: target) }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<40 {
                        guard let latest = try? await deckhand.service.latestRevision(),
                            let data = try? await deckhand.data(latest),
                            let rendered = try? await deckhand.rendered(latest)
                        else {
                            Issue.record("a reader was refused")
                            return
                        }
                        #expect(data["x"] == data["y"])
                        #expect(rendered["x"] == data["x"])
                        #expect(rendered["x"] == rendered["y"])
                    }
                }
            }
        }
        #expect(try await deckhand.service.latestRevision() == 46)
    }
}
