import NIOCore
import Synchronization

/// The open connections of a listener.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var whenEmpty: EventLoopPromise<Void>?
    }

    private let state = Mutex(State())
    private let draining = Atomic(false)
    private let streams = Atomic(0)

    /// The daemon stops: answers end their connections.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// Runs `body` as one of at most `limit` streams; nil where there are as many already.
    func withStream<T>(limit: Int, _ body: () async throws -> T) async rethrows -> T? {
        defer { streams.subtract(1, ordering: .relaxed) }
        guard streams.add(1, ordering: .relaxed).newValue <= limit else { return nil }
        return try await body()
    }

    var count: Int { state.withLock { $0.channels.count } }

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        state.withLock { $0.channels[key] = channel }
        channel.closeFuture.whenComplete { [self] _ in remove(key) }
    }

    private func remove(_ key: ObjectIdentifier) {
        let promise = state.withLock { state -> EventLoopPromise<Void>? in
            state.channels[key] = nil
            return state.channels.isEmpty ? state.whenEmpty.take() : nil
        }
        promise?.succeed()
    }

    /// Ends idle connections, lets requests finish, and closes whatever is left after `timeout`.
    func drain(timeout: TimeAmount, on eventLoop: any EventLoop) async {
        draining.store(true, ordering: .relaxed)
        let promise = eventLoop.makePromise(of: Void.self)
        let channels = state.withLock { state -> [any Channel] in
            if !state.channels.isEmpty { state.whenEmpty = promise }
            return Array(state.channels.values)
        }
        if channels.isEmpty { promise.succeed() }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let alarm = eventLoop.scheduleTask(in: timeout) { [self] in
            state.withLock { $0.whenEmpty.take() }?.succeed()
        }
        try? await promise.futureResult.get()
        alarm.cancel()
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }
}

/// Stops accepting while a listener has as many connections as it may; they wait in the kernel's queue.
final class ConnectionLimiter: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = any Channel
    typealias OutboundOut = any Channel

    private static let crowd = 32

    private let limit: Int
    private var open = 0
    private var isReadPending = false

    init(limit: Int) { self.limit = limit }

    /// A crowd is let in at once, but never more than there is room for: one at a time each would wait for all who are
    /// being answered on this thread.
    func read(context: ChannelHandlerContext) {
        guard open < limit else {
            isReadPending = true
            return
        }
        // Fails only where the listener has been closed.
        try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: UInt(min(limit - open, Self.crowd)))
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        open += 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        Self.unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            let (limiter, context) = bound.value
            limiter.closed(context)
        }
        context.fireChannelRead(data)
    }

    /// Failures to accept (no descriptors left) pass: NIO tries again a little later, and the listener must not end.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    private func closed(_ context: ChannelHandlerContext) {
        open -= 1
        guard isReadPending, open < limit else { return }
        isReadPending = false
        context.read()
    }
}
