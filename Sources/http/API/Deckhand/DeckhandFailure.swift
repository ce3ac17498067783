import Documents
import HTTPTypes
import Primitives
import Store

/// An error in the form that Deckhand's clients read (`spec/deckhand.md` §2).
struct DeckhandFailure {
    let status: Int
    let errorType: String
    let message: Value
    let reason: String
    let messages: [Value]

    init(_ error: any Error) {
        switch error {
        case let error as DocumentError:
            self.init(error)
        case let requestError as RequestError:
            self.init(requestError)
        case let error as StoreError where [.full, .readOnly, .busy].contains(error.code):
            self.init(503, "ServiceUnavailable", .string("The documents cannot be stored now. \(error.message)"))
        case let error as BoatyardError:
            self.init(500, error.code, .string("The daemon failed at this request: \(error.message)"))
        default:
            self.init(500, String(describing: type(of: error)), .string("The daemon failed at this request: \(error)"))
        }
    }

    private init(_ error: DocumentError) {
        status = error.status
        errorType = error.errorType
        message = .string(error.message)
        reason = error.reason
        messages = error.messages.isEmpty ? Self.single(message) : error.messages.map(\.value)
    }

    private init(_ requestError: RequestError) {
        switch requestError {
        case .unauthenticated: self.init(401, "HTTPUnauthorized", .string(requestError.message))
        case .forbidden(let rule):
            self.init(403, "HTTPForbidden", .string("Policy doesn't allow \(rule) to be performed"))
        case .notFound: self.init(404, "HTTPRouteNotFound", .null)
        case .methodNotAllowed: self.init(405, "HTTPMethodNotAllowed", .null)
        case .bodyTooLarge: self.init(413, "HTTPPayloadTooLarge", .string(requestError.message))
        case .bodyIncomplete: self.init(400, "HTTPBadRequest", .string(requestError.message))
        case .identityUnavailable: self.init(503, "ServiceUnavailable", .string(requestError.message))
        case .invalidParameter: self.init(400, "HTTPInvalidParam", .string(requestError.message))
        }
    }

    private init(_ status: Int, _ errorType: String, _ message: Value) {
        self.status = status
        self.errorType = errorType
        self.message = message
        reason = "Unspecified"
        messages = Self.single(message)
    }

    private static func single(_ message: Value) -> [Value] { [["error": true, "message": message]] }

    func response(for request: APIRequest) -> APIResponse {
        let status = HTTPResponse.Status.numbered(self.status)
        let body: Value = [
            "apiVersion": .string(request.apiVersion), "code": .string(status.line),
            "details": [
                "errorCount": .int(messages.count), "errorType": .string(errorType), "messageList": .array(messages),
            ],
            "kind": "Status", "message": message, "metadata": [:], "reason": .string(reason),
            "retry": .bool(status.code == 500), "status": "Failure",
        ]
        return request.answer(body, status: status)
    }
}
