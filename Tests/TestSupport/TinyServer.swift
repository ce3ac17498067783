import NIOCore
import NIOPosix
import Synchronization

/// Answers each connection with the next of some fixed texts, and remembers what it was asked.
package final class TinyServer: Sendable {
    private final class Asked: Sendable {
        private struct State {
            var texts: [String] = []
            /// What is to be done once there are so many.
            var waiters: [(count: Int, act: @Sendable () -> Void)] = []
        }

        private let state = Mutex(State())

        var texts: [String] { state.withLock { $0.texts } }

        /// - Returns: how many there were before.
        func append(_ text: String) -> Int {
            let (place, due) = state.withLock { state in
                state.texts.append(text)
                let count = state.texts.count
                let due = state.waiters.filter { $0.count <= count }
                state.waiters.removeAll { $0.count <= count }
                return (count - 1, due)
            }
            for waiter in due { waiter.act() }
            return place
        }

        /// Calls `act` once there are `count` texts, which may be now.
        func whenThere(_ count: Int, _ act: @escaping @Sendable () -> Void) {
            let isThere = state.withLock { state in
                if state.texts.count < count { state.waiters.append((count, act)) }
                return state.texts.count >= count
            }
            if isThere { act() }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let asked: Asked
        private let answers: [String]
        /// What has come of the request so far.
        private var received = ""
        private var isAnswered = false

        init(_ asked: Asked, _ answers: [String]) {
            self.asked = asked
            self.answers = answers
        }

        private static func pour(_ piece: ByteBuffer, into channel: any Channel) {
            let pause = TimeAmount.milliseconds(piece.readableBytes == 1 ? 20 : 0)
            channel.writeAndFlush(piece).whenSuccess {
                channel.eventLoop.scheduleTask(in: pause) { pour(piece, into: channel) }
            }
        }

        /// Head and body may come in several pieces.
        private static func isWhole(_ request: String) -> Bool {
            guard let end = request.firstRange(of: "\r\n\r\n") else { return false }
            let head = request[..<end.lowerBound].lowercased().split(separator: "\r\n")
            let length = head.first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) }
            return request[end.upperBound...].utf8.count >= length ?? 0
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            guard !isAnswered, Self.isWhole(received) else { return }
            isAnswered = true
            let text = received
            let place = asked.append(text)
            let answer = answers[min(place, answers.count - 1)]
            if answer == TinyServer.silence { return }
            if answer.hasPrefix(TinyServer.endless) {
                context.writeAndFlush(
                    NIOAny(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n")), promise: nil)
                let size = Int(answer.dropFirst(TinyServer.endless.count)) ?? 1
                return Self.pour(ByteBuffer(repeating: 120, count: size), into: context.channel)
            }
            if answer.hasPrefix(TinyServer.halting) {
                let text = String(answer.dropFirst(TinyServer.halting.count))
                return context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            }
            let channel = context.channel
            guard answer.hasPrefix(TinyServer.late) else { return Self.part(answer, channel) }
            let rest = answer.dropFirst(TinyServer.late.count)
            let count = rest.prefix { $0 != ":" }
            let late = String(rest.dropFirst(count.count + 1))
            asked.whenThere(Int(count) ?? 1) { channel.eventLoop.execute { Self.part(late, channel) } }
        }

        /// Answers, and closes.
        private static func part(_ answer: String, _ channel: any Channel) {
            // Else the client may send its next request on a connection that ends.
            let parting = answer.replacing("\r\n", with: "\r\nConnection: close\r\n", maxReplacements: 1)
            channel.writeAndFlush(ByteBuffer(string: parting)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// Takes the request and says nothing.
    package static let silence = ""
    /// Pieces of so many bytes, one as soon as the last is taken (a single byte: every 20 ms), for as long as the client
    /// stays.
    package static let endless = "endless:"

    /// The text that follows, and then nothing, on a connection that stays.
    package static let halting = "halting:"

    /// `late:3:`, and then an answer that is given once the server has been asked so many times in all.
    package static let late = "late:"

    package let port: Int
    private let channel: any Channel
    private let asked: Asked

    private init(port: Int, channel: any Channel, asked: Asked) {
        self.port = port
        self.channel = channel
        self.asked = asked
    }

    package static func start(_ answers: [String]) async throws -> TinyServer {
        let asked = Asked()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(asked, answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TinyServer(port: channel.localAddress?.port ?? 0, channel: channel, asked: asked)
    }

    package func requests() async throws -> [String] { asked.texts }

    package func stop() async { try? await channel.close().get() }
}
