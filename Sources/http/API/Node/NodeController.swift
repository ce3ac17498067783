import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// The routes for machines, on the listener `node` (`docs/reference/node-protocol.md`).
package struct NodeController: Controller {
    /// Always `node`.
    package let name = "node"
    let service: DrydockService
    /// Fewer than the listener has connections; a machine that lost one waits on another.
    let heldNodes = HeldRequests(limit: 1536, limitForEach: 2)
    /// Machines that are nobody's take none of the places of nodes.
    let heldOthers = HeldRequests(limit: 64, limitForEach: 2)

    package init(service: DrydockService) { self.service = service }

    /// The routes of boot scripts, installers, boot data and signals.
    package var routes: [Route] { bootRoutes + fileRoutes + agentRoutes + bootActionRoutes }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {
        if let name = Self.requestHeader {
            response.headers.append(HTTPField(name: name, value: request.requestID.description))
        }
        if response.status == .serviceUnavailable { response.headers[.retryAfter] = "5" }
    }

    package var answerHeaders: [String] { ["x-drydock-req"] }

    package func errorForm(of route: Route) -> ErrorForm {
        route.path.hasPrefix("/api/") ? ErrorForm(DrydockFailure.frameworkSchema) : Self.machineError
    }

    private static let requestHeader = HTTPField.Name("x-drydock-req")

    /// The error for a machine. Boot data and signals have the form of Drydock's framework, all other routes have
    /// `{"error": "…"}`.
    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        let status = Self.status(of: error)
        guard request.path.drop(while: { $0 == "/" }).hasPrefix("api/") else {
            let message =
                switch error {
                case let error as DrydockError: error.message
                case let requestError as RequestError: requestError.message
                case let error as any TypedError where error.kind.concernsState:
                    "The daemon cannot write or read its state now; ask again later."
                // What went wrong in here is for the journal, not for machines.
                default: "The request could not be served."
                }
            return .json(["error": .string(message)], status: status)
        }
        guard let error = error as? DrydockError else { return DrydockFailure.framework(status) }
        switch error.kind {
        case .unauthenticated:
            var response = DrydockFailure.framework(
                status, title: "Unauthorized", description: "No X-Bootaction-Key")
            response.set("WWW-Authenticate", "Bootaction-Key")
            return response
        case .forbidden:
            return DrydockFailure.framework(status, title: "Unauthorized", description: "Invalid X-Bootaction-Key")
        case .missing, .invalid, .conflict:
            return DrydockFailure.framework(status, description: error.message.isEmpty ? nil : error.message)
        case .tooMany, .busy, .unreachable, .refused, .unavailable, .storage, .failed:
            return DrydockFailure.framework(status)
        }
    }

    private static func status(of error: any Error) -> HTTPResponse.Status {
        switch error {
        case let requestError as RequestError: requestError.status
        case let error as DrydockError: DrydockFailure.status(error.kind)
        // Never a machine's own mistake, but it may pass.
        case let error as any TypedError: DrydockFailure.status(error.kind.passes ? error.kind : .failed)
        default: DrydockFailure.status(.failed)
        }
    }
}
