import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// Drydock's REST interface (`docs/reference/drydock.md` §1 to §3).
///
/// `/versions` and `/api/v1.0/health` are answered alike by Shipyard, whose controller serves them for all.
package struct DrydockController: Controller {
    package let name = "drydock"
    let service: DrydockService
    let held = HeldRequests.forClients()

    package init(service: DrydockService) { self.service = service }

    package var routes: [Route] { taskRoutes + nodeRoutes + designRoutes + designNodeRoutes + healthRoutes }

    static func rule(_ name: String) -> Policy { .rule(ruleName(name)) }

    static func ruleName(_ name: String) -> String { "physical_provisioner:\(name)" }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("x-drydock-req", request.requestID.description)
    }

    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        DrydockFailure.response(to: error)
    }
}
