import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers for the hosts that a rehearsal cannot reach, and serves the stand-in installer's kernel and ramdisk.
///
/// Any path gets a short text that is a shell comment, YAML of an empty mapping, and names the request, so that what
/// was fetched from where can be read in the delivered files.
package struct Responder: Sendable {
    private let channel: any Channel

    /// Binds a free port of 127.0.0.1.
    package static func start(group: any EventLoopGroup) async throws -> Responder {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(Handler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return Responder(channel: channel)
    }

    /// The TCP port that it listens on.
    package var port: Int { channel.localAddress?.port ?? 0 }

    /// Closes the listening socket.
    package func stop() async throws { try await channel.close().get() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private var head: HTTPRequestHead?

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                let host = head.headers.first(name: "Host") ?? "-"
                let text = "# Rehearsal stand-in for http://\(host)\(head.uri)\n{}\n"
                var body = context.channel.allocator.buffer(capacity: text.utf8.count)
                body.writeString(text)
                let headers: HTTPHeaders = [
                    "Content-Type": "text/plain", "Content-Length": String(body.readableBytes),
                ]
                let response = HTTPResponseHead(version: head.version, status: .ok, headers: headers)
                context.write(wrapOutboundOut(.head(response)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
                if head.isKeepAlive {
                    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                } else {
                    let channel = context.channel
                    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
                }
                self.head = nil
            }
        }
    }
}
