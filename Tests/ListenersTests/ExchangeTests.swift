import API
import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import Listeners

/// Counts what gets through to the socket.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = IOData

    let reads: Reads

    init(_ reads: Reads) { self.reads = reads }

    func read(context: ChannelHandlerContext) {
        reads.count.add(1, ordering: .relaxed)
        context.read()
    }
}

private final class Reads: Sendable {
    let count = Atomic(0)
}

@Suite("One exchange after the other")
struct ExchangeTests {
    private static let contents = [UInt8]("0123456789abcdef".utf8).flatMap { Array(repeating: $0, count: 19_200) }

    /// `/kept`, with a body and, for `HEAD`, without.
    private static func kept(_ events: Events, _ contents: [UInt8] = contents) -> [Route] {
        [HTTPRequest.Method.get, .head].map { method in
            Route(method, "/kept", policy: .nodeKey, on: .clients) { _ in
                events.record("kept")
                return .bytes(contents, contentType: "text/plain")
            }
        }
    }

    private static func request(_ target: String, _ fields: String..., method: String = "GET", body: String = "")
        -> String
    {
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        let lines = ["\(method) \(target) HTTP/1.1", "Host: a"] + fields + length
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    @Test("requests of all kinds, sent at once, are answered in their order")
    func mixed() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, _ in
            let client = try await RawClient.connect(address)
            // A fixed order without a period.
            let kinds = (0..<200).map { ($0 * $0 + $0 / 7) % 4 }
            async let sending: Void = client.send(
                kinds.enumerated().map { number, kind in
                    switch kind {
                    case 0: Self.request("/kept")
                    case 1: Self.request("/hello/\(number)")
                    case 2: Self.request("/length", method: "POST", body: String(repeating: "x", count: number + 1))
                    default: Self.request("/nowhere")
                    }
                }.joined())
            for (number, kind) in kinds.enumerated() {
                let (head, body) = try await client.answer()
                switch kind {
                case 0: #expect(body == Self.contents, "\(number)")
                case 1: #expect(String(decoding: body, as: UTF8.self) == "hello \(number)")
                case 2: #expect(String(decoding: body, as: UTF8.self) == "\(number + 1)")
                default: #expect(head.hasPrefix("HTTP/1.1 404 "))
                }
            }
            try await sending
            #expect(events.names.count { $0 == "kept" } == kinds.count { $0 == 0 })
        }
    }

    @Test("whoever asks a thousand times and takes nothing is given one answer")
    func greedy() async throws {
        let events = Events()
        var limits = ConnectionLimits()
        limits.drainTimeout = .milliseconds(1)
        // More than any socket holds.
        let large = [UInt8](repeating: 0x61, count: 64 << 20)
        try await TestServer.run(limits: limits, events: events, more: Self.kept(events, large)) { address, _ in
            let greedy = try await RawClient.connect(address)
            try await greedy.send(String(repeating: Self.request("/kept"), count: 1000))
            let other = try await RawClient.connect(address)
            for _ in 0..<20 {
                try await other.send(Self.request("/hello/a"))
                _ = try await other.answer()
            }
            await events.wait(for: "kept")
            #expect(events.names == ["kept"])
        }
    }

    @Test("what is sent ahead is not read while a request is being answered, and is answered in its turn")
    func bounds() async throws {
        let (events, reads) = (Events(), Reads())
        let channel = NIOAsyncTestingChannel()
        let service = try Self.service(TestServer.routes(events))
        let stream: HTTPConnection.Stream = try await channel.testingEventLoop.executeInContext {
            try channel.pipeline.syncOperations.addHandler(ReadCounter(reads))
            try BoundListener.addHandlers(to: channel, limits: service.limits)
            return try BoundListener.stream(of: channel)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
        let count = 1000
        try await channel.writeInbound(ByteBuffer(string: String(repeating: Self.request("/slow"), count: count)))
        async let served: Void = HTTPConnection(
            service: service, stream: stream, standing: ConnectionStanding(channel)
        ).run()
        await events.wait(for: "slow")
        let before = reads.count.load(ordering: .relaxed)
        channel.read()
        channel.read()
        await channel.testingEventLoop.run()
        #expect(reads.count.load(ordering: .relaxed) == before)
        #expect(events.names == ["slow"])
        events.record("go")
        var answers = ""
        while answers.count(where: { $0 == "H" }) < count {
            if case .byteBuffer(let bytes) = try await channel.waitForOutboundWrite(as: IOData.self) {
                answers += String(buffer: bytes)
            }
        }
        #expect(events.names.count { $0 == "slow" } == count)
        await channel.testingEventLoop.run()
        #expect(reads.count.load(ordering: .relaxed) > before)
        try await channel.close()
        await served
    }

    @Test("while a request is answered the next ones wait, and the end of all after them")
    func waiting() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, _ in
            let client = try await RawClient.connect(address)
            let text = [
                Self.request("/length", method: "POST", body: "hello"), Self.request("/kept"), Self.request("/slow"),
                Self.request("/kept"),
            ].joined()
            // In pieces, as a network cuts them.
            for piece in text.utf8.split(
                maxSplits: .max, omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A })
            {
                try await client.send(Array(piece) + [0x0A])
            }
            client.finish()
            await events.wait(for: "slow")
            #expect(events.names == ["length", "kept", "slow"])
            events.record("go")
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "5")
            #expect(try await client.answer().body == Self.contents)
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "done")
            #expect(try await client.answer().body == Self.contents)
            #expect(try await client.readToEnd().isEmpty)
            #expect(events.names == ["length", "kept", "slow", "go", "kept"])
        }
    }

    @Test("nothing is answered after an answer that closes")
    func afterTheLast() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, shutDown in
            let client = try await RawClient.connect(address)
            try await client.send(Self.request("/hello/a", "Connection: close") + Self.request("/kept"))
            #expect(try await client.readToEnd().hasSuffix("\r\n\r\nhello a"))
            // When the daemon stops it is the answer alone that closes.
            let last = try await RawClient.connect(address)
            try await last.send(Self.request("/slow") + Self.request("/kept"))
            await events.wait(for: "slow")
            let idle = try await RawClient.connect(address)
            await shutDown()
            #expect(try await idle.isClosedWithoutAWord())
            events.record("go")
            let (head, body) = try await last.answer()
            #expect(head.hasSuffix("Connection: close") && String(decoding: body, as: UTF8.self) == "done")
            #expect(try await last.readToEnd().isEmpty)
        }
        #expect(events.names == ["slow", "go"])
    }

    @Test("handlers run on threads that have no connections")
    func threads() async throws {
        let route = Route(.get, "/thread", policy: .open, on: .clients) { _ in
            .text(MultiThreadedEventLoopGroup.currentEventLoop == nil ? "another" : "the connection's")
        }
        try await TestServer.run(more: [route]) { address, _ in
            let client = try await RawClient.connect(address)
            for _ in 0..<3 {
                try await client.send(Self.request("/thread"))
                #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "another")
            }
        }
    }

    @Test("what is no HTTP is refused after the answer to what was")
    func malformed() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(Self.request("/kept") + Self.request("/kept") + "nonsense\r\n\r\n")
            for _ in 0..<2 { #expect(try await client.answer().body == Self.contents) }
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("what comes after the last request takes no answer away")
    func junkAfterTheLast() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, _ in
            for last in ["/hello/a", "/kept"] {
                let client = try await RawClient.connect(address)
                let junk = String(repeating: "x", count: 400_000)
                async let sent = client.sendWhatIsTaken(
                    Array((Self.request("/kept") + Self.request(last, "Connection: close") + junk).utf8))
                #expect(try await client.answer().body == Self.contents)
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
                #expect(try await client.readToEnd().isEmpty)
                client.finish()
                _ = try await sent
            }
        }
    }

    @Test("what follows the last request is read, up to its limit, and takes no answer away")
    func flood() async throws {
        var limits = ConnectionLimits()
        limits.lingerTimeout = .hours(1)
        limits.drainTimeout = .hours(1)
        let flood = [UInt8](repeating: 0x78, count: limits.droppedSize)
        try await TestServer.run(limits: limits) { address, _ in
            for (last, status) in [
                (Self.request("/hello/a", "Connection: close"), 200), (Self.request("/hello/a", "Upgrade: other"), 200),
                (Self.request("/length", "Transfer-Encoding: chunked", method: "POST") + "none", 400),
                (Self.request("/hello/a", "Connection: close") + Self.request("/hello/b"), 200),
                ("nonsense\r\n\r\n", 400),
            ] {
                let client = try await RawClient.connect(address)
                try await client.send(last)
                // All of it is taken, before the answer is.
                try await client.send(flood)
                client.finish()
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 \(status) "), "\(last)")
                #expect(try await client.readToEnd().isEmpty)
            }
        }
    }

    @Test("an error after a request that has all it needs waits for its answer, and is nothing if that is the last")
    func lateError() async throws {
        for closes in [false, true] {
            let events = Events()
            try await TestServer.run(events: events) { address, _ in
                let client = try await RawClient.connect(address)
                try await client.send(
                    Self.request("/slow", closes ? "Connection: close" : "Accept: */*") + "no HTTP\r\n\r\n")
                await events.wait(for: "slow")
                events.record("go")
                #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "done")
                let rest = try await client.readToEnd()
                #expect(closes ? rest.isEmpty : rest.hasPrefix("HTTP/1.1 400 "))
            }
        }
    }

    @Test("a length beyond all numbers is a length", arguments: ["9223372036854775808", "18446744073709551615"])
    func endlessLength(length: String) async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, _ in
            for (target, method) in [("/kept", "GET"), ("/length", "POST"), ("/nowhere", "GET")] {
                let client = try await RawClient.connect(address)
                try await client.send(Self.request(target, "Content-Length: \(length)", method: method))
                let head = try await client.answer().head
                #expect(head.hasPrefix(target == "/nowhere" ? "HTTP/1.1 404 " : "HTTP/1.1 413 "), "\(head)")
                #expect(head.contains("\r\nConnection: close"))
            }
            #expect(events.names.isEmpty)
        }
    }

    @Test("what follows the host of a whole address is its path and query")
    func absolute() async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, _ in
            for (target, status) in [
                ("http://a/hello/a", 200), ("http://a?x=/hello/a", 404), ("http://a", 404),
                ("http://a/hello/a?x=/", 200),
            ] {
                let client = try await RawClient.connect(address)
                try await client.send(Self.request(target))
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 \(status) "), "\(target)")
            }
        }
    }

    @Test("a client that has said all it will say gets all its answers, and the end")
    func halfClosed() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(String(repeating: Self.request("/kept"), count: 20))
            client.finish()
            for _ in 0..<20 { #expect(try await client.answer().body == Self.contents) }
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test("HEAD has the length and no body, HTTP/1.0 its own rules of keeping a connection")
    func heads() async throws {
        let events = Events()
        try await TestServer.run(events: events, more: Self.kept(events)) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(Self.request("/kept", method: "HEAD") + Self.request("/hello/a"))
            let head = try await client.head()
            #expect(head.contains("\r\nContent-Length: \(Self.contents.count)\r\n"))
            #expect(head.contains("\r\nDate: ") && head.contains("\r\nContent-Type: text/plain\r\n"))
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "hello a")
            try await client.send("GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let kept = try await client.answer()
            #expect(kept.head.hasPrefix("HTTP/1.1 200 OK") && kept.head.hasSuffix("Connection: keep-alive"))
            try await client.send("GET /kept HTTP/1.0\r\n\r\n")
            let last = try await client.answer()
            #expect(last.head.hasSuffix("Connection: close") && last.body == Self.contents)
            #expect(try await client.readToEnd().isEmpty)
            #expect(events.names == Array(repeating: "kept", count: 3))
        }
    }

    @Test("an answer under way when the daemon stops is sent to its end")
    func drained() async throws {
        let events = Events()
        let large = [UInt8](repeating: 0x61, count: 24 << 20)
        var limits = ConnectionLimits()
        limits.drainTimeout = .hours(1)
        try await TestServer.run(limits: limits, events: events, more: Self.kept(events, large)) { address, shutDown in
            let idle = try await RawClient.connect(address)
            try await idle.send(Self.request("/hello/a"))
            _ = try await idle.answer()
            let client = try await RawClient.connect(address)
            try await client.send(Self.request("/kept"))
            await events.wait(for: "kept")
            await shutDown()
            // The daemon has told all connections by the time it closes those without a request.
            #expect(try await idle.isClosedWithoutAWord())
            #expect(try await client.answer().body.elementsEqual(large))
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test("every answer is logged, with its caller")
    func logged() async throws {
        let events = Events()
        let log = RecordedLog()
        let caller = Caller.administrator("somebody")
        try await TestServer.run(callers: .everyone(caller), events: events, more: Self.kept(events), log: log.logger) {
            (address, _) in
            let client = try await RawClient.connect(address)
            for target in ["/kept", "/hello/a"] {
                try await client.send(Self.request(target))
                let head = try await client.answer().head
                let identity = head.split(separator: "\r\n").first { $0.hasPrefix("X-Test-Req: ") }?.dropFirst(12)
                // The record of an answer is written once it is sent; the next answer comes after it.
                try await client.send(Self.request("/nowhere"))
                _ = try await client.answer()
                let line = try #require(log.events.first { $0.message == "GET \(target) 200" })
                #expect(line.metadata["bytes"] == "\(target == "/kept" ? Self.contents.count : 7)")
                #expect(line.metadata["status"] == "200" && line.metadata["user"] == "somebody")
                #expect(line.metadata["request"]?.description == identity.map(String.init))
                #expect(line.metadata["peer"]?.description.hasPrefix("127.0.0.1:") == true)
            }
            #expect(events.names == ["kept"])
        }
    }

    private static func service(_ routes: [Route]) throws -> HTTPService {
        HTTPService(
            table: try RouteTable(controllers: [TestController(routes: routes)]), listener: .admin, callers: .nobody,
            scheme: "http", limits: ConnectionLimits(), registry: ConnectionRegistry(limits: ConnectionLimits()),
            bodies: BodyBudget(limit: 1 << 20), log: AccessLog(logger: TestServer.silent),
            counts: RequestCounts(), observer: nil)
    }
}
