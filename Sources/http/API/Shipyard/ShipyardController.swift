import HTTPTypes
import OrderedCollections
import Primitives
import Shipyard

/// Shipyard's REST interface (`docs/reference/shipyard.md` §1 and §2), and what speaks for the whole daemon:
/// `versions`, `health`.
package struct ShipyardController: Controller {
    package let name = "shipyard"
    let service: ShipyardService
    let held = HeldRequests.forClients()
    /// Whether the daemon can do its work; what is wrong otherwise.
    let health: @Sendable () async -> [String]

    package init(service: ShipyardService, health: @escaping @Sendable () async -> [String]) {
        self.service = service
        self.health = health
    }

    package var routes: [Route] { generalRoutes + configDocsRoutes + actionRoutes + workflowRoutes + eventRoutes }

    static func rule(_ name: String) -> Policy { .rule(ruleName(name)) }

    static func ruleName(_ name: String) -> String { "workflow_orchestrator:\(name)" }

    /// A bad `verbosity` is refused before anybody is asked who they are (§1).
    package func admit(_ request: APIRequest) throws { _ = try Verbosity(request) }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Shipyard-Req", request.requestID.description)
    }

    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        ShipyardFailure(error).response(for: request)
    }

    private var generalRoutes: [Route] {
        [
            Route(.get, "/versions", policy: .open, on: .clients) { _ in
                .json(["v1.0": ["path": "/api/v1.0", "status": "stable"]])
            },
            Route(.get, "/api/v1.0/health", policy: .open, on: .clients) { _ in
                let problems = await health()
                guard problems.isEmpty else {
                    throw ShipyardFailure(.unavailable, "Service unavailable", problems.joined(separator: " "))
                }
                return APIResponse(.noContent)
            },
        ]
    }
}

/// How much of the notes a client wants to see: 0 to 5 (`docs/reference/shipyard.md` §1.2).
struct Verbosity {
    let level: Int

    init(_ request: APIRequest) throws {
        guard let text = request.query["verbosity"] else {
            level = 1
            return
        }
        guard let level = Int(text), (0...5).contains(level) else {
            throw ShipyardFailure(
                .badRequest, "Invalid verbosity parameter",
                "If specified, verbosity parameter should be a value from 0 to 5")
        }
        self.level = level
    }
}
