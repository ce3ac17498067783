import API
import Glibc
import HTTPTypes
import NIOCore
import NIOPosix
import Primitives
import Testing

@testable import Listeners

@Suite("Answers that are at hand")
struct ShortcutTests {
    private static let contents = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    /// `/kept` is at hand for whoever has the key.
    private func route(_ events: Events) -> Route {
        let kept = ByteBuffer(bytes: Self.contents)
        return Route(
            .get, "/kept", policy: .nodeKey, on: .clients,
            shortcut: { request in
                guard request.header("X-Key") == "right" else { return nil }
                let isOnLoop = MultiThreadedEventLoopGroup.currentEventLoop != nil
                events.record(isOnLoop ? "at hand" : "at hand elsewhere")
                return APIResponse(.ok, body: .shared(kept))
            },
            handler: { request in
                let isOnLoop = MultiThreadedEventLoopGroup.currentEventLoop != nil
                events.record(isOnLoop ? "worked out in the way of others" : "worked out")
                guard request.header("X-Key") == "other" else { throw RequestError.unauthenticated }
                return .text("worked out")
            })
    }

    @Test("an answer at hand is given by the connection's own thread, all else by others")
    func threads() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: [route(events)]) { address, _ in
            let client = try await RawClient.connect(address)
            for _ in 0..<3 {
                try await client.send("GET /kept HTTP/1.1\r\nHost: a\r\nX-Key: right\r\n\r\n")
                let (head, body) = try await client.answer()
                #expect(head.hasPrefix("HTTP/1.1 200 OK"))
                #expect(head.contains("X-Test-Req: "))
                #expect(body == Self.contents)
                try await client.send("GET /kept HTTP/1.1\r\nHost: a\r\nX-Key: other\r\n\r\n")
                #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "worked out")
                try await client.send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 401 "))
            }
        }
        #expect(Set(events.names) == ["at hand", "worked out"])
        #expect(events.names.count { $0 == "at hand" } == 3)
    }

    @Test("a request with a body, and one that comes with the next, keep their order and their bounds")
    func pipelined() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: [route(events)]) { address, _ in
            let client = try await RawClient.connect(address)
            let kept = "GET /kept HTTP/1.1\r\nHost: a\r\nX-Key: right\r\n"
            try await client.send("\(kept)\r\nGET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n\(kept)Connection: close\r\n\r\n")
            #expect(try await client.answer().body == Self.contents)
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "hello a")
            let (head, body) = try await client.answer()
            #expect(body == Self.contents && head.contains("Connection: close"))
            #expect(try await client.readToEnd().isEmpty)
            let sender = try await RawClient.connect(address)
            // With a body it is the handler's.
            try await sender.send(
                "GET /kept HTTP/1.1\r\nHost: a\r\nX-Key: right\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await sender.answer().head.hasPrefix("HTTP/1.1 401 "))
        }
        #expect(events.names == ["at hand", "at hand", "worked out"])
    }

    @Test(
        "clients that take nothing of it are let go after their time, and keep nobody from theirs",
        .timeLimit(.minutes(5)))
    func silentReaders() async throws {
        let events = Events()
        let large = ByteBuffer(repeating: 0x61, count: 16 << 20)
        let route = Route(
            .get, "/large", policy: .nodeKey, on: .clients, shortcut: { _ in APIResponse(.ok, body: .shared(large)) },
            handler: { _ in throw RequestError.notFound })
        var limits = ConnectionLimits()
        limits.writeStallTimeout = .milliseconds(300)
        limits.drainTimeout = .hours(1)
        // The server ends once every connection has: nothing but the stall ends those that take nothing.
        let silent = try await TestServer.run(limits: limits, events: events, more: [route, self.route(events)]) {
            (address, _) async throws -> [RawClient] in
            var silent: [RawClient] = []
            for _ in 0..<20 {
                let client = try await RawClient.connect(address)
                try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                silent.append(client)
            }
            let other = try await RawClient.connect(address)
            try await other.send("GET /kept HTTP/1.1\r\nHost: a\r\nX-Key: right\r\n\r\n")
            #expect(try await other.answer().body == Self.contents)
            return silent
        }
        for client in silent {
            // What the sockets hold is still there; the rest is not.
            let taken = try? await client.answer().body.count
            #expect(taken == nil)
        }
    }

    @Test("a body in pieces is sent whole, and cut where a piece cannot be had")
    func pieces() async throws {
        let whole = Route(.get, "/pieces", policy: .open, on: .clients) { _ in
            let body = APIResponse.PiecedBody(length: Self.contents.count) { offset in
                Array(Self.contents[offset..<min(offset + 100_000, Self.contents.count)])
            }
            return APIResponse(.ok, body: .pieces(body))
        }
        let broken = Route(.get, "/broken", policy: .open, on: .clients) { _ in
            let body = APIResponse.PiecedBody(length: 300_000) { offset in
                guard offset < 200_000 else { throw BoatyardError("gone", "gone") }
                return [UInt8](repeating: 0x62, count: 100_000)
            }
            return APIResponse(.ok, body: .pieces(body))
        }
        try await TestServer.run(more: [whole, broken]) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().body == Self.contents)
            try await client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            let rest = try await client.readToEnd()
            #expect(rest.contains("Content-Length: 300000"))
            #expect(rest.hasSuffix("b"))
            #expect(rest.utf8.count { $0 == 0x62 } < 300_000)
        }
    }
}
