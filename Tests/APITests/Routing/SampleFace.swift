import HTTPTypes
import Primitives

@testable import API

/// A face whose errors and headers show what the table asked of it.
struct SampleFace: Face {
    var name = "sample"
    var routes: [Route]

    func admit(_ request: FaceRequest) throws {
        if request.query["verbosity"] == "9" { throw Refusal.invalidParameter("too verbose") }
    }

    func response(to error: any Error, for request: FaceRequest) -> FaceResponse {
        guard let refusal = error as? Refusal else { return .text("broken", status: .internalServerError) }
        return .text("\(name): \(refusal.message)", status: .init(code: refusal.statusCode))
    }

    func decorate(_ response: inout FaceResponse, for request: FaceRequest) {
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

extension FaceResponse {
    var text: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
}

extension RouteTable {
    func get(_ target: String, caller: Caller? = nil, on listener: ListenerName = .admin) async -> FaceResponse {
        await respond(to: FaceRequest(method: .get, target: target, caller: caller, listener: listener))
    }
}
