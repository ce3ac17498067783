import HTTPTypes
import Identity
import Primitives
import Store

/// As much of Keystone's v3 API as its clients need here (`spec/keystone.md` §2), over the users of this daemon.
package struct KeystoneController: Controller {
    package let name = "keystone"
    let service: IdentityService
    let catalog: ServiceCatalog

    package init(service: IdentityService, catalog: ServiceCatalog) {
        self.service = service
        self.catalog = catalog
    }

    package var routes: [Route] {
        versionRoutes + tokenRoutes + userRoutes + projectRoutes + roleRoutes + catalogRoutes
    }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Openstack-Request-Id", "req-\(request.requestID)")
        response.set("Vary", "X-Auth-Token")
    }

    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        switch error {
        case let error as IdentityError: response(to: error, for: request)
        case let requestError as RequestError: response(to: requestError)
        case let error as StoreError: Self.failure(503, "Service Unavailable", "\(error)")
        default:
            Self.failure(
                500, "Internal Server Error",
                "An unexpected error prevented the server from fulfilling your request.")
        }
    }

    private func response(to error: IdentityError, for request: APIRequest) -> APIResponse {
        switch error.kind {
        case .unauthorized:
            var response = Self.failure(401, "Unauthorized", error.message)
            response.set("WWW-Authenticate", "Keystone uri=\"\(catalog.identityURL(request))\"")
            return response
        case .missing: return Self.failure(404, "Not Found", error.message)
        case .conflict: return Self.failure(409, "Conflict", error.message)
        case .invalid: return Self.failure(400, "Bad Request", error.message)
        case .tooManyAttempts(let seconds):
            var response = Self.failure(429, "Too Many Requests", error.message)
            response.set("Retry-After", "\(seconds)")
            return response
        case .busy:
            var response = Self.failure(503, "Service Unavailable", error.message)
            response.set("Retry-After", "5")
            return response
        }
    }

    private func response(to requestError: RequestError) -> APIResponse {
        switch requestError {
        case .unauthenticated: Self.failure(401, "Unauthorized", IdentityError.unauthorized.message)
        case .forbidden(let rule):
            Self.failure(403, "Forbidden", "You are not authorized to perform the requested action: \(rule).")
        case .notFound: Self.failure(404, "Not Found", "The resource could not be found.")
        case .methodNotAllowed:
            Self.failure(405, "Method Not Allowed", "The method is not allowed for the requested URL.")
        case .bodyTooLarge: Self.failure(413, "Request Entity Too Large", requestError.message)
        case .bodyIncomplete, .invalidParameter: Self.failure(400, "Bad Request", requestError.message)
        case .identityUnavailable: Self.failure(503, "Service Unavailable", requestError.message)
        }
    }

    /// Keystone's error body.
    private static func failure(_ code: Int, _ title: String, _ message: String) -> APIResponse {
        .json(
            ["error": ["code": .int(code), "message": .string(message), "title": .string(title)]],
            status: HTTPResponse.Status(code: code, reasonPhrase: title))
    }

    /// A route for clients, with or without a slash at the end.
    func route(
        _ method: HTTPRequest.Method, _ path: String, _ rule: String, bodyLimit: Int = 0,
        handler: @escaping Route.Handler
    ) -> Route {
        Route(
            method, "/v3" + path, policy: .rule(Self.ruleName(rule)), on: .clients, bodyLimit: bodyLimit,
            slashes: .trailing, handler: handler)
    }

    static func ruleName(_ name: String) -> String { "identity:\(name)" }

    /// Bytes; Keystone takes little more.
    static let bodyLimit = 64 << 10
}
