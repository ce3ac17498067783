import NIOCore
import NIOHTTP1

/// A part of a request, or the error that came instead of one: `HTTPParserError`, `BodyStalled`.
typealias RequestPart = Result<HTTPServerRequestPart, any Error>

/// Puts errors in line with the parts of requests, and drops what follows the last request.
///
/// `NIOAsyncChannel` never reads again once an error has passed through it, and closing a socket with unread bytes resets
/// the connection: the client may lose its answer. As parts, errors wait for their turn, and reading goes on.
final class RequestPartHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = RequestPart

    private let arrivals: ArrivalHandler
    private var isLast = false

    init(arrivals: ArrivalHandler) { self.arrivals = arrivals }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        switch part {
        case .head(let head): isLast = head.asksForAnotherProtocol
        case .body: break
        // The decoder would keep what follows, however much it is.
        case .end: if isLast { arrivals.dropAll() }
        }
        context.fireChannelRead(Self.wrapInboundOut(.success(part)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireChannelRead(Self.wrapInboundOut(.failure(error)))
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .outputClosed { arrivals.dropAll() }
        context.fireUserInboundEventTriggered(event)
    }
}

extension HTTPRequestHead {
    /// The decoder reads nothing more after such a request, although it is answered like any other.
    var asksForAnotherProtocol: Bool { method == .CONNECT || headers.contains(name: "Upgrade") }
}

/// What a client sends, in its order.
struct RequestParts {
    private var iterator: NIOAsyncChannelInboundStream<RequestPart>.AsyncIterator

    init(_ inbound: NIOAsyncChannelInboundStream<RequestPart>) { iterator = inbound.makeAsyncIterator() }

    /// Nil where the client has said all it will say. Throws the error that came instead of a part.
    mutating func next() async throws -> HTTPServerRequestPart? { try await iterator.next()?.get() }

    /// Reads on to the end of the request, so that the next one can follow.
    mutating func skipRequest() async throws {
        while let part = try await next() {
            if case .end = part { return }
        }
    }

    /// Reads on until the client closes; errors are of no interest any more.
    mutating func skipAll() async throws { while try await iterator.next() != nil {} }
}
