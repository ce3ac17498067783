import Deckhand
import Documents
import HTTPTypes
import OrderedCollections
import Primitives

extension DeckhandController {
    private static let bodyLimit = 1 << 20

    var tagRoutes: [Route] {
        [
            route(.post, "/revisions/{revision}/tags/{tag}", "create_tag", bodyLimit: Self.bodyLimit) { request in
                let tag = request.parameter("tag")
                let data = try await service.tag(
                    revision: try request.revision(), tag, data: try request.document() ?? [:])
                return request.answer(.object([tag: data]), status: .created)
            },
            route(.get, "/revisions/{revision}/tags", "list_tags") { request in
                request.answer(.object(try await service.tags(revision: try request.revision())))
            },
            route(.get, "/revisions/{revision}/tags/{tag}", "show_tag") { request in
                let tag = request.parameter("tag")
                return request.answer(
                    .object([tag: try await service.tagData(revision: try request.revision(), tag)]))
            },
            route(.delete, "/revisions/{revision}/tags/{tag}", "delete_tag") { request in
                try await service.deleteTag(revision: try request.revision(), request.parameter("tag"))
                return APIResponse(.noContent)
            },
            route(.delete, "/revisions/{revision}/tags", "delete_tags") { request in
                try await service.deleteTags(revision: try request.revision())
                return APIResponse(.noContent)
            },
        ]
    }
}
