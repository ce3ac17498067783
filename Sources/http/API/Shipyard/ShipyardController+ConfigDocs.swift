import HTTPTypes
import OrderedCollections
import Primitives
import Shipyard

extension ShipyardController {
    var configDocsRoutes: [Route] {
        let service = service
        return [
            Route(.get, "/api/v1.0/configdocs", policy: Self.rule("get_configdocs_status"), on: .clients) { request in
                let versions = Self.versions(request.query)
                return .json(try await service.collectionStatus(versions: versions))
            },
            Route(
                .post, "/api/v1.0/configdocs/{collection}", policy: Self.rule("create_configdocs"), on: .clients,
                bodyLimit: Route.documents, headCheck: Self.requireLength
            ) { request in
                let collection = request.parameter("collection")
                let report = try await service.addCollection(
                    collection, body: request.body, bufferMode: request.query["buffermode"],
                    isEmptyCollection: try request.query.bool("empty-collection") ?? false)
                var response = APIResponse.json(report.body(success: .created), status: .created)
                response.headers[.location] = request.absolute("/api/v1.0/configdocs/\(collection)")
                return response
            },
            Route(
                .get, "/api/v1.0/configdocs/{collection}", policy: Self.rule("get_configdocs"), on: .clients
            ) { request in
                let stream = try await service.collection(
                    request.parameter("collection"), version: request.query["version"],
                    cleartext: try Self.cleartext(request, "get_configdocs_cleartext"))
                return .bytes(stream, contentType: "application/x-yaml")
            },
            Route(
                .get, "/api/v1.0/renderedconfigdocs", policy: Self.rule("get_renderedconfigdocs"), on: .clients
            ) { request in
                let stream = try await service.renderedDocuments(
                    version: request.query["version"],
                    cleartext: try Self.cleartext(request, "get_renderedconfigdocs_cleartext"))
                return .bytes(stream, contentType: "application/x-yaml")
            },
            Route(
                .post, "/api/v1.0/commitconfigdocs", policy: Self.rule("commit_configdocs"), on: .clients
            ) { request in
                let report = try await service.commit(
                    force: try request.query.bool("force") ?? false, dryRun: try request.query.bool("dryrun") ?? false,
                    caller: Self.caller(of: request))
                return .json(report.body(), status: report.status)
            },
        ]
    }

    /// A body that does not say how long it is would have to be read to its end to learn whether it came whole.
    @Sendable private static func requireLength(_ request: APIRequest) throws {
        guard request.headers[.transferEncoding] != nil, request.headers[.contentLength] == nil,
            try !(request.query.bool("empty-collection") ?? false)
        else { return }
        throw ShipyardError.lengthMissing
    }

    /// `versions=a&versions=b` as clients send it, or `version=a,b` as it is documented.
    private static func versions(_ query: QueryItems) -> [String]? {
        if query.contains("versions") { return query.all("versions") }
        guard let list = query["version"] else { return nil }
        return list.lowercased().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Whether secrets are asked for, which takes a policy of its own.
    private static func cleartext(_ request: APIRequest, _ rule: String) throws -> Bool {
        guard try request.query.bool("cleartext-secrets") ?? false else { return false }
        try request.require(ruleName(rule))
        return true
    }
}
