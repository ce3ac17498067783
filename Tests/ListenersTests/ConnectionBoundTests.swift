import API
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

@testable import Listeners

@Suite("Bounds of connections", .timeLimit(.minutes(5)))
struct ConnectionBoundTests {
    private static let hello = "GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let slow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func limits(
        _ connections: Int, each: Int = 64, patience: TimeAmount = .zero
    ) -> ConnectionLimits {
        var limits = ConnectionLimits()
        limits.connections = connections
        limits.anonymousForEachAddress = each
        limits.idlePatience = patience
        return limits
    }

    /// Connects and is answered, and stays.
    private static func idle(_ address: String, from source: String? = nil) async throws -> RawClient {
        let client = try await RawClient.connect(address, from: source)
        try await client.send(hello)
        #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
        return client
    }

    @Test("where one address has all it may have, its connection that has been idle for longest goes for the next one")
    func oldestIdle() async throws {
        try await TestServer.run(limits: Self.limits(256, each: 2)) { address, _ in
            let first = try await Self.idle(address)
            let second = try await Self.idle(address)
            let elsewhere = try await Self.idle(address, from: "127.0.0.2")
            let third = try await Self.idle(address)
            #expect(try await first.isClosedWithoutAWord())
            for client in [second, third, elsewhere] {
                try await client.send(Self.hello)
                _ = try await client.answer()
            }
            // One that has said nothing, or half of a head, is as idle as any.
            let silent = try await RawClient.connect(address, from: "127.0.0.3")
            let half = try await RawClient.connect(address, from: "127.0.0.3")
            try await half.send("GET /hello/a HTTP/1.1\r\nX: ")
            let polite = try await Self.idle(address, from: "127.0.0.3")
            _ = try await Self.idle(address, from: "127.0.0.3")
            #expect(try await silent.isClosedWithoutAWord())
            #expect(try await half.isClosedWithoutAWord())
            try await polite.send(Self.hello)
            _ = try await polite.answer()
        }
    }

    @Test("who is being served is not closed, and an address gets no more than half of all places")
    func served() async throws {
        let events = Events()
        try await TestServer.run(limits: Self.limits(4, each: 2), events: events) { address, _ in
            var busy: [RawClient] = []
            for _ in 0..<2 {
                let client = try await RawClient.connect(address)
                try await client.send(Self.slow)
                busy.append(client)
            }
            while events.names.count < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            let refused = try await RawClient.connect(address)
            #expect(try await refused.isClosedWithoutAWord())
            _ = try await Self.idle(address, from: "127.0.0.2")
            events.record("go")
            for client in busy { #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK")) }
        }
    }

    @Test("whoever has shown a token or a machine's secret is not counted with its address")
    func known() async throws {
        let keyed = Route(.get, "/keyed", policy: .nodeKey, on: .clients) { request in
            guard request.header("X-Bootaction-Key") == "right" else { throw RequestError.unauthenticated }
            var response = APIResponse.text("boot data")
            response.principal = .node("berth-1")
            return response
        }
        @Sendable func ask(_ client: RawClient, key: String) async throws -> String {
            try await client.send("GET /keyed HTTP/1.1\r\nHost: a\r\nX-Bootaction-Key: \(key)\r\n\r\n")
            return try await client.answer().head
        }
        try await TestServer.run(limits: Self.limits(256, each: 2), more: [keyed]) { address, _ in
            var machines: [RawClient] = []
            for _ in 0..<10 {
                let machine = try await RawClient.connect(address)
                #expect(try await ask(machine, key: "right").hasPrefix("HTTP/1.1 200 OK"))
                machines.append(machine)
            }
            let newcomer = try await RawClient.connect(address)
            #expect(try await ask(newcomer, key: "wrong").hasPrefix("HTTP/1.1 401 "))
            let others = [try await Self.idle(address), try await Self.idle(address)]
            #expect(try await newcomer.isClosedWithoutAWord())
            for machine in machines { #expect(try await ask(machine, key: "right").hasPrefix("HTTP/1.1 200 OK")) }
            for other in others { #expect(try await ask(other, key: "wrong").hasPrefix("HTTP/1.1 401 ")) }
        }
        let administrator = CallerSource.everyone(.administrator("somebody"))
        try await TestServer.run(limits: Self.limits(256, each: 2), callers: administrator) { address, _ in
            var clients: [RawClient] = []
            for _ in 0..<10 { clients.append(try await Self.idle(address)) }
            for client in clients {
                try await client.send(Self.hello)
                _ = try await client.answer()
            }
        }
    }

    @Test("an unknown machine with a good token counts with its address, whatever other headers it sends")
    func unknownMachine() async throws {
        let plan = Route(.get, "/plan", policy: .nodeKey, on: .clients) { request in
            guard request.header("Authorization") == "Bearer good" else { throw RequestError.unauthenticated }
            return APIResponse(.noContent)
        }
        try await TestServer.run(limits: Self.limits(256, each: 2), more: [plan]) { address, _ in
            var clients: [RawClient] = []
            for index in 0..<4 {
                let client = try await RawClient.connect(address)
                try await client.send(
                    "GET /plan HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\nX-Bootaction-Key: \(index)\r\n\r\n")
                #expect(try await client.head().hasPrefix("HTTP/1.1 204 "))
                clients.append(client)
            }
            for client in clients[..<2] { #expect(try await client.isClosedWithoutAWord()) }
            for client in clients[2...] {
                try await client.send(Self.hello)
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
            }
        }
    }

    @Test("a node, and a user with tokens of several scopes, has a bounded number of connections besides its address's")
    func boundedPrincipal() async throws {
        var limits = Self.limits(256, each: 2)
        limits.forEachNode = 3
        let keyed = Route(.get, "/keyed", policy: .nodeKey, on: .clients) { _ in
            var response = APIResponse.text("boot data")
            response.principal = .node("berth-1")
            return response
        }
        @Sendable func ask(_ client: RawClient, _ header: String) async throws {
            try await client.send("GET /keyed HTTP/1.1\r\nHost: a\r\nX-Bootaction-Key: \(header)\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
        }
        try await TestServer.run(limits: limits, more: [keyed]) { address, _ in
            var clients: [RawClient] = []
            for index in 0..<6 {
                let client = try await RawClient.connect(address)
                try await ask(client, "\(index)")
                clients.append(client)
            }
            // Three of the node, and the newest two of the address.
            #expect(try await clients[3].isClosedWithoutAWord())
            for index in [0, 1, 2, 4, 5] { try await ask(clients[index], "again") }
        }
        func caller(_ project: String?, _ roles: Set<String>) -> Caller {
            Caller(
                name: "nora", roles: roles, userID: "7f", projectID: project, domainID: nil, isOfServiceProject: false)
        }
        #expect(caller("a", ["reader"]).principal == caller(nil, ["admin"]).principal)
        #expect(Caller.administrator("nora").principal != caller("a", []).principal)
        #expect(Principal.user("berth-1") != Principal.node("berth-1"))
    }

    @Test("where all places are taken, one that is idle goes, and a newcomer's before one of somebody who is known")
    func full() async throws {
        let keyed = Route(.get, "/keyed", policy: .nodeKey, on: .clients) { _ in
            var response = APIResponse.text("boot data")
            response.principal = .node("berth-1")
            return response
        }
        try await TestServer.run(limits: Self.limits(3), more: [keyed]) { address, _ in
            let machine = try await RawClient.connect(address, from: "127.0.0.1")
            try await machine.send("GET /keyed HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await machine.answer()
            let newcomer = try await Self.idle(address, from: "127.0.0.2")
            _ = try await Self.idle(address, from: "127.0.0.3")
            _ = try await Self.idle(address, from: "127.0.0.4")
            #expect(try await newcomer.isClosedWithoutAWord())
            try await machine.send(Self.hello)
            _ = try await machine.answer()
        }
    }

    @Test("where all places are taken, a connection goes from the address that has the most")
    func crowd() async throws {
        try await TestServer.run(limits: Self.limits(8)) { address, _ in
            let oldest = try await Self.idle(address, from: "127.0.0.2")
            var crowd: [RawClient] = []
            for _ in 0..<4 { crowd.append(try await Self.idle(address)) }
            let others = [
                try await Self.idle(address, from: "127.0.0.3"), try await Self.idle(address, from: "127.0.0.3"),
            ]
            let newcomer = try await Self.idle(address, from: "127.0.0.4")
            #expect(try await crowd[0].isClosedWithoutAWord())
            for client in [oldest, newcomer] + others + crowd[1...] {
                try await client.send(Self.hello)
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
            }
        }
    }

    @Test("a client whose request has arrived is not closed for a newcomer")
    func arrived() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        try await TestServer.run(limits: Self.limits(256, each: 1), group: group) { address, _ in
            for _ in 0..<20 {
                let client = try await Self.idle(address)
                let blocker = try ThreadBlocker()
                group.any().execute { blocker.wait() }
                try await blocker.entered()
                // The listener's socket is looked at before that of the client.
                let newcomer = try await RawClient.connect(address)
                try await client.send(Self.hello)
                blocker.open()
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
                _ = newcomer
            }
        }
        try await group.shutdownGracefully()
    }

    @Test("where all are being served, clients wait until one of them is not")
    func waiting() async throws {
        let events = Events()
        // Nobody goes before its request has come.
        try await TestServer.run(limits: Self.limits(2, patience: .seconds(2)), events: events) { address, _ in
            var busy: [RawClient] = []
            for source in ["127.0.0.1", "127.0.0.2"] {
                let client = try await RawClient.connect(address, from: source)
                try await client.send(Self.slow)
                busy.append(client)
            }
            while events.names.count < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            let third = try await RawClient.connect(address, from: "127.0.0.3")
            try await third.send(Self.hello)
            events.record("go")
            #expect(String(decoding: try await third.answer().body, as: UTF8.self) == "hello a")
            for client in busy { #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK")) }
        }
    }

    @Test("hundreds that connect again as soon as they are closed keep nobody from an answer")
    func flood() async throws {
        try await TestServer.run(limits: Self.limits(64)) { address, _ in
            try await withThrowingTaskGroup(of: Void.self) { attackers in
                for _ in 0..<4 {
                    attackers.addTask {
                        var held: [RawClient] = []
                        while !Task.isCancelled {
                            guard let client = try? await RawClient.connect(address) else { continue }
                            try? await client.send("GET /hello/a HTTP/1.1\r\nX: ")
                            held.append(client)
                            if held.count > 100 { held.removeFirst(50) }
                        }
                    }
                }
                for source in ["127.0.0.2", "127.0.0.3", "127.0.0.4"] {
                    for _ in 0..<5 { _ = try await Self.idle(address, from: source) }
                }
                attackers.cancelAll()
            }
        }
    }

    @Test("addresses of one IPv6 network count together, and an IPv4 address is one however it is written")
    func origins() throws {
        func origin(_ text: String) throws -> ConnectionStanding.Origin {
            ConnectionStanding.origin(of: try SocketAddress(ipAddress: text, port: 1))
        }
        #expect(try origin("2001:db8:1:2::1") == origin("2001:db8:1:2:ffff::9"))
        #expect(try origin("2001:db8:1:2::1") != origin("2001:db8:1:3::1"))
        #expect(try origin("::ffff:192.0.2.1") == origin("192.0.2.1"))
        #expect(try origin("192.0.2.1") != origin("192.0.2.2"))
        #expect(ConnectionStanding.origin(of: nil) == 0)
    }
}
