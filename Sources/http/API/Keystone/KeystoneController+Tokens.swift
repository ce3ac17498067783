import HTTPTypes
import Identity
import Primitives

extension KeystoneController {
    var tokenRoutes: [Route] {
        [
            Route(
                .post, "/v3/auth/tokens", policy: .open, on: .clients, bodyLimit: Self.bodyLimit, slashes: .trailing,
                about: Operation(
                    "Logs in", query: [KeystoneQuery.noCatalog], body: .json(KeystoneSchemas.login),
                    answers: .json(KeystoneSchemas.token, .created, headers: [KeystoneSchemas.subject]),
                    errors: [.unauthorized, .forbidden, .notFound, .tooManyRequests])
            ) { request in
                let login = try AuthRequest(request.body)
                let (text, token) = try await service.login(
                    login.proof, scope: login.scope, source: LoginSource.of(request))
                return answer(token, text, request, status: .created)
            },
            subjectRoute(
                .get, "validate_token", "The token in X-Subject-Token",
                .json(KeystoneSchemas.token, headers: [KeystoneSchemas.subject])
            ) { text, token, request in answer(token, text, request) },
            subjectRoute(.head, "check_token", "Whether the token in X-Subject-Token is valid", Answer(.ok)) {
                text, token, request in answer(token, text, request)
            },
            subjectRoute(.delete, "revoke_token", "Ends the token in X-Subject-Token", .nothing) { text, _, _ in
                guard try await service.revoke(text) else { throw IdentityError.missing("token") }
                return APIResponse(.noContent)
            },
            route(
                .get, "/auth/catalog", "get_auth_catalog",
                about: Operation(
                    "Where the services are",
                    answers: .json(.object(["catalog": .list(.anyObject), "links": .anyObject])))
            ) { request in
                .json([
                    "catalog": catalog.value(request),
                    "links": [
                        "next": nil, "self": .string(catalog.identityURL(request) + "/auth/catalog"), "previous": nil,
                    ],
                ])
            },
        ]
    }

    /// A route about the token in `X-Subject-Token`, whose user may have more rights on it than others.
    private func subjectRoute(
        _ method: HTTPRequest.Method, _ rule: String, _ summary: String, _ answer: Answer,
        handler: @escaping @Sendable (String, Token, APIRequest) async throws -> APIResponse
    ) -> Route {
        let rule = Self.ruleName(rule)
        return Route(
            method, "/v3/auth/tokens", policy: .targeted(rule), on: .clients, slashes: .trailing,
            about: Operation(
                summary, query: [KeystoneQuery.noCatalog], headers: [KeystoneSchemas.askedSubject], answers: answer,
                errors: [.notFound])
        ) { request in
            guard let text = request.header("X-Subject-Token"), let token = try await service.token(text) else {
                throw IdentityError.missing("token")
            }
            try request.require(rule, target: ["target.token.user_id": token.user.id])
            return try await handler(text, token, request)
        }
    }

    private func answer(
        _ token: Token, _ text: String, _ request: APIRequest, status: HTTPResponse.Status = .ok
    ) -> APIResponse {
        var response = APIResponse.json(value(token, for: request), status: status)
        response.set("X-Subject-Token", text)
        return response
    }
}
