import NIOCore

/// Notices that a client has gone while its request is being answered.
///
/// A client that closes its connection and one that closes only its sending half look alike until something is written.
/// Both count as gone, and a request that is held for them is answered at once.
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
