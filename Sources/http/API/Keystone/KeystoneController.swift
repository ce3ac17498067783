import HTTPTypes
import Identity
import Primitives

/// The routes of Keystone's API v3, as far as its clients need them here, over the users of this daemon
/// (`docs/reference/keystone.md` §2).
package struct KeystoneController: Controller {
    /// Always `keystone`.
    package let name = "keystone"
    let service: IdentityService
    let catalog: ServiceCatalog

    package init(service: IdentityService, catalog: ServiceCatalog) {
        self.service = service
        self.catalog = catalog
    }

    /// The routes of versions, tokens, users, projects, roles and the catalog.
    package var routes: [Route] {
        versionRoutes + tokenRoutes + userRoutes + projectRoutes + roleRoutes + catalogRoutes
    }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Openstack-Request-Id", "req-\(request.requestID)")
        response.set("Vary", "X-Auth-Token")
    }

    /// The error in Keystone's form. A 401 names the address of the Keystone in `WWW-Authenticate`.
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        let failure = KeystoneFailure(error)
        var response = failure.response
        if failure.kind == .unauthenticated {
            response.set("WWW-Authenticate", "Keystone uri=\"\(catalog.identityURL(request))\"")
        }
        return response
    }

    package func errorForm(of route: Route) -> ErrorForm { KeystoneFailure.form }

    package var answerHeaders: [String] { ["X-Openstack-Request-Id", "Vary"] }

    /// A route for clients, with or without a slash at the end.
    func route(
        _ method: HTTPRequest.Method, _ path: String, _ rule: String, bodyLimit: Int = 0,
        about operation: Operation, handler: @escaping Route.Handler
    ) -> Route {
        Route(
            method, "/v3" + path, policy: .rule(Self.ruleName(rule)), on: .clients, bodyLimit: bodyLimit,
            slashes: .trailing, about: operation, handler: handler)
    }

    static func ruleName(_ name: String) -> String { "identity:\(name)" }

    /// Bytes; Keystone takes little more.
    static let bodyLimit = 64 << 10
}
