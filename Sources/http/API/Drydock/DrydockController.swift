import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import Store

/// Drydock's REST interface (`spec/drydock.md` §1 to §3).
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
        switch error {
        case let requestError as RequestError: response(to: requestError)
        case let answer as DrydockStatusError: Self.own(answer.message, answer.status, retry: answer.retry)
        case let error as DrydockError: response(to: error)
        // Full, read-only or failing: what to do about it stands in the message.
        case let error as StoreError: Self.own("\(error)", .serviceUnavailable, retry: true)
        default: Self.framework(.internalServerError)
        }
    }

    private func response(to requestError: RequestError) -> APIResponse {
        switch requestError {
        case .unauthenticated: Self.own("Unauthenticated", .unauthorized)
        case .forbidden: Self.own("Forbidden", .forbidden)
        case .notFound, .methodNotAllowed, .bodyTooLarge:
            Self.framework(Self.status(of: requestError))
        case .bodyIncomplete, .invalidParameter: Self.own(requestError.message, .badRequest)
        case .identityUnavailable(let reason): Self.own(reason, .serviceUnavailable, retry: true)
        }
    }

    private func response(to error: DrydockError) -> APIResponse {
        switch error.kind {
        case .invalid: Self.own(error.message, .badRequest)
        case .missing: Self.own(error.message, .notFound)
        case .unauthenticated: Self.own(error.message, .unauthorized)
        case .forbidden: Self.own(error.message, .forbidden)
        case .conflict: Self.own(error.message, .conflict)
        case .unavailable: Self.own(error.message, .internalServerError, retry: true)
        case .failed: Self.own(error.message, .internalServerError)
        }
    }

    static func status(of requestError: RequestError) -> HTTPResponse.Status {
        switch requestError {
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .bodyTooLarge: .contentTooLarge
        case .bodyIncomplete, .invalidParameter: .badRequest
        case .identityUnavailable: .serviceUnavailable
        }
    }

    /// Drydock's own error body.
    static func own(_ message: String, _ status: HTTPResponse.Status, retry: Bool = false) -> APIResponse {
        .json(["type": "error", "message": .string(message), "retry": .bool(retry)], status: status)
    }

    /// The error body of its framework.
    static func framework(
        _ status: HTTPResponse.Status, title: String? = nil, description: String? = nil
    ) -> APIResponse {
        var body: Value.Object = ["title": .string(title ?? status.line)]
        if let description { body["description"] = .string(description) }
        return .json(.object(body), status: status)
    }
}

/// An error whose status does not follow from its kind.
struct DrydockStatusError: Error, Sendable {
    var status: HTTPResponse.Status
    var message: String
    var retry = false
}
