import API
import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import Listeners

@Suite("The registry of a listener's connections", .timeLimit(.minutes(2)))
struct ConnectionRegistryTests {
    private static func channel(_ address: String) async throws -> NIOAsyncTestingChannel {
        let channel = NIOAsyncTestingChannel()
        let address = try SocketAddress(ipAddress: address, port: 40000)
        try await channel.connect(to: address).get()
        channel.remoteAddress = address
        return channel
    }

    private static func seconds(_ seconds: Double) -> NIODeadline { .uptimeNanoseconds(UInt64(seconds * 1e9)) }

    /// Admits a connection for which we wait since then.
    private static func admit(
        _ channel: NIOAsyncTestingChannel, to registry: ConnectionRegistry, since time: Double, now: Double = 100
    ) -> ConnectionRegistry.Admission {
        let standing = ConnectionStanding(channel)
        standing.waits(since: seconds(time))
        return registry.admit(standing, now: seconds(now))
    }

    /// Lets the threads of the channels run.
    private static func open(_ channels: [NIOAsyncTestingChannel]) async -> [Bool] {
        for channel in channels { await channel.testingEventLoop.run() }
        return channels.map(\.isActive)
    }

    @Test("a full listener lets as many go at once as it keeps places for, and nobody before the time")
    func batch() async throws {
        var limits = ConnectionLimits()
        limits.connections = 128
        let registry = ConnectionRegistry(limits: limits)
        var channels: [NIOAsyncTestingChannel] = []
        for index in 0..<128 {
            channels.append(try await Self.channel("192.0.2.\(index)"))
            let since = index < 5 ? 90 - Double(index) : 99.9
            #expect(Self.admit(channels[index], to: registry, since: since) == .init())
        }
        #expect(registry.closeIdle(now: Self.seconds(100)) == (displaced: 5, missing: 3))
        // Those that go count no more, although their threads have not closed them yet.
        #expect(registry.closeIdle(now: Self.seconds(100)) == (displaced: 0, missing: 3))
        #expect(registry.closeIdle(now: Self.seconds(101)) == (displaced: 3, missing: 0))
        #expect(registry.closeIdle(now: Self.seconds(101)) == (displaced: 0, missing: 0))
        let isOpen = await Self.open(channels)
        #expect(isOpen[..<5].allSatisfy { !$0 })
        #expect(isOpen.count { $0 } == 120)
    }

    @Test("an address stays within its places whatever comes before those that had to go are closed")
    func burst() async throws {
        var limits = ConnectionLimits()
        limits.connections = 8
        let registry = ConnectionRegistry(limits: limits)
        var channels: [NIOAsyncTestingChannel] = []
        for index in 0..<12 {
            channels.append(try await Self.channel("192.0.2.1"))
            let admission = Self.admit(channels[index], to: registry, since: Double(index + 1))
            #expect(admission == .init(isRefused: false, displaced: index < 4 ? 0 : 1))
        }
        #expect(registry.closeIdle(now: Self.seconds(100)) == (displaced: 0, missing: 0))
        #expect(await Self.open(channels) == (0..<12).map { $0 >= 8 })
    }

    @Test(
        "a client may go unless it is served, or has sent what nobody has looked at, once for each request",
        .timeLimit(.minutes(2)))
    func mayGo() async throws {
        var limits = ConnectionLimits()
        limits.headTimeout = .hours(1)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let accepted = group.any().makePromise(of: (any Channel).self)
        let server = try await ServerBootstrap(group: group).childChannelInitializer { [limits] channel in
            channel.eventLoop.makeCompletedFuture {
                try BoundListener.addHandlers(to: channel, limits: limits)
                accepted.succeed(channel)
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let client = try await RawClient.connect("http://127.0.0.1:\(server.localAddress?.port ?? 0)")
        let channel = try await accepted.futureResult.get()
        /// Asks on the thread of the channel, which looks at no socket from before `text` is sent.
        @Sendable func mayGo(after text: String = "") async throws -> Bool {
            let blocker = try ThreadBlocker()
            async let answer = channel.eventLoop.submit {
                blocker.wait()
                return try channel.pipeline.syncOperations.handler(type: ConnectionHandler.self).mayGo(now: .now())
            }.get()
            try await blocker.entered()
            try await client.send(text)
            blocker.open()
            return try await answer
        }
        #expect(try await mayGo())
        #expect(try await !mayGo(after: "GET /hello/a HTTP/1.1\r\n"))
        #expect(try await mayGo(after: "X: "))
        #expect(try await mayGo(after: "y\r\nHost: a\r\n\r\n"))
        // The thread may be asked again before it has read what was sent.
        while try await mayGo() { await Task.yield() }
        try await server.close()
        try await group.shutdownGracefully()
    }
}
