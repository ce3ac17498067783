/// One HTTP interface: its routes, its form of errors, its headers.
package protocol Controller: Sendable {
    /// `deckhand`, `drydock`, `shipyard`, `node`.
    var name: String { get }
    var routes: [Route] { get }
    /// What the service refuses before it looks at the caller (Shipyard's `verbosity`, Deckhand's content type).
    func admit(_ request: APIRequest) throws
    /// Any error thrown by a handler, and every `RequestError`, in the controller's own error form.
    func response(to error: any Error, for request: APIRequest) -> APIResponse
    /// Request-id headers; applied to every answer of the controller, errors and `OPTIONS` included.
    func decorate(_ response: inout APIResponse, for request: APIRequest)
    /// How errors of a route are answered, for the OpenAPI document.
    func errorForm(of route: Route) -> ErrorForm
    /// The headers of every answer, for the OpenAPI document.
    var answerHeaders: [String] { get }
    /// Parameters of the query that every route of the controller has.
    var query: [any DeclaredParameter] { get }
    /// Whether a body of another type than the one that the route declares is a 415.
    var refusesMediaTypes: Bool { get }
}

extension Controller {
    package func admit(_ request: APIRequest) throws {}
    package func errorForm(of route: Route) -> ErrorForm { ErrorForm(.anything) }
    package var answerHeaders: [String] { [] }
    package var query: [any DeclaredParameter] { [] }
    package var refusesMediaTypes: Bool { false }
}
