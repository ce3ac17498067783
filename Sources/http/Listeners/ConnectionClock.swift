import API
import NIOCore
import NIOHTTP1

/// A request's body stopped for longer than its idle timeout, or came too slowly.
struct BodyStalled: Error {
    var fault: BodyFault
}

/// Closes connections that keep us waiting, and idle ones when the daemon stops.
final class ConnectionClock: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var timing: ConnectionTiming
    private var scheduled: Scheduled<Void>?
    private var scheduledFor: NIODeadline?
    private var isQuiescing = false
    private var context: ChannelHandlerContext?

    init(limits: ConnectionLimits, now: NIODeadline) { timing = ConnectionTiming(limits: limits, now: now) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        reschedule(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        scheduled?.cancel()
        self.context = nil
    }

    /// Called by the observer in front of the decoder.
    func bytesArrived() {
        timing.bytesArrived(.now())
        if let context { reschedule(context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head: timing.headArrived(.now())
        case .body(let bytes): timing.bodyArrived(bytes.readableBytes, .now())
        case .end: timing.requestEnded()
        }
        reschedule(context)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = Self.unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        timing.responseEnded(.now())
        reschedule(context)
        guard isQuiescing, timing.isIdle else { return context.write(data, promise: promise) }
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        timing.writabilityChanged(context.channel.isWritable, .now())
        reschedule(context)
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        let done = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // What was written before is still on its way; the client gets its time from the last byte on.
        done.futureResult.whenComplete { _ in
            let (clock, context) = bound.value
            clock.timing.outputClosed(.now())
            clock.reschedule(context)
        }
        context.close(mode: .output, promise: done)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isQuiescing = true
            if timing.isIdle { closeOnceSent(context) }
        } else {
            context.fireUserInboundEventTriggered(event)
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
        // Events of a channel that is already closed still arrive here.
        guard self.context != nil, let deadline = timing.deadline else { return }
        if let scheduledFor, scheduledFor <= deadline { return }
        scheduled?.cancel()
        scheduledFor = deadline
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        scheduled = context.eventLoop.scheduleTask(deadline: deadline) {
            let (clock, context) = bound.value
            clock.fire(context)
        }
    }

    private func fire(_ context: ChannelHandlerContext) {
        scheduledFor = nil
        switch timing.expire(.now()) {
        case .close: context.close(promise: nil)
        case .refuse(let fault):
            reschedule(context)
            context.fireErrorCaught(BodyStalled(fault: fault))
        case nil: reschedule(context)
        }
    }
}

/// Sees bytes before they are parsed: tells the clock of those that are no whole request yet, and drops those that can be
/// no request any more. After `ConnectionLimits.droppedSize` bytes nothing more is read.
final class ArrivalHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let clock: ConnectionClock
    private let limit: Int
    /// In bytes; nil while requests may come.
    private var dropped: Int?

    init(clock: ConnectionClock, limits: ConnectionLimits) {
        self.clock = clock
        limit = limits.droppedSize
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let dropped {
            self.dropped = dropped + Self.unwrapInboundIn(data).readableBytes
        } else {
            clock.bytesArrived()
            context.fireChannelRead(data)
        }
    }

    func read(context: ChannelHandlerContext) {
        if let dropped, dropped >= limit { return }
        context.read()
    }

    /// From now on.
    func dropAll() { dropped = dropped ?? 0 }
}
