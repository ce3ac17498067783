import API
import NIOCore
import NIOHTTP1
import Primitives

/// What of its client's requests is left to a connection: one request at a time.
enum RequestPart: Sendable {
    case head(ArrivedRequest)
    case body(ByteBuffer)
    case end
    /// The last answer there will be has been given.
    case goodbye
}

/// The head of a request, parsed, and with the routes on its path.
final class ArrivedRequest: Sendable {
    let head: HTTPRequestHead
    /// When its turn came.
    let started: ContinuousClock.Instant
    /// Nil where RFC 9112 requires 400.
    let request: APIRequest?
    let found: RouteTable.Found

    init(_ head: HTTPRequestHead, from peer: ConnectionPeer, at service: HTTPService) {
        self.head = head
        started = .now
        request = RequestParser.request(
            head, id: UUIDv4(), listener: service.listener, caller: peer.caller, peer: peer.text,
            scheme: service.scheme)
        found = request.map { service.table.look(for: $0) } ?? RouteTable.Found()
    }
}

extension HTTPRequestHead {
    /// The decoder reads nothing more after such a request, although it is answered like any other.
    var asksForAnotherProtocol: Bool { method == .CONNECT || headers.contains(name: "Upgrade") }
}
