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
    private let line: SerialLine?

    /// Binds the socket; the BMC answers from now on.
    ///
    /// - Parameters:
    ///   - host: an address of this machine; port 0 takes a free one.
    ///   - chassis: what the BMC switches.
    ///   - line: what serial over LAN is joined to; nil for a machine that is mute on it.
    /// - Throws: the system's error where the address or port cannot be had.
    package static func start(
        group: any EventLoopGroup, host: String, port: Int, configuration: BMCConfiguration,
        chassis: any ChassisModel, line: SerialLine? = nil, faults: BMCFaults = BMCFaults()
    ) async throws -> BMCServer {
        let loop = group.next()
        var configuration = configuration
        configuration.epoch = faults.beginsIn1970 ? 0 : UInt32(truncatingIfNeeded: time(nil))
        let engine = BMCEngine(
            configuration: configuration, chassis: chassis, line: line, faults: faults, random: Random.bytes)
        return try await loop.flatSubmit {
            let handler = NIOLoopBound(BMCHandler(engine: engine), eventLoop: loop)
            return DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    loop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
                }
                .bind(host: host, port: port)
                .map { channel in
                    handler.value.engine.port = UInt16(exactly: channel.localAddress?.port ?? port) ?? 623
                    line?.onOutput { bytes in loop.execute { handler.value.machineWrote(bytes) } }
                    return BMCServer(
                        endpoint: BMCEndpoint(host: host, port: channel.localAddress?.port ?? port), channel: channel,
                        handler: handler, line: line)
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
        line?.onOutput(nil)
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
    private var channel: (any Channel)?
    /// Where the sessions are, by the BMC's numbers of them.
    private var peers: [UInt32: SocketAddress] = [:]
    private var consoleTimer: Scheduled<Void>?

    /// More answers than this are never held back at a time: what comes beyond is lost.
    private static let maximumDelayed = 256

    init(engine: BMCEngine) { self.engine = engine }

    private var elapsed: Duration { .nanoseconds((NIODeadline.now() - start).nanoseconds) }

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

    func handlerRemoved(context: ChannelHandlerContext) {
        consoleTimer?.cancel()
        channel = nil
    }

    func machineWrote(_ bytes: [UInt8]) {
        engine.machineWrote(bytes, at: elapsed)
        serveConsole()
    }

    /// Sends what the console is to get, and looks again where it has to be sent again.
    private func serveConsole() {
        guard let channel else { return }
        for datagram in engine.takeConsoleDatagrams() {
            guard let peer = peers[datagram.session] else { continue }
            send(
                AddressedEnvelope(
                    remoteAddress: peer, data: channel.allocator.buffer(bytes: datagram.bytes)), channel)
        }
        consoleTimer?.cancel()
        consoleTimer = engine.consoleDeadline.map { deadline in
            channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(max(.zero, deadline - elapsed))) {
                self.engine.expire(at: self.elapsed)
                self.serveConsole()
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        for bytes in engine.receive(Array(envelope.data.readableBytesView), at: elapsed) {
            let answer = AddressedEnvelope(
                remoteAddress: envelope.remoteAddress, data: context.channel.allocator.buffer(bytes: bytes))
            send(answer, context.channel)
        }
        if let session = engine.provedSession {
            if peers.count > 256 { peers = peers.filter { engine.holds($0.key) } }
            peers[session] = envelope.remoteAddress
        }
        serveConsole()
    }

    private func send(_ answer: AddressedEnvelope<ByteBuffer>, _ channel: any Channel) {
        guard engine.faults.delay > .zero else {
            channel.writeAndFlush(answer, promise: nil)
            return
        }
        guard delayed < Self.maximumDelayed else { return }
        delayed += 1
        channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(engine.faults.delay)) {
            self.delayed -= 1
            channel.writeAndFlush(answer, promise: nil)
        }
    }

    /// A peer that went away is no fault of the BMC's.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
