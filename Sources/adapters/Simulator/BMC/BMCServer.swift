import Cryptography
import Glibc
import IPMI
import NIOCore
import NIOPosix

/// A `BMCEngine` on a UDP socket. One process serves as many as it has addresses or ports for.
package struct BMCServer: Sendable {
    /// Where it listens, the port resolved where 0 was asked for.
    package let endpoint: BMCEndpoint

    private let channel: any Channel
    private let handler: NIOLoopBound<BMCHandler>

    /// Binds the socket; the BMC answers from now on.
    ///
    /// - Parameters:
    ///   - host: an address of this machine; port 0 takes a free one.
    ///   - chassis: what the BMC switches.
    /// - Throws: the system's error where the address or port cannot be had.
    package static func start(
        group: any EventLoopGroup, host: String, port: Int, configuration: BMCConfiguration,
        chassis: any ChassisModel, faults: BMCFaults = BMCFaults()
    ) async throws -> BMCServer {
        let loop = group.next()
        var configuration = configuration
        configuration.epoch = UInt32(truncatingIfNeeded: time(nil))
        let engine = BMCEngine(
            configuration: configuration, chassis: chassis, faults: faults, random: Random.bytes)
        return try await loop.flatSubmit {
            let handler = NIOLoopBound(BMCHandler(engine: engine), eventLoop: loop)
            return DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    loop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
                }
                .bind(host: host, port: port)
                .map { channel in
                    BMCServer(
                        endpoint: BMCEndpoint(host: host, port: channel.localAddress?.port ?? port), channel: channel,
                        handler: handler)
                }
        }.get()
    }

    /// From the next datagram on.
    package func setFaults(_ faults: BMCFaults) async throws {
        let handler = handler
        try await handler.eventLoop.submit { handler.value.engine.faults = faults }.get()
    }

    package func statistics() async throws -> BMCStatistics {
        let handler = handler
        return try await handler.eventLoop.submit { handler.value.engine.statistics }.get()
    }

    /// Releases address and port. A second call does nothing.
    package func stop() async {
        // Fails only where the channel is closed already.
        try? await channel.close().get()
    }
}

/// Passes datagrams to the engine and its answers back.
private final class BMCHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    var engine: BMCEngine
    private let start = NIODeadline.now()
    private var delayed = 0

    /// More answers than this are never held back at a time: what comes beyond is lost.
    private static let maximumDelayed = 256

    init(engine: BMCEngine) { self.engine = engine }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let elapsed = NIODeadline.now() - start
        for bytes in engine.receive(Array(envelope.data.readableBytesView), at: .nanoseconds(elapsed.nanoseconds)) {
            let answer = AddressedEnvelope(
                remoteAddress: envelope.remoteAddress, data: context.channel.allocator.buffer(bytes: bytes))
            send(answer, context)
        }
    }

    private func send(_ answer: AddressedEnvelope<ByteBuffer>, _ context: ChannelHandlerContext) {
        guard engine.faults.delay > .zero else {
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            return
        }
        guard delayed < Self.maximumDelayed else { return }
        delayed += 1
        let channel = context.channel
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(engine.faults.delay)) {
            self.delayed -= 1
            channel.writeAndFlush(answer, promise: nil)
        }
    }

    /// A peer that went away is no fault of the BMC's.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
