import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// How Drydock answers errors: the one table of its statuses, and its two forms of bodies
/// (`docs/reference/drydock.md` §1).
enum DrydockFailure {
    static func response(to error: any Error) -> APIResponse {
        switch error {
        case let requestError as RequestError: response(to: requestError)
        case let error as DrydockError:
            own(error.message, status(error.kind), retry: error.kind.isWorthRetrying)
        // Full, read-only or failing, or documents that cannot be used: what to do about it stands in the message.
        case let error as any TypedError where error.kind != .failed:
            own("\(error)", status(error.kind), retry: error.kind.isWorthRetrying)
        default: framework(status(.failed))
        }
    }

    private static func response(to requestError: RequestError) -> APIResponse {
        switch requestError {
        case .unauthenticated: own("Unauthenticated", requestError.status)
        case .forbidden: own("Forbidden", requestError.status)
        case .notFound: framework(requestError.status)
        case .methodNotAllowed:
            framework(requestError.status, description: "\(requestError.message): use one of these methods.")
        case .bodyTooLarge(let limit):
            framework(
                requestError.status,
                description: "\(requestError.message): send \(limit == 0 ? "none" : "a shorter one").")
        case .bodyIncomplete, .invalidParameter, .unsupportedMediaType:
            own(requestError.message, requestError.status)
        case .overloaded, .identityUnavailable: own(requestError.message, requestError.status, retry: true)
        }
    }

    static func status(_ kind: ErrorKind) -> HTTPResponse.Status {
        switch kind {
        case .invalid: .badRequest
        case .missing: .notFound
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        // A BMC that does not know the account, or not what the design names: nothing that the daemon fails at.
        case .conflict, .refused: .conflict
        case .tooMany, .busy, .unreachable, .unavailable, .storage: .serviceUnavailable
        case .failed: .internalServerError
        }
    }

    /// Drydock's own error body.
    private static func own(_ message: String, _ status: HTTPResponse.Status, retry: Bool = false) -> APIResponse {
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
