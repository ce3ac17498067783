import API
import NIOCore
import NIOHTTP1
import Primitives

/// Lets requests through one at a time, each once the one before it is answered, and answers by itself those whose answer
/// is at hand: they never leave the thread and the call that read them, and take no way through encoder and tasks.
///
/// What a client sends ahead waits here, and nothing more is read meanwhile: a client that asks and asks and takes no
/// answer costs one answer, and what one read brings.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = RequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Turn: Equatable {
        /// Nobody serves the connection yet.
        case unserved
        /// The next request's.
        case free
        /// `HTTPConnection` has a request; its end may come after that of the answer.
        case left(hasEnded: Bool, isAnswered: Bool)
        /// The answer is at hand, and given as soon as the request has ended.
        case atHand
        /// The answer is being sent.
        case answering
        /// Nobody's: the last answer has been given.
        case over
    }

    private enum Arrival {
        case part(HTTPServerRequestPart)
        case inputClosed
        case error(any Error)
    }

    /// One that is at hand.
    private final class Answer {
        let request: APIRequest
        let response: APIResponse
        let started: ContinuousClock.Instant
        /// Of the body, in bytes.
        let length: Int
        let head: ByteBuffer
        let closes: Bool
        /// What has not been written.
        var rest: ByteBuffer

        /// Nil where it is not at hand, or the request has a body or anything else that is particular.
        init?(to arrived: ArrivedRequest, by service: HTTPService) {
            let head = arrived.head
            guard let request = arrived.request, RequestBody.announcedLength(head) == 0, !head.asksForAnotherProtocol,
                let response = service.table.shortcut(for: request, on: arrived.found)
            else { return nil }
            let body: ByteBuffer
            switch response.body {
            case .none: body = ByteBuffer()
            case .bytes(let bytes): body = ByteBuffer(bytes: bytes)
            case .shared(let buffer): body = buffer
            case .pieces, .file, .stream: return nil
            }
            self.request = request
            self.response = response
            started = arrived.started
            length = body.readableBytes
            closes = !head.isKeepAlive || service.registry.isDraining
            self.head = ResponseHead(response: response, length: length, closes: closes, version: head.version)
                .bytes(now: .now())
            rest = head.method == .HEAD ? ByteBuffer() : body
        }

        /// As much as is written at once; nil at the end.
        func piece() -> ByteBuffer? {
            guard rest.readableBytes > 0 else { return nil }
            return rest.readSlice(length: min(rest.readableBytes, Content.sharedPieceSize))
        }
    }

    private let clock: ConnectionClock
    private let wire: Wire
    private var service: HTTPService?
    private var peer = ConnectionPeer(text: "unknown", caller: nil)
    private var context: ChannelHandlerContext?
    private var turn = Turn.unserved
    private var waiting = CircularBuffer<Arrival>()
    private var answer: Answer?
    private var isSending = false
    /// Something was given further since it was last said that this is all for now.
    private var hasForwarded = false
    /// An answer was given since other connections had their turn.
    private var hasAnswered = false
    /// What `HTTPConnection` answers now is its last.
    private var isLast = false
    private var isReadPending = false
    /// What `HTTPConnection` was told last.
    private var saysWritable = true

    init(clock: ConnectionClock, wire: Wire) {
        self.clock = clock
        self.wire = wire
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end()
    }

    /// Begins to let requests through.
    func serve(_ service: HTTPService, _ peer: ConnectionPeer) {
        guard turn == .unserved, let context else { return }
        self.service = service
        self.peer = peer
        turn = .free
        proceed(context)
    }

    /// How many parts wait for their turn.
    var backlog: Int { waiting.count }

    // MARK: what the client sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        receive(.part(Self.unwrapInboundIn(data)), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        hasAnswered = false
        deliver(context)
        if !waiting.isEmpty, turn == .free { proceedLater(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ChannelEvent {
        case .inputClosed: return receive(.inputClosed, context)
        case .outputClosed: endTurns(context)
        case nil: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { receive(.error(error), context) }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        turn = .over
        waiting = CircularBuffer()
        answer = nil
    }

    private func receive(_ arrival: Arrival, _ context: ChannelHandlerContext) {
        if waiting.isEmpty, isDue(arrival) { take(arrival, context) } else { waiting.append(arrival) }
    }

    private func isDue(_ arrival: Arrival) -> Bool {
        switch (turn, arrival) {
        case (.unserved, _), (.left, .part(.head)), (.atHand, .part(.head)), (.answering, _): false
        // It is about what came after a request that has all it needs.
        case (.left(hasEnded: true, _), .error): false
        // Others on this thread want to be answered as well.
        case (.free, .part(.head)): !hasAnswered
        case (.free, _), (.left, _), (.atHand, _), (.over, _): true
        }
    }

    private func take(_ arrival: Arrival, _ context: ChannelHandlerContext) {
        switch arrival {
        case .part(let part): take(part, context)
        case .inputClosed:
            deliver(context)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .error(let error):
            // The decoder minds what comes after a last request; its client shall have the answer nevertheless.
            guard turn != .over else { return }
            deliver(context)
            context.fireErrorCaught(error)
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (turn, part) {
        case (.free, .head(let head)):
            guard let service else { return }
            let arrived = ArrivedRequest(head, from: peer, at: service)
            answer = Answer(to: arrived, by: service)
            if answer != nil {
                turn = .atHand
            } else {
                turn = .left(hasEnded: false, isAnswered: false)
                isLast = false
                forward(.head(arrived), context)
            }
        case (.left, .body(let bytes)): forward(.body(bytes), context)
        case (.left(_, let isAnswered), .end):
            turn = isAnswered ? .free : .left(hasEnded: true, isAnswered: false)
            forward(.end, context)
        case (.atHand, .end):
            guard let answer else { return }
            turn = .answering
            wire.write(answer.head)
            if answer.rest.readableBytes == 0 { wire.flush() }
            send(answer, context)
        default: break
        }
    }

    private func forward(_ part: RequestPart, _ context: ChannelHandlerContext) {
        hasForwarded = true
        context.fireChannelRead(Self.wrapInboundOut(part))
    }

    private func deliver(_ context: ChannelHandlerContext) {
        guard hasForwarded else { return }
        hasForwarded = false
        context.fireChannelReadComplete()
    }

    /// Goes on once the other connections of this thread have had their turn.
    private func proceedLater(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            guard handler.context != nil else { return }
            handler.hasAnswered = false
            handler.proceed(context)
        }
    }

    private func proceed(_ context: ChannelHandlerContext) {
        while let arrival = waiting.first, isDue(arrival) {
            waiting.removeFirst()
            take(arrival, context)
        }
        deliver(context)
        if hasAnswered, !waiting.isEmpty {
            proceedLater(context)
        } else if isReadPending, mayRead {
            isReadPending = false
            context.read()
        }
    }

    private var mayRead: Bool { waiting.isEmpty && turn != .answering }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadPending = true }
    }

    // MARK: what is answered here

    /// Writes as much as the client takes now.
    private func send(_ answer: Answer, _ context: ChannelHandlerContext) {
        isSending = true
        // Piece by piece, so that every piece that is taken counts as the client's being alive.
        while turn == .answering, context.channel.isWritable, let piece = answer.piece() {
            wire.write(piece)
            wire.flush()
        }
        isSending = false
        let isWritable = context.channel.isWritable
        // An answer that is on its way is not over.
        if isWritable, answer.rest.readableBytes == 0, turn == .answering { finish(answer, context) }
        if isWritable != saysWritable { tellWritability(context) }
    }

    private func finish(_ answer: Answer, _ context: ChannelHandlerContext) {
        let isLast = clock.answerEnded() || answer.closes
        turn = isLast ? .over : .free
        hasAnswered = true
        self.answer = nil
        service?.log.record(
            answer.request, answer.response, length: answer.length, duration: .now - answer.started)
        if isLast {
            forward(.goodbye, context)
            deliver(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Writing tells of its own effects, which are nobody else's concern where they pass at once.
        if isSending { return }
        if turn == .answering, let answer, context.channel.isWritable {
            send(answer, context)
            if turn != .answering { proceedLater(context) }
        } else {
            tellWritability(context)
        }
    }

    private func tellWritability(_ context: ChannelHandlerContext) {
        saysWritable = context.channel.isWritable
        context.fireChannelWritabilityChanged()
    }

    // MARK: what `HTTPConnection` answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        switch Self.unwrapOutboundIn(data) {
        case .head(let head): isLast = head.status.code >= 200 && !head.isKeepAlive
        case .body: break
        case .end:
            guard case .left(let hasEnded, _) = turn else { return }
            turn = isLast ? .over : hasEnded ? .free : .left(hasEnded: false, isAnswered: true)
            if !waiting.isEmpty || isReadPending { proceedLater(context) }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        endTurns(context)
        context.close(mode: mode, promise: promise)
    }

    /// Nothing more can be answered; what waits is read and dropped, up to its end.
    private func endTurns(_ context: ChannelHandlerContext) {
        turn = .over
        answer = nil
        if !waiting.isEmpty || isReadPending { proceedLater(context) }
    }
}
