import API
import Glibc
import NIOCore
import NIOHTTP1

/// A request's body stopped for longer than its idle timeout, or came too slowly.
struct BodyStalled: Error, CustomStringConvertible {
    var fault: BodyFault
    var description: String { RequestError.bodyIncomplete(fault).message }
}

/// A part of a request, or the error that came instead of one: `UnreadableHead`, `HTTPParserError`, `BodyStalled`.
typealias RequestPart = Result<HTTPServerRequestPart, any Error>

/// Closes connections that keep us waiting, and idle ones when the daemon stops; puts errors in line with the parts of
/// requests.
///
/// `NIOAsyncChannel` never reads again once an error has passed through it, and closing a socket with unread bytes resets
/// the connection: the client may lose its answer. As parts, errors wait for their turn, and reading goes on.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = RequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private var timing: ConnectionTiming
    /// The request that is read is the last one of the connection.
    private var isLast = false
    /// In bytes: of what can be no request any more; nil while requests may come.
    private var dropped: Int?
    private var scheduled: Scheduled<Void>?
    private var scheduledFor: NIODeadline?
    private var isQuiescing = false
    /// Whether the head of a request has come.
    private var hasAsked = false
    /// It was to go for others since its last request, and stayed for bytes that were not read yet.
    private var wasKept = false
    /// What has come of a head that is not complete.
    private var head: ByteBuffer?
    private var context: ChannelHandlerContext?
    /// Nil where nobody has to choose among connections.
    private let standing: ConnectionStanding?

    init(limits: ConnectionLimits, standing: ConnectionStanding? = nil, now: NIODeadline) {
        self.limits = limits
        self.standing = standing
        timing = ConnectionTiming(limits: limits, now: now)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        reschedule(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        scheduled?.cancel()
        self.context = nil
    }

    /// Takes note of bytes that are not parsed yet.
    ///
    /// - Returns: whether they are to be parsed.
    func takes(_ bytes: ByteBuffer) -> Bool {
        if let dropped {
            self.dropped = dropped + bytes.readableBytes
            return false
        }
        keepHead(bytes)
        let isGood = timing.bytesArrived(bytes.readableBytes, .now())
        guard let context else { return true }
        reschedule(context)
        guard isGood else {
            dropAll()
            errorCaught(context: context, error: BodyStalled(fault: .padded))
            return false
        }
        return true
    }

    /// Keeps what comes of a head as long as nothing is read or answered: what comes earlier may begin within a request.
    private func keepHead(_ bytes: ByteBuffer) {
        guard timing.isIdle else { return }
        guard let length = head?.readableBytes else { return head = bytes }
        if length < limits.headerFieldSize { head?.writeImmutableBuffer(bytes) }
    }

    /// Whether the connection may be closed for others: its client is not being served, has had time to take its answer,
    /// and has sent nothing that waits to be looked at. Such bytes keep it once for each request, lest a client that drips
    /// them keeps its place.
    func mayGo(now: NIODeadline) -> Bool {
        guard let context else { return true }
        var since = timing.waitingSince
        var isUnread = false
        if timing.isIdle {
            if outgoing(context).pending > 0 {
                since = since.map { $0 + limits.takingPatience }
            } else if dropped == nil, !wasKept, hasUnreadBytes(context) {
                (since, isUnread, wasKept) = (now, true, true)
            }
        }
        standing?.waits(since: since)
        return since.map { $0 <= now && !isUnread } ?? false
    }

    /// Whether the socket may be read: after `ConnectionLimits.droppedSize` dropped bytes nothing more is.
    var mayRead: Bool { (dropped ?? 0) < limits.droppedSize }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        switch part {
        case .head(let head):
            (self.head, wasKept, hasAsked) = (nil, false, true)
            timing.headArrived(.now())
            isLast = head.asksForAnotherProtocol
        case .body(let bytes): timing.bodyArrived(bytes.readableBytes, .now())
        case .end:
            timing.requestEnded()
            // The decoder would keep what follows, however much it is.
            if isLast { dropAll() }
        }
        reschedule(context)
        context.fireChannelRead(Self.wrapInboundOut(.success(part)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        var error = error
        if let fault = error as? HTTPParserError, timing.isIdle {
            let bytes = head.map { Array($0.readableBytesView.prefix(limits.headerFieldSize)) } ?? []
            error = UnreadableHead(fault: fault, bytes: bytes)
            head = nil
        }
        context.fireChannelRead(Self.wrapInboundOut(.failure(error)))
        context.fireChannelReadComplete()
    }

    /// From now on.
    private func dropAll() { dropped = dropped ?? 0 }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = Self.unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        timing.responseEnded(.now())
        reschedule(context)
        guard isQuiescing, timing.isIdle else { return context.write(data, promise: promise) }
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        timing.writabilityChanged(isWritable, .now(), taken: isWritable ? 0 : outgoing(context).taken)
        reschedule(context)
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        let done = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // What was written before is still on its way; the client gets its time from the last byte on.
        done.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.timing.outputClosed(.now())
            handler.reschedule(context)
        }
        context.close(mode: .output, promise: done)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isQuiescing = true
            if timing.isIdle { leave(context) }
        } else {
            if event as? ChannelEvent == .outputClosed { dropAll() }
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Ends a connection that is idle when the daemon stops. One that has been accepted and has asked for nothing yet, or whose next
    /// request is on its way, stays for a moment: its client could not tell the end from a failure.
    private func leave(_ context: ChannelHandlerContext) {
        guard !hasAsked || head != nil || hasUnreadBytes(context) else { return closeOnceSent(context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: limits.stayTimeout) {
            let (handler, context) = bound.value
            guard handler.context != nil, handler.timing.isIdle else { return }
            handler.closeOnceSent(context)
        }
    }

    /// The end of the last answer may still wait for the socket, although the answer counts as over.
    private func closeOnceSent(_ context: ChannelHandlerContext) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        context.close(mode: .output, promise: sent)
    }

    /// One timer at a time; one that is due too early is set again when it fires.
    private func reschedule(_ context: ChannelHandlerContext) {
        standing?.waits(since: timing.waitingSince)
        // Events of a channel that is already closed still arrive here.
        guard self.context != nil, let deadline = timing.deadline else { return }
        if let scheduledFor, scheduledFor <= deadline { return }
        scheduled?.cancel()
        scheduledFor = deadline
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        scheduled = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.fire(context)
        }
    }

    private func fire(_ context: ChannelHandlerContext) {
        scheduledFor = nil
        switch timing.expire(.now(), outgoing(context)) {
        case .close: context.close(promise: nil)
        case .refuse(let fault):
            reschedule(context)
            errorCaught(context: context, error: BodyStalled(fault: fault))
        case nil: reschedule(context)
        }
    }
}

