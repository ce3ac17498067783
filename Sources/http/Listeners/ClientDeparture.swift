import NIOCore

/// Notices that a client has gone while its request is still being answered.
///
/// Whoever closes a connection, and whoever only says that nothing more will be sent, look alike until something is
/// written; so both have gone, and what is held back for either is answered at once.
final class ClientDeparture: ChannelInboundHandler {
    typealias InboundIn = Never

    private var promise: EventLoopPromise<Void>?

    func handlerAdded(context: ChannelHandlerContext) { promise = context.eventLoop.makePromise() }

    func handlerRemoved(context: ChannelHandlerContext) { depart() }

    func channelInactive(context: ChannelHandlerContext) {
        depart()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { depart() }
        context.fireUserInboundEventTriggered(event)
    }

    private func depart() { promise?.succeed() }

    /// Returns once the client of `channel` has gone, and at cancellation.
    static func of(_ channel: any Channel) async {
        let (gone, goodbye) = AsyncStream<Never>.makeStream()
        channel.eventLoop.execute {
            // Without a handler the connection has ended already.
            let departure = try? channel.pipeline.syncOperations.handler(type: ClientDeparture.self)
            guard let promise = departure?.promise else { return goodbye.finish() }
            promise.futureResult.whenComplete { _ in goodbye.finish() }
        }
        for await _ in gone {}
    }
}
