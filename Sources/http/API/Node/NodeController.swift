import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import Store

/// What machines under provisioning are served (`docs/node-protocol.md`).
package struct NodeController: Controller {
    package let name = "node"
    let service: DrydockService
    /// Half of the listener's connections at most; a machine that lost one waits on another.
    let held = HeldRequests(limit: 128, limitForEach: 2)

    package init(service: DrydockService) { self.service = service }

    package var routes: [Route] { bootRoutes + agentRoutes + bootActionRoutes }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        if let name = Self.requestHeader {
            response.headers.append(HTTPField(name: name, value: request.requestID.description))
        }
    }

    private static let requestHeader = HTTPField.Name("x-drydock-req")

    /// Boot data and signals answer in the form of Drydock's framework, everything else with `{"error": …}`.
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        let status = Self.status(of: error)
        guard request.path.hasPrefix("/api/") || request.path.hasPrefix("//") else {
            let message =
                switch error {
                case let error as DrydockError: error.message
                case let requestError as RequestError: requestError.message
                case is StoreError: "The daemon cannot write or read its state now; ask again later."
                // What went wrong in here is for the journal, not for machines.
                default: "The request could not be served."
                }
            return .json(["error": .string(message)], status: status)
        }
        switch (error as? DrydockError)?.kind {
        case .unauthenticated:
            var response = DrydockController.framework(
                status, title: "Unauthorized", description: "No X-Bootaction-Key")
            response.set("WWW-Authenticate", "Bootaction-Key")
            return response
        case .forbidden:
            return DrydockController.framework(status, title: "Unauthorized", description: "Invalid X-Bootaction-Key")
        case .missing, .invalid, .conflict:
            let message = (error as? DrydockError)?.message
            return DrydockController.framework(status, description: message?.isEmpty == false ? message : nil)
        case .unavailable, .failed, nil: return DrydockController.framework(status)
        }
    }

    private static func status(of error: any Error) -> HTTPResponse.Status {
        if let requestError = error as? RequestError { return DrydockController.status(of: requestError) }
        if error is StoreError { return .serviceUnavailable }
        return switch (error as? DrydockError)?.kind {
        case .invalid: .badRequest
        case .missing: .notFound
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .conflict: .conflict
        case .unavailable, .failed, nil: .internalServerError
        }
    }
}
