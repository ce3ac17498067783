import HTTPTypes
import Primitives

@testable import API

/// A controller whose errors and headers show what the table asked of it.
struct SampleController: Controller {
    var name = "sample"
    var routes: [Route]

    func admit(_ request: APIRequest) throws {
        if request.query["verbosity"] == "9" { throw RequestError.invalidParameter("too verbose") }
    }

    func response(to error: any Error, for request: APIRequest) -> APIResponse {
        guard let requestError = error as? RequestError else { return .text("broken", status: .internalServerError) }
        return .text("\(name): \(requestError.message)", status: requestError.status)
    }

    func decorate(_ response: inout APIResponse, for request: APIRequest) {
        response.set("X-Sample-Req", request.requestID.description)
    }

    /// A route that answers its path parameters, sorted, and its body.
    static func echo(
        _ method: HTTPRequest.Method, _ path: String, policy: Policy = .open, on listeners: ListenerSet = .clients,
        bodyLimit: Int = 0, slashes: SlashRule = .exact
    ) -> Route {
        Route(method, path, policy: policy, on: listeners, bodyLimit: bodyLimit, slashes: slashes) { request in
            let parameters = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return .text(([path] + parameters).joined(separator: " ") + String(decoding: request.body, as: UTF8.self))
        }
    }
}

extension APIResponse {
    var text: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
}

extension RouteTable {
    func get(_ target: String, caller: Caller? = nil, on listener: ListenerName = .admin) async -> APIResponse {
        await respond(to: APIRequest(method: .get, target: target, caller: caller, listener: listener))
    }
}
