import HTTPTypes
import OrderedCollections
import Primitives
import Shipyard

/// Shipyard's error body (`spec/shipyard.md` §1.1).
enum ShipyardFailure {
    static func response(to error: ShipyardError, for request: APIRequest) -> APIResponse {
        body(
            HTTPResponse.Status.numbered(error.status), title: .string(error.title), reason: error.reason,
            errorType: error.errorType, messages: error.messageList, retry: error.retry, request)
    }

    /// The entity of the action that was refused, with the keys of an error body, which win.
    static func response(to requestError: RefusedAction, for request: APIRequest) -> APIResponse {
        let error = requestError.error
        let status = HTTPResponse.Status.numbered(error.status)
        let body = value(
            status, title: .string(error.title), reason: error.reason, errorType: error.errorType,
            messages: error.messageList, retry: error.retry, request)
        let entity = requestError.entity.objectValue ?? [:]
        var response = APIResponse.json(.object(entity.merging(body) { $1 }), status: status)
        response.headers[.location] = request.absolute("/api/v1.0/actions/\(entity["id"]?.stringValue ?? "")")
        return response
    }

    static func response(to requestError: RequestError, for request: APIRequest) -> APIResponse {
        let status = HTTPResponse.Status.numbered(requestError.statusCode)
        switch requestError {
        case .unauthenticated:
            return response(
                to: ShipyardError(401, "Unauthenticated", "Credentials are not established"), for: request)
        case .forbidden:
            return response(to: ShipyardError(403, "Forbidden", "Credentials do not permit access"), for: request)
        case .notFound, .methodNotAllowed:
            let isMissing = requestError == .notFound
            return body(
                status, title: .null, reason: status.line,
                errorType: isMissing ? "HTTPRouteNotFound" : "HTTPMethodNotAllowed",
                messages: [["message": .null, "error": true]], retry: false, request)
        case .identityUnavailable(let reason):
            return response(to: ShipyardError(503, status.reasonPhrase, reason, retry: true), for: request)
        case .bodyTooLarge, .bodyIncomplete:
            return response(
                to: ShipyardError(requestError.statusCode, status.reasonPhrase, requestError.message), for: request)
        case .invalidParameter(let text):
            return body(
                status, title: .string(text), reason: "Invalid parameter", errorType: "HTTPInvalidParam",
                messages: [["message": "Invalid parameter", "error": true]], retry: false, request)
        }
    }

    private static func body(
        _ status: HTTPResponse.Status, title: Value, reason: String, errorType: String, messages: [Value], retry: Bool,
        _ request: APIRequest
    ) -> APIResponse {
        let value = value(
            status, title: title, reason: reason, errorType: errorType, messages: messages, retry: retry, request)
        return .json(.object(value), status: status)
    }

    private static func value(
        _ status: HTTPResponse.Status, title: Value, reason: String, errorType: String, messages: [Value], retry: Bool,
        _ request: APIRequest
    ) -> Value.Object {
        let errors = messages.filter { $0["error"] == true }
        let remarks = messages.filter { $0["error"] != true }
        return [
            "kind": "status", "apiVersion": .string(request.apiVersion), "metadata": [:],
            "status": "Failure", "message": title, "reason": .string(reason),
            "details": [
                "errorType": .string(errorType), "errorCount": .int(errors.count),
                "messageList": .array(errors + remarks),
                // What the documentation calls it.
                "errorList": .array(errors),
            ],
            "code": .string(status.line), "retry": .bool(retry),
        ]
    }
}
