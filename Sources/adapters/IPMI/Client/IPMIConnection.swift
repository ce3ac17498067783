import Cryptography
import Glibc
import NIOCore
import NIOPosix
import Primitives

/// A UDP channel with a session on it, from its first datagram to its last.
struct IPMIConnection: Sendable {
    let handler: NIOLoopBound<SessionHandler>
    private let opened: EventLoopFuture<SessionParameters>
    private let closed: EventLoopFuture<Void>

    /// Connects the socket and sends the session's first datagram.
    ///
    /// - Parameter note: is told what the session was opened with, each time that it was, and what it has shown when it has
    ///   ended.
    static func connect(
        on loop: any EventLoop, endpoint: BMCEndpoint, credentials: BMCCredentials, configuration: IPMIConfiguration,
        known: SessionParameters?, note: @escaping @Sendable (SessionObservation) -> Void
    ) async throws -> IPMIConnection {
        guard let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) else {
            throw IPMIError(.configuration, "BMC \(endpoint): its host is no IPv4 or IPv6 address; give its address")
        }
        let session = try ClientSession(
            endpoint: endpoint, credentials: credentials, configuration: configuration, known: known,
            random: Random.bytes)
        do {
            return try await loop.flatSubmit {
                let opened = loop.makePromise(of: SessionParameters.self)
                let closed = loop.makePromise(of: Void.self)
                let handler = NIOLoopBound(
                    SessionHandler(session: session, eventLoop: loop, opened: opened, closed: closed, note: note),
                    eventLoop: loop)
                let bootstrap = DatagramBootstrap(group: loop).channelInitializer { channel in
                    loop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
                }
                handler.value.reconnect = {
                    bootstrap.connect(to: address).whenFailure { handler.value.abort(noSocket(endpoint, $0)) }
                }
                let connection = IPMIConnection(
                    handler: handler, opened: opened.futureResult, closed: closed.futureResult)
                return bootstrap.connect(to: address)
                    .map { _ in connection }
                    .flatMapErrorThrowing { error in
                        handler.value.abort(error)
                        throw error
                    }
            }.get()
        } catch {
            throw noSocket(endpoint, error)
        }
    }

    private static func noSocket(_ endpoint: BMCEndpoint, _ error: any Error) -> IPMIError {
        let reason = (error as? IOError).map { systemErrorText($0.errnoCode) } ?? error.inWords
        let isOutOfFiles = (error as? IOError).map { $0.errnoCode == EMFILE || $0.errnoCode == ENFILE } ?? false
        let remedy =
            isOutOfFiles
            ? "allow this process more open files, or ask fewer BMCs at once"
            : "check its address, and the routes and the firewall of this host"
        return IPMIError(.transport, "BMC \(endpoint): no UDP socket towards it: \(reason); \(remedy)")
    }

    func open() async throws -> SessionParameters {
        let handler = handler
        return try await withTaskCancellationHandler {
            try await opened.get()
        } onCancel: {
            handler.eventLoop.execute { handler.value.abort(CancellationError()) }
        }
    }

    /// Ends the session after `time`, if it has not ended before; whoever waits for it gets `bmc.deadline`.
    func end(after time: Duration) -> Scheduled<Void> {
        let handler = handler
        return handler.eventLoop.scheduleTask(in: TimeAmount(time)) { handler.value.endInTime() }
    }

    /// Tells the BMC that the session is over, and waits until it has agreed or keeps silent.
    func close() async {
        let handler = handler
        handler.eventLoop.execute { handler.value.close() }
        // Only ever succeeds.
        try? await closed.get()
    }
}
