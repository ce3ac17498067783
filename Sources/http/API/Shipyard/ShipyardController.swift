import HTTPTypes
import OrderedCollections
import Primitives
import Shipyard

/// The routes of Shipyard's API (`docs/reference/shipyard.md` §1 and §2), and those of all services: `versions` and
/// `health`.
package struct ShipyardController: Controller {
    /// Always `shipyard`.
    package let name = "shipyard"
    let service: ShipyardService
    let held = HeldRequests.forClients()
    /// Whether the daemon can do its work; what is wrong otherwise.
    let health: @Sendable () async -> [String]

    package init(service: ShipyardService, health: @escaping @Sendable () async -> [String]) {
        self.service = service
        self.health = health
    }

    /// The routes of versions and health, documents, actions, workflows and events.
    package var routes: [Route] { generalRoutes + configDocsRoutes + actionRoutes + workflowRoutes + eventRoutes }

    static func rule(_ name: String) -> Policy { .rule(ruleName(name)) }

    static func ruleName(_ name: String) -> String { "workflow_orchestrator:\(name)" }

    /// Refuses a `verbosity` that cannot be read, before the caller is identified (§1).
    ///
    /// - Throws: `ShipyardFailure`.
    package func admit(_ request: APIRequest) throws { _ = try request.query[ShipyardQuery.verbosity] }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Shipyard-Req", request.requestID.description)
    }

    /// The error in Shipyard's form (`docs/reference/shipyard.md` §1.1).
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        ShipyardFailure(error).response(for: request)
    }

    package func errorForm(of route: Route) -> ErrorForm { ShipyardFailure.form }

    package var answerHeaders: [String] { ["X-Shipyard-Req"] }

    /// Read before the caller is identified, whatever the route (§1).
    package var query: [any DeclaredParameter] { [ShipyardQuery.verbosity] }

    private var generalRoutes: [Route] {
        [
            Route(
                .get, "/versions", policy: .open, on: .clients,
                about: Operation(
                    "The versions of the API, for all three services",
                    answers: .json(.map(.object(["path": .string, "status": .string]))))
            ) { _ in
                .json(["v1.0": ["path": "/api/v1.0", "status": "stable"]])
            },
            Route(
                .get, "/api/v1.0/health", policy: .open, on: .clients,
                about: Operation("Whether the daemon can do its work", answers: .nothing)
            ) { _ in
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

    init(_ query: QueryItems) throws {
        guard let text = query["verbosity"] else {
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
