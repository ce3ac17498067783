import API
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Listeners

/// swift-nio ends the process where the stream of an open connection is dropped without having been closed.
@Suite("Connections that nobody serves", .timeLimit(.minutes(2)))
struct UnservedConnectionTests {
    private static func bind(limits: ConnectionLimits = ConnectionLimits()) async throws -> (BoundListener, String) {
        var configuration = ListenerConfiguration(
            name: .api, source: .tcp(host: "127.0.0.1", port: 0), callers: .nobody)
        configuration.limits = limits
        let listener = try await BoundListener.bind(configuration, group: MultiThreadedEventLoopGroup.singleton)
        return (listener, "http://127.0.0.1:\(listener.server.channel.localAddress?.port ?? 0)")
    }

    private static func serve(_ listener: BoundListener) async throws {
        let table = try RouteTable(controllers: [TestController(routes: TestServer.routes(Events()))])
        try await listener.serve(
            table: table, log: AccessLog(logger: TestServer.silent), counts: RequestCounts(), observer: nil)
    }

    private static func connect(_ count: Int, _ address: String) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count { clients.append(try await RawClient.connect(address)) }
        return clients
    }

    @Test("those that came before their listener was given up are closed")
    func abandoned() async throws {
        for _ in 0..<4 {
            let (listener, address) = try await Self.bind()
            let clients = try await Self.connect(40, address)
            await listener.abandon()
            for client in clients { #expect(try await client.isClosedWithoutAWord()) }
        }
    }

    @Test("those that came before the listener's task was cancelled are closed")
    func cancelledBefore() async throws {
        for _ in 0..<4 {
            let (listener, address) = try await Self.bind()
            let clients = try await Self.connect(40, address)
            let serving = Task { try await Self.serve(listener) }
            serving.cancel()
            await #expect(throws: CancellationError.self) { try await serving.value }
            for client in clients { #expect(try await client.isClosedWithoutAWord()) }
        }
    }

    @Test("whenever a listener ends, and however, all that come in meanwhile are closed")
    func endings() async throws {
        var generator = SplitMix(seed: 177)
        for round in 0..<24 {
            var limits = ConnectionLimits()
            // Some are closed for others before they are set up.
            limits.connections = round % 2 == 0 ? 256 : 8
            limits.idlePatience = .zero
            let (listener, address) = try await Self.bind(limits: limits)
            let enough = Int.random(in: 1...60, using: &generator)
            let arrivals = Events()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for index in 0..<3 {
                    tasks.addTask {
                        var held: [RawClient] = []
                        while let client = try? await RawClient.connect(address) {
                            if index == 0 { try? await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n") }
                            if index == 1 { client.resetWhenClosed() } else { held.append(client) }
                            arrivals.record("arrival")
                        }
                        for client in held { _ = try await client.readToEnd() }
                    }
                }
                let serving = round % 3 == 2 ? nil : Task { try await Self.serve(listener) }
                while arrivals.names.count < enough {
                    try Task.checkCancellation()
                    await Task.yield()
                }
                switch round % 3 {
                case 0:
                    listener.stopAccepting()
                    try await serving?.value
                case 1:
                    serving?.cancel()
                    await #expect(throws: CancellationError.self) { try await serving?.value }
                default: await listener.abandon()
                }
                try await tasks.waitForAll()
            }
        }
    }
}
