import HTTPTypes
import OrderedCollections
import Primitives
import Shipyard

/// Shipyard's error body (`spec/shipyard.md` §1.1).
enum ShipyardFailure {
    static func response(to error: ShipyardError, for request: FaceRequest) -> FaceResponse {
        body(
            HTTPResponse.Status.numbered(error.status), title: .string(error.title), reason: error.reason,
            errorType: error.errorType, messages: error.messageList, retry: error.retry, request)
    }

    /// The entity of the action that was refused, with the keys of an error body, which win.
    static func response(to refusal: RefusedAction, for request: FaceRequest) -> FaceResponse {
        let error = refusal.error
        let status = HTTPResponse.Status.numbered(error.status)
        let body = value(
            status, title: .string(error.title), reason: error.reason, errorType: error.errorType,
            messages: error.messageList, retry: error.retry, request)
        let entity = refusal.entity.objectValue ?? [:]
        var response = FaceResponse.json(.object(entity.merging(body) { $1 }), status: status)
        response.headers[.location] = request.absolute("/api/v1.0/actions/\(entity["id"]?.stringValue ?? "")")
        return response
    }

    static func response(to refusal: Refusal, for request: FaceRequest) -> FaceResponse {
        let status = HTTPResponse.Status.numbered(refusal.statusCode)
        switch refusal {
        case .unauthenticated:
            return response(
                to: ShipyardError(401, "Unauthenticated", "Credentials are not established"), for: request)
        case .forbidden:
            return response(to: ShipyardError(403, "Forbidden", "Credentials do not permit access"), for: request)
        case .notFound, .methodNotAllowed:
            let isMissing = refusal == .notFound
            return body(
                status, title: .null, reason: status.line,
                errorType: isMissing ? "HTTPRouteNotFound" : "HTTPMethodNotAllowed",
                messages: [["message": .null, "error": true]], retry: false, request)
        case .identityUnavailable(let reason):
            return response(to: ShipyardError(503, status.reasonPhrase, reason, retry: true), for: request)
        case .bodyTooLarge, .bodyIncomplete:
            return response(
                to: ShipyardError(refusal.statusCode, status.reasonPhrase, refusal.message), for: request)
        case .invalidParameter(let text):
            return body(
                status, title: .string(text), reason: "Invalid parameter", errorType: "HTTPInvalidParam",
                messages: [["message": "Invalid parameter", "error": true]], retry: false, request)
        }
    }

    private static func body(
        _ status: HTTPResponse.Status, title: Value, reason: String, errorType: String, messages: [Value], retry: Bool,
        _ request: FaceRequest
    ) -> FaceResponse {
        let value = value(
            status, title: title, reason: reason, errorType: errorType, messages: messages, retry: retry, request)
        return .json(.object(value), status: status)
    }

    private static func value(
        _ status: HTTPResponse.Status, title: Value, reason: String, errorType: String, messages: [Value], retry: Bool,
        _ request: FaceRequest
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
