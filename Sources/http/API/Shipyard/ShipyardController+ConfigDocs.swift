import HTTPTypes
import OrderedCollections
import Primitives
import Shipyard

extension ShipyardController {
    var configDocsRoutes: [Route] {
        let service = service
        return [
            Route(
                .get, "/api/v1.0/configdocs", policy: Self.rule("get_configdocs_status"), on: .clients,
                about: Operation(
                    "What changed in each collection between two versions",
                    query: [ShipyardQuery.versions, ShipyardQuery.versionList],
                    answers: .json(ShipyardSchemas.collections), errors: [.notFound])
            ) { request in
                let versions = try Self.versions(request.query)
                return .json(try await service.collectionStatus(versions: versions))
            },
            Route(
                .post, "/api/v1.0/configdocs/{collection}", policy: Self.rule("create_configdocs"), on: .clients,
                bodyLimit: Route.documents, headCheck: Self.requireLength,
                about: Operation(
                    "Stages a collection of documents",
                    query: [ShipyardQuery.bufferMode, ShipyardQuery.emptiesCollection],
                    body: .yaml(DeckhandSchemas.document, "A stream of such documents"),
                    answers: .json(ShipyardSchemas.report, .created, headers: [Answer.location]),
                    .json(
                        ShipyardFailure.schema, .badRequest, "The documents are not valid, or change nothing"),
                    errors: [.conflict])
            ) { request in
                let collection = request.parameter("collection")
                let report = try await service.addCollection(
                    collection, body: request.body, bufferMode: try request.query[ShipyardQuery.bufferMode],
                    isEmptyCollection: try request.query[ShipyardQuery.emptiesCollection] ?? false)
                var response = APIResponse.json(report.body(success: .created), status: .created)
                response.headers[.location] = request.absolute("/api/v1.0/configdocs/\(collection)")
                return response
            },
            Route(
                .get, "/api/v1.0/configdocs/{collection}", policy: Self.rule("get_configdocs"), on: .clients,
                about: Operation(
                    "A collection as it was put", query: [ShipyardQuery.version, ShipyardQuery.cleartext],
                    answers: Answer(.ok, "A stream of documents", content: [("application/x-yaml", nil)]))
            ) { request in
                let stream = try await service.collection(
                    request.parameter("collection"), version: try request.query[ShipyardQuery.version],
                    cleartext: try Self.cleartext(request, "get_configdocs_cleartext"))
                return .bytes(stream, contentType: "application/x-yaml")
            },
            Route(
                .get, "/api/v1.0/renderedconfigdocs", policy: Self.rule("get_renderedconfigdocs"), on: .clients,
                about: Operation(
                    "All rendered documents", query: [ShipyardQuery.version, ShipyardQuery.cleartext],
                    answers: Answer(.ok, "A stream of documents", content: [("application/x-yaml", nil)]),
                    errors: [.notFound, .conflict])
            ) { request in
                let stream = try await service.renderedDocuments(
                    version: try request.query[ShipyardQuery.version],
                    cleartext: try Self.cleartext(request, "get_renderedconfigdocs_cleartext"))
                return .bytes(stream, contentType: "application/x-yaml")
            },
            Route(
                .post, "/api/v1.0/commitconfigdocs", policy: Self.rule("commit_configdocs"), on: .clients,
                about: Operation(
                    "Validates and commits the buffer", query: [ShipyardQuery.force, ShipyardQuery.dryRun],
                    answers: .json(ShipyardSchemas.report),
                    .json(ShipyardSchemas.report, .badRequest, "The documents are not valid"), errors: [.conflict])
            ) { request in
                let report = try await service.commit(
                    force: try request.query[ShipyardQuery.force] ?? false,
                    dryRun: try request.query[ShipyardQuery.dryRun] ?? false,
                    caller: Self.caller(of: request))
                return .json(report.body(), status: report.status)
            },
        ]
    }

    /// A body that does not say how long it is would have to be read to its end to learn whether it came whole.
    @Sendable private static func requireLength(_ request: APIRequest) throws {
        guard request.headers[.transferEncoding] != nil, request.headers[.contentLength] == nil,
            try !(request.query[ShipyardQuery.emptiesCollection] ?? false)
        else { return }
        throw ShipyardError.lengthMissing
    }

    /// `versions=a&versions=b` as clients send it, or `version=a,b` as it is documented.
    private static func versions(_ query: QueryItems) throws -> [String]? {
        let versions = try query[ShipyardQuery.versions]
        if !versions.isEmpty { return versions }
        guard let list = try query[ShipyardQuery.versionList] else { return nil }
        return list.lowercased().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Whether secrets are asked for, which takes a policy of its own.
    private static func cleartext(_ request: APIRequest, _ rule: String) throws -> Bool {
        guard try request.query[ShipyardQuery.cleartext] ?? false else { return false }
        try request.require(ruleName(rule))
        return true
    }
}
