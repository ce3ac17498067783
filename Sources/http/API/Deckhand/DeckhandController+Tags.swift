import Deckhand
import Documents
import HTTPTypes
import OrderedCollections
import Primitives

extension DeckhandController {
    private static let bodyLimit = 1 << 20

    var tagRoutes: [Route] {
        [
            route(
                .post, "/revisions/{revision}/tags/{tag}", "create_tag", bodyLimit: Self.bodyLimit,
                about: Operation(
                    "Tags a revision", path: ["revision": DeckhandSchemas.number, "tag": DeckhandSchemas.tag],
                    body: .yaml(.anyObject, "The data of the tag", isRequired: false),
                    answers: .either(.anyObject, .created))
            ) { request in
                let tag = request.parameter("tag")
                let data = try await service.tag(
                    revision: try request.revision(), tag, data: try request.document() ?? [:])
                return request.answer(.object([tag: data]), status: .created)
            },
            route(
                .get, "/revisions/{revision}/tags", "list_tags",
                about: Operation(
                    "All tags of a revision with their data", path: ["revision": DeckhandSchemas.number],
                    answers: .either(.anyObject))
            ) { request in
                request.answer(.object(try await service.tags(revision: try request.revision())))
            },
            route(
                .get, "/revisions/{revision}/tags/{tag}", "show_tag",
                about: Operation(
                    "One tag with its data", path: ["revision": DeckhandSchemas.number, "tag": DeckhandSchemas.tag],
                    answers: .either(.anyObject))
            ) { request in
                let tag = request.parameter("tag")
                return request.answer(
                    .object([tag: try await service.tagData(revision: try request.revision(), tag)]))
            },
            route(
                .delete, "/revisions/{revision}/tags/{tag}", "delete_tag",
                about: Operation(
                    "Takes a tag away", path: ["revision": DeckhandSchemas.number, "tag": DeckhandSchemas.tag],
                    answers: .nothing)
            ) { request in
                try await service.deleteTag(revision: try request.revision(), request.parameter("tag"))
                return APIResponse(.noContent)
            },
            route(
                .delete, "/revisions/{revision}/tags", "delete_tags",
                about: Operation("Takes all tags away", path: ["revision": DeckhandSchemas.number], answers: .nothing)
            ) { request in
                try await service.deleteTags(revision: try request.revision())
                return APIResponse(.noContent)
            },
        ]
    }
}
