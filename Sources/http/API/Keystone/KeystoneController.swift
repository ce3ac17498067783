import HTTPTypes
import Identity
import Primitives

/// As much of Keystone's v3 API as its clients need here (`docs/reference/keystone.md` §2), over the users of this
/// daemon.
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
        let failure = KeystoneFailure(error)
        var response = failure.response
        if failure.kind == .unauthenticated {
            response.set("WWW-Authenticate", "Keystone uri=\"\(catalog.identityURL(request))\"")
        }
        return response
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
