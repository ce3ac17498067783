import NIOCore
import NIOPosix
import Synchronization

/// Answers requests for anything but operations with the next of some texts, the last one again and again; reports of
/// operations with 204. Keeps connections, as the daemon does.
final class ScriptedDaemon: Sendable {
    private let state: Mutex<(answers: [String], requests: [String])>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    private init(_ answers: [String]) { state = Mutex((answers, [])) }

    static func start(_ answers: [String]) async throws -> ScriptedDaemon {
        let daemon = ScriptedDaemon(answers)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(daemon))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        daemon.channel.withLock { $0 = channel }
        return daemon
    }

    /// An answer with a body.
    static func json(_ status: String, _ body: String) -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
    var requests: [String] { state.withLock { $0.requests } }

    func stop() async { try? await channel.withLock { $0 }?.close().get() }

    private func answer(_ request: String) -> String {
        state.withLock { state in
            state.requests.append(request)
            if request.hasPrefix("POST /agent/v1/operations") { return "HTTP/1.1 204 No Content\r\n\r\n" }
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first ?? ""
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let daemon: ScriptedDaemon
        private var received = ""

        init(_ daemon: ScriptedDaemon) { self.daemon = daemon }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            while let end = received.firstRange(of: "\r\n\r\n") {
                let head = received[..<end.lowerBound].lowercased().split(separator: "\r\n")
                let length =
                    head.first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) } ?? 0
                guard received[end.upperBound...].utf8.count >= length else { return }
                let body = String(decoding: received[end.upperBound...].utf8.prefix(length), as: UTF8.self)
                let request = received[..<end.upperBound] + body
                received = String(received[end.upperBound...].dropFirst(body.count))
                context.writeAndFlush(NIOAny(ByteBuffer(string: daemon.answer(String(request)))), promise: nil)
            }
        }
    }
}
