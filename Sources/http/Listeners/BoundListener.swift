import API
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives
import SystemSupport

/// A connection that was accepted, and set up.
struct AcceptedConnection: Sendable {
    let stream: HTTPConnection.Stream
    let standing: ConnectionStanding
}

/// A socket that listens, and what its connections need.
struct BoundListener: Sendable {
    typealias Server = NIOAsyncChannel<AcceptedConnection, Never>

    let configuration: ListenerConfiguration
    let server: Server
    private let registry: ConnectionRegistry
    private let pending: PendingStreams
    /// Nil where the listener has none.
    let tls: LiveTLS?
    /// One for each event loop, by the loop's identity.
    private let executors: [ObjectIdentifier: LoopExecutor]

    /// Throws `BoatyardError`: `port_in_use`, `socket_in_use`, `socket_unusable`, `tls_unusable`.
    static func bind(
        _ configuration: ListenerConfiguration, group: any EventLoopGroup
    ) async throws -> BoundListener {
        let registry = ConnectionRegistry(limits: configuration.limits)
        let pending = PendingStreams()
        let tls = try configuration.tls.map { LiveTLS(try TLSContext.make($0)) }
        let limits = configuration.limits
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ConnectionLimiter(registry: registry, limit: limits.connections))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        if configuration.name != .admin {
            bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        }
        let setUp: @Sendable (any Channel) -> EventLoopFuture<AcceptedConnection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                do {
                    // It was admitted when it was accepted.
                    let standing = registry.standing(of: channel) ?? ConnectionStanding(channel)
                    let stream = try pipeline(channel, tls: tls?.context, limits: limits, standing: standing)
                    pending.add(stream)
                    return AcceptedConnection(stream: stream, standing: standing)
                } catch {
                    // Nobody else closes what never reaches the accept loop.
                    channel.close(promise: nil)
                    throw error
                }
            }
        }
        let server: Server
        switch configuration.source {
        case .tcp(let host, let port):
            do {
                server = try await bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: host, port: port, childChannelInitializer: setUp)
            } catch {
                throw failure(configuration, host, port, error)
            }
        case .unix(let path, let group):
            server = try await bootstrap.bind(
                UnixSocket.bind(path: path, group: group), childChannelInitializer: setUp)
        case .inherited(let descriptor):
            server = try await bootstrap.bind(descriptor, childChannelInitializer: setUp)
        }
        let executors = group.makeIterator().map { (ObjectIdentifier($0), LoopExecutor($0)) }
        return BoundListener(
            configuration: configuration, server: server, registry: registry, pending: pending, tls: tls,
            executors: Dictionary(executors, uniquingKeysWith: { first, _ in first }))
    }

    /// Accepts until `stopAccepting`, then drains. Throws where the task is cancelled or the socket fails: then what runs
    /// is cancelled, and nothing is left open either.
    func serve(
        table: RouteTable, log: AccessLog, counts: RequestCounts, observer: RequestObserver?
    ) async throws {
        let service = HTTPService(
            table: table, listener: configuration.name, callers: configuration.callers,
            scheme: configuration.tls == nil ? "http" : "https", limits: configuration.limits, registry: registry,
            bodies: BodyBudget(limit: configuration.limits.bodyMemory), log: log, counts: counts, observer: observer)
        try await withThrowingDiscardingTaskGroup { connections in
            do {
                try await server.executeThenClose { inbound in
                    for try await accepted in inbound {
                        let stream = accepted.stream
                        guard pending.take(stream) else { continue }
                        connections.addTask(executorPreference: executors[ObjectIdentifier(stream.channel.eventLoop)]) {
                            await HTTPConnection(service: service, stream: stream, standing: accepted.standing).run()
                        }
                    }
                }
            } catch {
                connections.cancelAll()
                await closeConnections()
                throw error
            }
            await closeConnections()
            connections.cancelAll()
        }
    }

    func stopAccepting() {
        registry.startDraining()
        server.channel.close(promise: nil)
    }

    /// Closes a listener that will never serve.
    func abandon() async {
        try? await server.executeThenClose { _ in }
        await closeConnections()
    }

    /// Once nothing is accepted any more.
    private func closeConnections() async {
        if case .unix(let path, _) = configuration.source { unlink(path) }
        await pending.close()
        await registry.drain(timeout: configuration.limits.drainTimeout, on: server.channel.eventLoop)
    }

    private static func pipeline(
        _ channel: any Channel, tls: NIOSSLContext?, limits: ConnectionLimits, standing: ConnectionStanding
    ) throws -> HTTPConnection.Stream {
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
        try addHandlers(to: channel, limits: limits, standing: standing)
        return try stream(of: channel)
    }

    /// By default a few parts are kept, and nothing more is read until those were taken.
    static func stream(of channel: any Channel) throws -> HTTPConnection.Stream {
        try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    /// All between the bytes and the parts of requests and answers.
    static func addHandlers(
        to channel: any Channel, limits: ConnectionLimits, standing: ConnectionStanding? = nil
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        let connection = ConnectionHandler(limits: limits, standing: standing, now: .now())
        try pipeline.addHandler(ArrivalHandler(connection))
        try pipeline.addHandler(ClientDeparture())
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = limits.headerFieldSize
        decoder.maxHeaderListSize = limits.headerSize
        decoder.maxHeaderFieldCount = limits.headerCount
        // `HTTPConnection` takes one request after the other, and answers what is no HTTP.
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
        try pipeline.addHandler(connection)
    }

    private static func failure(
        _ configuration: ListenerConfiguration, _ host: String, _ port: Int, _ error: any Error
    ) -> BoatyardError {
        let code = (error as? IOError)?.errnoCode
        let reason = code.map { systemErrorText($0) } ?? error.inWords
        let remedy =
            switch code {
            case EADDRINUSE: "stop the program that uses the port, or set listeners.\(configuration.name).address"
            case EACCES: "ports below 1024 need the capability CAP_NET_BIND_SERVICE, or a socket unit"
            default: "set listeners.\(configuration.name).address to an address of this host"
            }
        return BoatyardError(
            code == EADDRINUSE ? "port_in_use" : "address_unusable",
            "the \(configuration.name) listener cannot bind \(host) port \(port): \(reason); \(remedy)")
    }
}
