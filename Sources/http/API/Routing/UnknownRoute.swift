import HTTPTypes
import Primitives

/// The answer where no controller has the path, in the form of Shipyard's framework errors
/// (`docs/reference/shipyard.md` §1.1).
enum UnknownRoute {
    static func response(for request: APIRequest) -> APIResponse {
        let status = HTTPResponse.Status.notFound
        let body: Value = [
            "kind": "status", "apiVersion": .string(request.apiVersion), "metadata": [:], "status": "Failure",
            "message": nil, "reason": .string(status.line),
            "details": [
                "errorType": "HTTPRouteNotFound", "errorCount": 1,
                "messageList": [["message": nil, "error": true]],
                "errorList": [["message": nil, "error": true]],
            ],
            "code": .string(status.line), "retry": false,
        ]
        var response = APIResponse.json(body, status: status)
        response.set("X-Shipyard-Req", request.requestID.description)
        return response
    }
}
