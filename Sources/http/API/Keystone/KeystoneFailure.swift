import HTTPTypes
import Identity
import Primitives

/// An error in the form that Keystone's clients read, and the one table of its statuses.
struct KeystoneFailure {
    let status: HTTPResponse.Status
    let message: String
    /// Of an error of the service itself; nil otherwise.
    private(set) var kind: ErrorKind?
    /// Seconds.
    private var retryAfter: Int?

    init(_ error: any Error) {
        switch error {
        case let error as IdentityError:
            self.init(Self.status(error.kind), error.message)
            kind = error.kind
            retryAfter = error.kind == .busy ? 5 : error.retryAfter
        case let requestError as RequestError:
            self.init(Self.status(requestError), Self.message(requestError))
        // Full, read-only or failing, or a server elsewhere that does not answer: what to do stands in the message.
        case let error as any TypedError where error.kind != .failed:
            self.init(Self.status(error.kind), "\(error)")
        default:
            self.init(
                Self.status(.failed), "An unexpected error prevented the server from fulfilling your request.")
        }
    }

    private init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The phrase is `title` of the body.
    static func status(_ kind: ErrorKind) -> HTTPResponse.Status {
        switch kind {
        case .invalid: .badRequest
        case .missing: .notFound
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .conflict: .conflict
        case .tooMany: .tooManyRequests
        case .busy, .unreachable, .refused, .unavailable, .storage: .serviceUnavailable
        case .failed: .internalServerError
        }
    }

    static func status(_ requestError: RequestError) -> HTTPResponse.Status {
        guard case .bodyTooLarge = requestError else { return requestError.status }
        return HTTPResponse.Status(code: requestError.status.code, reasonPhrase: "Request Entity Too Large")
    }

    private static func message(_ requestError: RequestError) -> String {
        switch requestError {
        case .unauthenticated: IdentityError.unauthorized.message
        case .forbidden(let rule): "You are not authorized to perform the requested action: \(rule)."
        case .notFound: "The resource could not be found."
        case .methodNotAllowed: "The method is not allowed for the requested URL."
        case .bodyTooLarge, .bodyIncomplete, .invalidParameter, .unsupportedMediaType, .overloaded,
            .identityUnavailable:
            requestError.message
        }
    }

    var response: APIResponse {
        var response = APIResponse.json(
            [
                "error": [
                    "code": .int(status.code), "message": .string(message), "title": .string(status.reasonPhrase),
                ]
            ], status: status)
        if let retryAfter { response.set("Retry-After", "\(retryAfter)") }
        return response
    }
}
