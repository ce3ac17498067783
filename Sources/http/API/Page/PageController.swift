import HTTPTypes
import Identity
import OrderedCollections
import Primitives

/// The page for browsers: its files, and who is logged in there. What it shows it reads by `/ui/api/…` (`PageAccess`).
package struct PageController: Controller {
    /// Always `page`.
    package let name = "page"
    private let sessions: any SessionAuthority
    private let access: PageAccess
    private let files: PageFiles?

    static let sessionPath = "/ui/session"
    /// In bytes.
    private static let bodyLimit = 64 << 10

    /// - Parameter files: nil for those in the program.
    package init(sessions: any SessionAuthority, access: PageAccess, files: PageFiles? = nil) {
        self.sessions = sessions
        self.access = access
        self.files = files
    }

    /// The routes of the session and of the files.
    package var routes: [Route] { fileRoutes + sessionRoutes }

    private var fileRoutes: [Route] {
        [HTTPRequest.Method.get, .head].flatMap { method in
            [
                Route(method, "/ui", policy: .open, on: .api) { _ in
                    var response = APIResponse(.seeOther)
                    response.headers[.location] = "/ui/"
                    return response
                },
                Route(method, "/ui/{file...}", policy: .open, on: .api) { [files] request in
                    try (files ?? .embedded).response(request.parameter("file"), to: request)
                },
            ]
        }
    }

    private var sessionRoutes: [Route] {
        [
            Route(
                .post, Self.sessionPath, policy: .open, on: .api, bodyLimit: Self.bodyLimit,
                headCheck: { request in
                    guard request.mediaType == "application/json" else {
                        throw PageError.malformed("The body has to be application/json")
                    }
                }
            ) { try await logIn($0) },
            Route(.get, Self.sessionPath, policy: .targeted("identity:validate_token"), on: .api) { request in
                try require("identity:validate_token", request)
                let session = try await session(of: request)
                return answer(session, token: request.header("X-Auth-Token"), request)
            },
            Route(.delete, Self.sessionPath, policy: .targeted("identity:revoke_token"), on: .api) { request in
                try require("identity:revoke_token", request)
                if let token = request.header("X-Auth-Token") { try await sessions.end(token) }
                var response = APIResponse(.noContent)
                response.headers[.setCookie] = PageCookie.header(nil, for: request)
                return response
            },
        ]
    }

    private func logIn(_ request: APIRequest) async throws -> APIResponse {
        // Whom the listener knows needs no token.
        if let caller = request.caller {
            return answer(PageSession(caller: caller), token: nil, request, status: .created)
        }
        let login = try PageLogin(request.body)
        let (token, session) = try await sessions.begin(
            user: login.user, password: login.password, domain: login.domain, project: login.project,
            source: LoginSource.of(request))
        // The cookie that this one replaces is nobody's any more.
        if let old = request.header("X-Auth-Token") { try? await sessions.end(old) }
        var response = answer(session, token: token, request, status: .created)
        response.headers[.setCookie] = PageCookie.header(token, for: request)
        return response
    }

    /// A caller may look at, and end, what is the caller's own.
    private func require(_ rule: String, _ request: APIRequest) throws {
        try request.require(rule, target: ["target.token.user_id": request.caller?.userID ?? ""])
    }

    private func session(of request: APIRequest) async throws -> PageSession {
        if let token = request.header("X-Auth-Token") {
            guard let session = try await sessions.session(of: token) else { throw RequestError.unauthenticated }
            return session
        }
        guard let caller = request.caller else { throw RequestError.unauthenticated }
        return PageSession(caller: caller)
    }

    private func answer(
        _ session: PageSession, token: String?, _ request: APIRequest, status: HTTPResponse.Status = .ok
    ) -> APIResponse {
        var permissions: Value.Object = [:]
        for rule in PolicyEngine.names {
            permissions[rule] = .bool(request.authorizer(session.caller, rule, [:]))
        }
        return .json(
            [
                "user": .string(session.caller.name), "project": Value(session.project),
                "roles": Value(session.caller.roles.sorted()),
                "csrf": Value(access.csrf(token: token, token == nil ? session.caller : nil)),
                "expires_at": Value(session.expires?.formatted(.iso)), "version": .string(boatyardVersion),
                "permissions": .object(permissions),
            ], status: status)
    }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Shipyard-Req", request.requestID.description)
    }

    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        PageFailure.response(to: error, for: request)
    }
}