extension ConnectionHandler {
    /// The beginning of Linux's `struct tcp_info` (linux/tcp.h); `tcpi_bytes_acked` is the last word.
    private struct TCPInfo {
        var words: InlineArray<16, UInt64> = .init(repeating: 0)
        var acknowledged: UInt64 { words[15] }
    }

    /// The beginning of what `SO_MEMINFO` tells (linux/sock_diag.h): first the memory of what the socket has received and
    /// nobody has read.
    private struct SocketMemory {
        var words: InlineArray<9, UInt32> = .init(repeating: 0)
        var received: UInt32 { words[0] }
    }

    /// False for a Unix socket, whose peers pay for the memory.
    private func hasUnreadBytes(_ context: ChannelHandlerContext) -> Bool {
        guard let options = context.channel as? any SocketOptionProvider else { return false }
        var isThere = false
        let memory: EventLoopFuture<SocketMemory> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_MEMINFO))
        memory.assumeIsolated().whenSuccess { isThere = $0.received > 0 }
        return isThere
    }

    /// What of the answers is still on its way. Over TCP the client tells what it has taken, byte by byte; a Unix socket
    /// only takes more once it has.
    private func outgoing(_ context: ChannelHandlerContext) -> ConnectionTiming.Outgoing {
        let pending = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        var taken = Int64(-pending)
        if context.channel.remoteAddress?.ipAddress != nil, let options = context.channel as? any SocketOptionProvider {
            let info: EventLoopFuture<TCPInfo> = options.unsafeGetSocketOption(
                level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_INFO))
            // On the channel's own thread it is there at once.
            info.assumeIsolated().whenSuccess { taken = Int64(clamping: $0.acknowledged) }
        }
        return ConnectionTiming.Outgoing(pending: pending, taken: taken)
    }
}

extension HTTPRequestHead {
    /// Whether the decoder reads nothing after this request. The request itself is answered like any other.
    var asksForAnotherProtocol: Bool { method == .CONNECT || headers.contains(name: "Upgrade") }
}

/// Shows bytes to the `ConnectionHandler` before they are parsed: those that are no whole request yet, and those that can
/// be no request any more.
final class ArrivalHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let connection: ConnectionHandler

    init(_ connection: ConnectionHandler) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.takes(Self.unwrapInboundIn(data)) { context.fireChannelRead(data) }
    }

    func read(context: ChannelHandlerContext) { if connection.mayRead { context.read() } }
}
