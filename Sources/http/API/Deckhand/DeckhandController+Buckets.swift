import Deckhand
import Documents
import HTTPTypes
import OrderedCollections
import Primitives
import YAML

extension DeckhandController {
    var bucketRoutes: [Route] {
        [
            route(
                .put, "/buckets/{bucket}/documents", "create_cleartext_documents", bodyLimit: Route.documents,
                about: Operation(
                    "Replaces the documents of a bucket",
                    body: .yaml(
                        DeckhandSchemas.document, "A stream of such documents; none empties the bucket",
                        isRequired: false), answers: DeckhandSchemas.documents, errors: [.conflict])
            ) { request in
                let stream = try DocumentStream(request.body)
                try stream.requireMappings()
                if stream.documents.contains(where: { $0["metadata"]?["storagePolicy"]?.stringValue == "encrypted" }) {
                    try request.require("deckhand:create_encrypted_documents")
                }
                let bucket = request.parameter("bucket")
                let result = try await service.put(bucket: bucket, documents: stream.documents, lines: stream.lines)
                guard let revision = result.revision else { return request.answer(documents: []) }
                if result.documents.isEmpty {
                    return request.answer(documents: [
                        ["status": ["bucket": .string(bucket), "revision": .int(revision)]]
                    ])
                }
                return request.answer(documents: result.documents.map(\.value))
            },
            route(
                .get, "/revisions/{revision}/documents", "list_cleartext_documents",
                about: Operation(
                    "Documents as they were put", path: ["revision": DeckhandSchemas.number],
                    query: DeckhandQuery.documents + [DeckhandQuery.abstract], answers: DeckhandSchemas.documents)
            ) { request in
                try await Self.asRoute {
                    let query = try DocumentQuery(request.query, rendered: false)
                    let maySeeAll = request.permits("deckhand:list_encrypted_documents")
                    let documents = try await service.documents(revision: try request.revision())
                        .filter { maySeeAll || !$0.isEncrypted }
                    return request.answer(
                        documents: query.answer(documents.map { DocumentView($0, redacted: query.isRedacted) }))
                }
            },
            route(
                .get, "/revisions/{revision}/rendered-documents", "list_cleartext_documents",
                about: Operation(
                    "Documents layered, substituted and validated, or where a value in them came from",
                    path: ["revision": DeckhandSchemas.number],
                    query: DeckhandQuery.documents + [DeckhandQuery.explain], headers: [DeckhandSchemas.knownTag],
                    answers: DeckhandSchemas.documents, DeckhandSchemas.unchanged, errors: [.conflict])
            ) { request in
                try await Self.asRoute {
                    guard let path = try request.query[DeckhandQuery.explain] else {
                        return try await renderedDocuments(request)
                    }
                    return try await explanation(request, of: path)
                }
            },
        ]
    }

    private func renderedDocuments(_ request: APIRequest) async throws -> APIResponse {
        let query = try DocumentQuery(request.query, rendered: true)
        let revision = try request.revision()
        let maySeeAll = request.permits("deckhand:list_encrypted_documents")
        guard query.isWhole, maySeeAll else {
            let documents = try await service.rendered(revision: revision).documents
                .filter { maySeeAll || !$0.source.isEncrypted }
            return request.answer(
                documents: query.answer(documents.map { DocumentView($0, redacted: query.isRedacted) }))
        }
        let form = CachedRendering.Form(request.wantedFormat, isRedacted: query.isRedacted)
        let answer = try await service.renderedAnswer(revision: revision, form)
        if let status = request.unmetCondition(for: answer.tag) {
            return APIResponse(status, headers: [.eTag: answer.tag])
        }
        var response = request.answer(bytes: answer.bytes)
        response.headers[.eTag] = answer.tag
        return response
    }
}
