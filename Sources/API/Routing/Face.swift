/// One HTTP interface: its routes, its form of errors, its headers.
package protocol Face: Sendable {
    /// `deckhand`, `drydock`, `shipyard`, `node`.
    var name: String { get }
    var routes: [Route] { get }
    /// What the service refuses before it looks at the caller (Shipyard's `verbosity`, Deckhand's content type).
    func admit(_ request: FaceRequest) throws
    /// Any error thrown by a handler, and every `Refusal`, in the face's own error form.
    func response(to error: any Error, for request: FaceRequest) -> FaceResponse
    /// Request-id headers; applied to every answer of the face, errors and `OPTIONS` included.
    func decorate(_ response: inout FaceResponse, for request: FaceRequest)
}

extension Face {
    package func admit(_ request: FaceRequest) throws {}
}
