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
    /// How long nothing is accepted once a batch of connections was closed or refused, and how often connections are
    /// chosen to go: it bounds the cost of clients that connect again as soon as they are closed.
    private static let batchPause = TimeAmount.milliseconds(16)
    /// How long until a listener looks again for connections that can go where none can now.
    private static let lookPause = TimeAmount.milliseconds(50)
    /// How long nothing is accepted where the process has no descriptors left.
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
            return
        }
        // Fails only where the listener has been closed.
        try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: UInt(min(limit - open, Self.batch)))
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = Self.unwrapInboundIn(data)
        let admission = registry.admit(ConnectionStanding(channel), now: .now())
        displaced(admission.displaced, context)
        guard !admission.isRefused else {
            channel.close(promise: nil)
            return displaced(1, context)
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

    func channelReadComplete(context: ChannelHandlerContext) {
        closeIdle(context)
        context.fireChannelReadComplete()
    }

    /// Failures to accept pass, and the listener must not end. Where no descriptors are left the socket stays readable:
    /// it is not looked at for a while, and the connection that has been idle for longest is closed.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else {
            return
        }
        registry.freeDescriptor(now: .now())
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

    private func displaced(_ count: Int, _ context: ChannelHandlerContext) {
        displaced += count
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

    /// Lets connections go where few places are left for newcomers, until there are enough: some that were to go may stay,
    /// and others can go only in a while.
    private func closeIdle(_ context: ChannelHandlerContext) {
        guard !isLooking, context.channel.isActive else { return }
        let outcome = registry.closeIdle(now: .now())
        displaced(outcome.displaced, context)
        guard outcome.displaced + outcome.missing > 0 else { return }
        isLooking = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: outcome.displaced > 0 ? Self.batchPause : Self.lookPause) {
            let (limiter, context) = bound.value
            limiter.isLooking = false
            limiter.closeIdle(context)
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        guard isReadPending, !isPausing, open < limit else { return }
        isReadPending = false
        read(context: context)
    }
}
