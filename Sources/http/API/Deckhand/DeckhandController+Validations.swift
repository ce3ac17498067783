import Deckhand
import Documents
import HTTPTypes
import OrderedCollections
import Primitives

extension DeckhandController {
    private static let bodyLimit = 4 << 20

    var validationRoutes: [Route] {
        let base = "/revisions/{revision}/validations"
        return [
            route(
                .post, base + "/{name}", "create_validation", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Notes the result of a validation elsewhere", path: ["revision": DeckhandSchemas.number],
                    body: .yaml(DeckhandSchemas.validation), answers: .either(.anyObject, .created))
            ) { request in
                guard let payload = try request.document(), !payload.isNull else {
                    throw DocumentError(.malformed, "The request body must not be empty.")
                }
                let answer = try await service.addValidation(
                    revision: try request.revision(), name: request.parameter("name"), payload: payload)
                return request.answer(answer, status: .created)
            },
            route(
                .get, base, "list_validations",
                about: Operation(
                    "The worst status of each validation", path: ["revision": DeckhandSchemas.number],
                    answers: .either(DeckhandSchemas.list(.object(["name": .string, "status": .string]))))
            ) { request in
                let summaries = try await service.validationSummaries(revision: try request.revision())
                return request.answer(
                    Self.listed(summaries.map { ["name": .string($0.name), "status": .string($0.status)] }))
            },
            route(
                .get, base + "/detail", "list_validations",
                about: Operation(
                    "All entries of all validations", path: ["revision": DeckhandSchemas.number],
                    answers: .either(DeckhandSchemas.list(.anyObject)))
            ) { request in
                try await Self.asRoute {
                    let entries = try await service.validationDetails(revision: try request.revision())
                    return request.answer(Self.listed(entries.enumerated().map { $1.detail(id: $0) }))
                }
            },
            route(
                .get, base + "/{name}", "list_validations",
                about: Operation(
                    "The entries of one validation", path: ["revision": DeckhandSchemas.number],
                    answers: .either(DeckhandSchemas.list(.object(["id": .integer, "status": .string]))))
            ) { request in
                let entries = try await service.validationEntries(
                    revision: try request.revision(), name: request.parameter("name"))
                return request.answer(
                    Self.listed(entries.enumerated().map { ["id": .int($0), "status": .string($1.status)] }))
            },
            route(
                .get, base + "/{name}/entries/{entry}", "show_validation",
                about: Operation(
                    "One entry of a validation",
                    path: ["revision": DeckhandSchemas.number, "entry": DeckhandSchemas.number],
                    answers: .either(.anyObject))
            ) { request in
                guard let index = Int(request.parameter("entry")) else {
                    throw DocumentError(.malformed, "The {entry_id} parameter must be an integer.")
                }
                let entry = try await service.validationEntry(
                    revision: try request.revision(), name: request.parameter("name"), index: index)
                return request.answer(.object(entry.value))
            },
        ]
    }

    private static func listed(_ results: [Value]) -> Value {
        ["count": .int(results.count), "results": .array(results)]
    }
}
