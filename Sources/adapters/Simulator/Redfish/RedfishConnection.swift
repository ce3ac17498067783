import NIOCore
import NIOHTTP1

/// Reads the requests of one connection, one after the other, and writes their answers.
///
/// A connection ends where a request has not come, or its answer not gone, within `patience`, so that neither a slow nor an
/// absent client keeps it. What it holds is one body, and the answers that the socket has not taken: it reads no further
/// while there are such (`BackPressureHandler`).
final class RedfishConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let patience = TimeAmount.seconds(30)
    /// How long what a client still sends behind the last answer is read: a connection that is closed before is reset, and the
    /// answer may be lost with it.
    private static let drain = TimeAmount.seconds(2)
    /// In bytes.
    private static let bodyLimit = 64 << 10

    private let bmc: RedfishBMC
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLong = false
    private var isOver = false
    private var end: Scheduled<Void>?

    init(_ bmc: RedfishBMC) { self.bmc = bmc }

    func handlerAdded(context: ChannelHandlerContext) { wait(context) }
    func handlerRemoved(context: ChannelHandlerContext) { end?.cancel() }

    private func wait(_ context: ChannelHandlerContext, _ time: TimeAmount = patience) {
        end?.cancel()
        let channel = context.channel
        end = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLong = false
        case .body(let piece):
            guard !isTooLong, body.count + piece.readableBytes <= Self.bodyLimit else {
                isTooLong = true
                body = []
                return
            }
            body += piece.readableBytesView
        case .end:
            guard let head else { return }
            self.head = nil
            if isTooLong {
                // Whoever sends so much is not waited for again.
                write(RedfishRequestError(413, .generalError).reply, isLast: true, context)
            } else {
                answer(head, context)
            }
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let call = RedfishCall(method: head.method.rawValue, target: head.uri, headers: head.headers, body: body)
        body = []
        guard let (reply, delay, isLast) = bmc.answer(call, on: context.channel) else {
            // A silent BMC keeps its client waiting; one that loses an answer breaks the connection off.
            if !bmc.engine.faults.silent { context.close(promise: nil) }
            return
        }
        let isLastOne = isLast || !head.isKeepAlive
        guard delay > .zero else { return write(reply, isLast: isLastOne, context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
            let (handler, context) = bound.value
            if context.channel.isActive { handler.write(reply, isLast: isLastOne, context) }
        }
    }

    private func write(_ reply: RedfishReply, isLast: Bool, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(reply.headers.map { ($0.name, $0.value) })
        if ![204, 304].contains(reply.status), !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: "\(reply.body.count)")
        }
        if isLast {
            isOver = true
            headers.add(name: "Connection", value: "close")
        }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: reply.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !reply.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { result in
            let (handler, context) = bound.value
            guard case .success = result else { return context.close(promise: nil) }
            handler.wait(context, isLast ? Self.drain : Self.patience)
            if isLast { context.close(mode: .output, promise: nil) }
        }
    }

    /// What is no HTTP, or a method that HTTP does not know, and what a peer leaves behind that went away.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isOver else { return }
        guard let error = error as? HTTPParserError, head == nil, context.channel.isActive else {
            context.close(promise: nil)
            return
        }
        let answer: RedfishRequestError =
            error == .invalidMethod
            ? RedfishRequestError(501, .operationNotAllowed) : RedfishRequestError(400, .generalError)
        write(answer.reply, isLast: true, context)
    }
}
