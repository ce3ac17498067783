import Deckhand
import Documents
import HTTPTypes
import OrderedCollections
import Primitives

extension DeckhandController {
    var differenceRoutes: [Route] {
        [
            route(
                .get, "/revisions/{revision}/diff/{other}", "show_revision_diff",
                about: Operation(
                    "For each bucket how two revisions differ",
                    path: ["revision": DeckhandSchemas.number, "other": DeckhandSchemas.number],
                    answers: .either(DeckhandSchemas.differences))
            ) { request in
                let (a, b) = try Self.revisions(request)
                let changes = try await service.diff(a, b)
                return request.answer(.object(changes.mapValues { .string($0.rawValue) }))
            },
            route(
                .get, "/revisions/{revision}/deepdiff/{other}", "show_revision_deepdiff",
                about: Operation(
                    "The same, and what changed in modified buckets",
                    path: ["revision": DeckhandSchemas.number, "other": DeckhandSchemas.number],
                    answers: .either(.anyObject))
            ) { request in
                try await Self.asRoute {
                    let (a, b) = try Self.revisions(request)
                    return request.answer(.object(try await service.deepDiff(a, b)))
                }
            },
        ]
    }

    private static func revisions(_ request: APIRequest) throws -> (Int, Int) {
        func number(_ name: String) throws -> Int {
            let text = request.parameter(name)
            let isNegative = text.hasPrefix("-")
            guard RevisionNumber.isDecimal(isNegative ? String(text.dropFirst()) : text) else {
                throw DocumentError.invalidInput(String(text.prefix(64)))
            }
            // There is none of a number that is too large.
            return Int(text) ?? (isNegative ? .min : .max)
        }
        return (try number("revision"), try number("other"))
    }
}
