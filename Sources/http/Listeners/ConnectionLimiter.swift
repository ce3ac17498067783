import Glibc
import NIOCore

/// Decides on connections as they come in, and stops accepting while there is no place for any: they wait in the kernel's
/// queue.
final class ConnectionLimiter: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = any Channel
    typealias OutboundOut = any Channel

    /// How many are accepted at once: one at a time each would wait for all who are being answered on this thread.
    private static let batch = 32
    /// How long nothing is accepted once a batch of connections was closed or refused: it bounds the cost of clients that
    /// connect again as soon as they are closed.
    private static let batchPause = TimeAmount.milliseconds(16)
    /// How long nothing is accepted where the process has no descriptors left, and how often a full listener looks for a
    /// connection that can go.
    private static let pause = TimeAmount.milliseconds(200)

    private let registry: ConnectionRegistry
    private let limit: Int
    private var open = 0
    private var isReadPending = false
    /// Of connections that were closed for others, or refused, since the last pause.
    private var displaced = 0
    private var isPausing = false
    private var isLooking = false

    init(registry: ConnectionRegistry, limit: Int) {
        self.registry = registry
        self.limit = limit
    }

    /// Accepts a batch at once, but never more than there are places for.
    func read(context: ChannelHandlerContext) {
        guard !isPausing, open < limit else {
            isReadPending = true
            if open >= limit { closeIdle(context) }
            return
        }
        // Fails only where the listener has been closed.
        try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: UInt(min(limit - open, Self.batch)))
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = Self.unwrapInboundIn(data)
        let standing = ConnectionStanding(channel, now: .now())
        switch registry.admit(standing, now: .now()) {
        case .welcome: break
        case .replacing(let other):
            other.channel.close(promise: nil)
            displace(context)
        case .refused:
            channel.close(promise: nil)
            displace(context)
            return
        }
        open += 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        channel.closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            let (limiter, context) = bound.value
            limiter.open -= 1
            limiter.resume(context)
        }
        context.fireChannelRead(data)
    }

    /// Failures to accept pass, and the listener must not end. Where no descriptors are left the socket stays readable:
    /// it is not looked at for a while, and the connection that has been idle for longest is closed.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else {
            return
        }
        registry.evictionCandidate(now: .now())?.channel.close(promise: nil)
        guard !isPausing else { return }
        isPausing = true
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            let (limiter, context) = bound.value
            limiter.isPausing = false
            // Reads, too; what was held back meanwhile is part of that.
            limiter.isReadPending = false
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    private func displace(_ context: ChannelHandlerContext) {
        displaced += 1
        guard displaced >= Self.batch, !isPausing else { return }
        isPausing = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.batchPause) {
            let (limiter, context) = bound.value
            limiter.isPausing = false
            limiter.displaced = 0
            limiter.resume(context)
        }
    }

    /// Closes the connection that can go first, and if none can now, looks again.
    private func closeIdle(_ context: ChannelHandlerContext) {
        guard !isLooking, context.channel.isActive else { return }
        registry.evictionCandidate(now: .now())?.channel.close(promise: nil)
        isLooking = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            let (limiter, context) = bound.value
            limiter.isLooking = false
            if limiter.isReadPending, limiter.open >= limiter.limit { limiter.closeIdle(context) }
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        guard isReadPending, !isPausing, open < limit else { return }
        isReadPending = false
        read(context: context)
    }
}
