import Deckhand
import Documents
import HTTPTypes
import OrderedCollections
import Primitives

extension DeckhandController {
    var revisionRoutes: [Route] {
        [
            route(
                .get, "/revisions", "list_revisions",
                about: Operation(
                    "All revisions with their buckets and tags",
                    query: [DeckhandQuery.tag, DeckhandQuery.sort, DeckhandQuery.order],
                    answers: .either(DeckhandSchemas.revisions))
            ) { request in
                let wanted = Set(try request.query[DeckhandQuery.tag])
                var revisions = try await service.revisions()
                    .filter { wanted.isEmpty || !wanted.isDisjoint(with: $0.tags.keys) }
                let order = try RecordOrder(
                    keys: request.query[DeckhandQuery.sort], order: request.query[DeckhandQuery.order])
                if order.hasKeys {
                    revisions = order.sorted(revisions, record: \.record)
                } else if try request.query[DeckhandQuery.order] == "desc" {
                    revisions.reverse()
                }
                return request.answer(["count": .int(revisions.count), "results": .array(revisions.map(\.listed))])
            },
            route(
                .delete, "/revisions", "delete_revisions",
                about: Operation("Forgets all revisions", answers: .nothing, errors: [.conflict])
            ) { _ in
                try await service.deleteAll()
                return APIResponse(.noContent)
            },
            route(
                .get, "/revisions/{revision}", "show_revision",
                about: Operation(
                    "One revision", path: ["revision": DeckhandSchemas.number],
                    answers: .either(DeckhandSchemas.revision))
            ) { request in
                request.answer(try await service.revision(try request.revision()).value)
            },
            route(
                .post, "/rollback/{revision}", "create_cleartext_documents", bodyLimit: 4096,
                about: Operation(
                    "Makes a new revision that holds what an earlier one held",
                    path: ["revision": DeckhandSchemas.number], answers: .either(DeckhandSchemas.revision, .created))
            ) { request in
                let text = request.parameter("revision")
                guard RevisionNumber.isDecimal(text) else { throw RequestError.notFound }
                let summary = try await service.rollback(to: try request.revision())
                return request.answer(summary.value, status: .created)
            },
        ]
    }
}

extension RevisionSummary {
    /// What revisions can be sorted by.
    fileprivate var record: Value {
        [
            "id": .int(id), "created_at": .int(id), "buckets": Value(buckets), "tags": Value(Array(tags.keys)),
        ]
    }
}
