import HTTPTypes

@testable import API

/// A controller whose one route, `GET /x`, fails in the way of Drydock.
struct FailingController: Controller {
    let name = "failing"
    let error: any Error
    var routes: [Route] { [Route(.get, "/x", policy: .open, on: .clients) { _ in throw error }] }

    func response(to error: any Error, for request: APIRequest) -> APIResponse { DrydockFailure.response(to: error) }
    func decorate(_ response: inout APIResponse, for request: APIRequest) {}
}
