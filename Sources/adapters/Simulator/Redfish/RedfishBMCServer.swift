import Cryptography
import Glibc
import IPMI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import OutboundHTTP
import Primitives

/// A BMC with Redfish: a `RedfishEngine` behind HTTPS, with a certificate that it has made itself, or behind plain HTTP.
package struct RedfishBMCServer: Sendable {
    /// Where it listens, resolved where 0 was asked for.
    package let port: Int

    private let channel: any Channel
    private let bmc: NIOLoopBound<RedfishBMC>

    /// Binds the socket; the BMC answers from now on.
    ///
    /// - Parameters:
    ///   - host: an address of this machine; port 0 takes a free one.
    ///   - isEncrypted: HTTPS.
    ///   - chassis: what the BMC switches.
    /// - Throws: the system's error where the address or port cannot be had; `CryptoError` where no certificate can be made.
    package static func start(
        group: any EventLoopGroup, host: String, port: Int = 0, isEncrypted: Bool = true,
        configuration: BMCConfiguration, chassis: any ChassisModel, faults: BMCFaults = BMCFaults()
    ) async throws -> RedfishBMCServer {
        let loop = group.next()
        let certificates = isEncrypted ? try [RedfishBMC.certificate(), RedfishBMC.certificate()] : []
        var configuration = configuration
        configuration.epoch = faults.beginsIn1970 ? 0 : UInt32(truncatingIfNeeded: time(nil))
        let engine = RedfishEngine(configuration: configuration, chassis: chassis, faults: faults, random: Random.bytes)
        return try await loop.flatSubmit {
            let bmc = NIOLoopBound(RedfishBMC(engine, loop, certificates), eventLoop: loop)
            return ServerBootstrap(group: loop)
                .serverChannelOption(.backlog, value: 64)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    loop.makeCompletedFuture { try bmc.value.accept(channel) }
                }
                .bind(host: host, port: port)
                .map { channel in
                    RedfishBMCServer(port: channel.localAddress?.port ?? port, channel: channel, bmc: bmc)
                }
        }.get()
    }

    /// From the next request on.
    package func setFaults(_ faults: BMCFaults) async throws {
        let bmc = bmc
        try await bmc.eventLoop.submit { bmc.value.engine.faults = faults }.get()
    }

    /// Requests are counted as datagrams.
    package func statistics() async throws -> BMCStatistics {
        let bmc = bmc
        return try await bmc.eventLoop.submit { bmc.value.engine.statistics }.get()
    }

    /// How many connections are open.
    package func connectionCount() async throws -> Int {
        let bmc = bmc
        return try await bmc.eventLoop.submit { bmc.value.connections.count }.get()
    }

    /// Releases address and port, and ends its connections. A second call does nothing.
    package func stop() async {
        // Fails only where the channel is closed already.
        try? await channel.close().get()
        let bmc = bmc
        try? await bmc.eventLoop.submit { bmc.value.closeConnections() }.get()
    }
}

/// What the connections of a BMC share, on its event loop.
final class RedfishBMC {
    /// More connections than this are closed at once.
    private static let connectionLimit = 64
    /// For how long a silent BMC keeps a client waiting.
    private static let silence = TimeAmount.seconds(60)
    /// How the BMC looks for images.
    private static let http = OutboundClient(.init(connectTimeout: 5, retriesConnecting: false))

    var engine: RedfishEngine
    private let loop: any EventLoop
    private let start = NIODeadline.now()
    /// The first is shown; the next ones take its place.
    private var certificates: [NIOSSLContext]
    private(set) var connections: [ObjectIdentifier: any Channel] = [:]
    private var losses = SeededGenerator(seed: 1)
    /// Until when it starts anew; nil where it does not.
    private var awayUntil: NIODeadline?
    private var hasRebooted = false

    init(_ engine: RedfishEngine, _ loop: any EventLoop, _ certificates: [NIOSSLContext]) {
        self.engine = engine
        self.loop = loop
        self.certificates = certificates
        losses = SeededGenerator(seed: engine.faults.seed)
    }

    /// A new one, for a server.
    static func certificate() throws -> NIOSSLContext {
        let serial = Random.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 1
        let own = try SelfSignedCertificate(name: "Boatyard simulated BMC", serial: serial)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: own.certificate, format: .der))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: own.key, format: .der)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// Sets up a connection that was accepted.
    func accept(_ channel: any Channel) throws {
        guard connections.count < Self.connectionLimit, !isAway else {
            channel.close(promise: nil)
            return
        }
        let key = ObjectIdentifier(channel)
        connections[key] = channel
        let bmc = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.whenComplete { _ in bmc.value.connections[key] = nil }
        guard !engine.faults.silent else {
            let end = channel.eventLoop.scheduleTask(in: Self.silence) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in end.cancel() }
            return
        }
        let pipeline = channel.pipeline.syncOperations
        if let tls = certificates.first { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        try pipeline.addHandler(BackPressureHandler())
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 8 << 10
        limits.maxHeaderListSize = 16 << 10
        limits.maxHeaderFieldCount = 64
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: false, withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
        try pipeline.addHandler(RedfishConnection(self))
    }

    func closeConnections(but one: (any Channel)? = nil) {
        for (key, channel) in connections where key != one.map({ ObjectIdentifier($0) }) { channel.close(promise: nil) }
    }

    /// - Returns: the answer, after how long it is given, and whether the connection ends with it; nil for none at all.
    func answer(_ call: RedfishCall, on channel: any Channel) -> (RedfishReply, delay: Duration, isLast: Bool)? {
        let faults = engine.faults
        guard !faults.silent, !losses.happens(withProbability: faults.dropProbability) else { return nil }
        let wasOn = engine.chassis.isPoweredOn
        let (reply, effects) = engine.receive(call, at: .nanoseconds((NIODeadline.now() - start).nanoseconds))
        for effect in effects { perform(effect) }
        let isOn = engine.chassis.isPoweredOn
        if faults.changesPassword, !wasOn, isOn { engine.faults.wrongPassword = true }
        let reboots = faults.rebootTime > .zero && !hasRebooted && wasOn != isOn
        let replacesCertificate = faults.replacesCertificate && !wasOn && isOn && certificates.count > 1
        guard reboots || replacesCertificate else { return (reply, faults.delay, false) }
        if reboots {
            hasRebooted = true
            awayUntil = .now() + TimeAmount(faults.rebootTime)
            engine.sessions = [:]
        }
        // As a web server does that starts anew with another certificate.
        if replacesCertificate { certificates.removeFirst() }
        closeConnections(but: channel)
        return (reply, faults.delay, true)
    }

    private var isAway: Bool { awayUntil.map { NIODeadline.now() < $0 } ?? false }

    private func perform(_ effect: RedfishEngine.Effect) {
        switch effect {
        case .find(let image, let task): Self.find(image, for: task, NIOLoopBound(self, eventLoop: loop))
        }
    }

    private static func find(_ image: String, for task: Int, _ bmc: NIOLoopBound<RedfishBMC>) {
        Task {
            let isFound = await isThere(image)
            bmc.eventLoop.execute { bmc.value.engine.finish(task: task, isFound: isFound) }
        }
    }

    private static func isThere(_ image: String) async -> Bool {
        guard let address = RemoteAddress(image) else { return false }
        let answer = try? await http.send(
            OutboundRequest("HEAD", address), limits: .init(time: 10, size: 64 << 10, redirects: 3))
        return answer?.status == 200
    }
}
