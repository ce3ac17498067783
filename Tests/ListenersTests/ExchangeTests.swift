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

    var reads = 0

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }
}

/// Keeps what is left to the connection.
private final class Left: ChannelInboundHandler {
    typealias InboundIn = RequestPart

    var names: [String] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let arrived): names.append(arrived.head.uri)
        case .body: names.append("body")
        case .end: names.append("end")
        case .goodbye: names.append("goodbye")
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { names.append("closed") }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { names.append("error") }
}

@Suite("One exchange after the other")
struct ExchangeTests {
    private static let contents = [UInt8]("0123456789abcdef".utf8).flatMap { Array(repeating: $0, count: 19_200) }

    /// `/kept`, which is always at hand, with a body and, for `HEAD`, without.
    private static func kept(_ events: Events, _ contents: [UInt8] = contents) -> [Route] {
        let kept = ByteBuffer(bytes: contents)
        return [HTTPRequest.Method.get, .head].map { method in
            Route(
                method, "/kept", policy: .nodeKey, on: .clients,
                shortcut: { _ in
                    events.record("at hand")
                    return APIResponse(.ok, headers: [.contentType: "text/plain"], body: .shared(kept))
                },
                handler: { _ in
                    events.record("worked out")
                    return APIResponse(.ok, body: .shared(kept))
                })
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
            #expect(events.names.count { $0 == "at hand" } == kinds.count { $0 == 0 })
            #expect(!events.names.contains("worked out"))
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
            await events.wait(for: "at hand")
            #expect(events.names == ["at hand"])
        }
    }

    @Test("what is sent ahead is not read while an answer is under way, and goes on once that was taken")
    func bounds() throws {
        let events = Events()
        let (channel, counter, left) = try Self.embedded(Self.kept(events))
        let handler = try channel.pipeline.syncOperations.handler(type: ExchangeHandler.self)
        channel.isWritable = false
        try channel.writeInbound(ByteBuffer(string: String(repeating: Self.request("/kept"), count: 1000)))
        #expect(events.names == ["at hand"])
        #expect(handler.backlog == 999 * 2)
        let before = counter.reads
        channel.read()
        channel.read()
        #expect(counter.reads == before)
        // The other side takes all there is.
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.run()
        #expect(events.names.count == 1000)
        #expect(handler.backlog == 0)
        #expect(counter.reads > before)
        #expect(try Self.sent(channel).count == 1000 * 2)
        #expect(left.names.isEmpty)
        _ = try? channel.finish()
    }

    @Test("while a request is worked out, the next ones wait, and the end of all after them")
    func waiting() throws {
        let events = Events()
        let (channel, counter, left) = try Self.embedded(Self.kept(events))
        let text = [
            Self.request("/length", method: "POST", body: "hello"), Self.request("/kept"), Self.request("/hello/a"),
            Self.request("/kept"),
        ].joined()
        // In pieces, as a network cuts them.
        for piece in text.utf8.split(maxSplits: .max, omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A })
        {
            try channel.writeInbound(ByteBuffer(bytes: Array(piece) + [0x0A]))
        }
        #expect(left.names == ["/length", "body", "end"])
        #expect(events.names.isEmpty)
        let before = counter.reads
        channel.read()
        #expect(counter.reads == before)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!left.names.contains("closed"))
        try Self.answer(channel, ["Content-Length": "0"])
        #expect(events.names == ["at hand"])
        #expect(left.names == ["/length", "body", "end", "/hello/a", "end"])
        try Self.answer(channel, ["Content-Length": "0"])
        #expect(events.names == ["at hand", "at hand"])
        #expect(left.names == ["/length", "body", "end", "/hello/a", "end", "closed"])
        _ = try? channel.finish()
    }

    @Test("nothing is answered after an answer that closes, whoever gives it")
    func afterTheLast() throws {
        let events = Events()
        for isLeft in [false, true] {
            let (channel, _, left) = try Self.embedded(Self.kept(events))
            // When the daemon stops it is the answer alone that closes.
            let first = isLeft ? Self.request("/hello/a") : Self.request("/kept", "Connection: close")
            try channel.writeInbound(ByteBuffer(string: first + Self.request("/kept")))
            if isLeft { try Self.answer(channel, ["Content-Length": "0", "Connection": "close"]) }
            channel.embeddedEventLoop.run()
            try channel.writeInbound(ByteBuffer(string: Self.request("/kept")))
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            channel.embeddedEventLoop.run()
            #expect(left.names == (isLeft ? ["/hello/a", "end", "closed"] : ["goodbye", "closed"]))
            _ = try? channel.finish()
        }
        #expect(events.names == ["at hand"])
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

    @Test("an error after a request that has all it needs waits for its answer, and is nothing if that is the last")
    func lateError() throws {
        for closes in [false, true] {
            let events = Events()
            let (channel, _, left) = try Self.embedded(Self.kept(events))
            try channel.writeInbound(ByteBuffer(string: Self.request("/hello/a") + "no HTTP\r\n\r\n"))
            #expect(left.names == ["/hello/a", "end"])
            try Self.answer(channel, HTTPHeaders([("Content-Length", "0")] + (closes ? [("Connection", "close")] : [])))
            channel.embeddedEventLoop.run()
            #expect(left.names == ["/hello/a", "end"] + (closes ? [] : ["error"]))
            _ = try? channel.finish()
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
            #expect(events.names == Array(repeating: "at hand", count: 3))
        }
    }

    @Test("an answer that is let go of while it is sent arrives whole")
    func letGo() async throws {
        let contents = (0..<(24 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) }
        let holder = Holder(contents)
        let events = Events()
        let route = Route(
            .get, "/held", policy: .nodeKey, on: .clients,
            shortcut: { _ in
                let response = holder.buffer.withLock { $0.map { APIResponse(.ok, body: .shared($0)) } }
                events.record("at hand")
                return response
            },
            handler: { _ in throw RequestError.notFound })
        try await TestServer.run(events: events, more: [route]) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(Self.request("/held"))
            await events.wait(for: "at hand")
            holder.buffer.withLock { $0 = nil }
            let body = try await client.answer().body
            // Compared as one: telling where megabytes differ takes minutes.
            #expect(body.elementsEqual(contents))
            try await client.send(Self.request("/held"))
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 404 "))
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
            await events.wait(for: "at hand")
            await shutDown()
            // The daemon has told all connections by the time it closes those without a request.
            #expect(try await idle.isClosedWithoutAWord())
            #expect(try await client.answer().body.elementsEqual(large))
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test("an answer at hand is logged like any other, with its caller")
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
            #expect(events.names == ["at hand"])
        }
    }

    // MARK: the handler by itself

    private static func embedded(_ routes: [Route]) throws -> (EmbeddedChannel, ReadCounter, Left) {
        let table = try RouteTable(controllers: [TestController(routes: routes + TestServer.routes(Events()))])
        let service = HTTPService(
            table: table, listener: .admin, callers: .nobody, scheme: "http", limits: ConnectionLimits(),
            registry: ConnectionRegistry(), log: AccessLog(logger: TestServer.silent))
        let channel = EmbeddedChannel()
        let (counter, left) = (ReadCounter(), Left())
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(counter)
        try BoundListener.addHandlers(to: channel, limits: service.limits)
        try pipeline.addHandler(left)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try pipeline.handler(type: ExchangeHandler.self).serve(service, ConnectionPeer(text: "somewhere", caller: nil))
        return (channel, counter, left)
    }

    /// Answers what was left to the connection.
    private static func answer(_ channel: EmbeddedChannel, _ headers: HTTPHeaders) throws {
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
        let pipeline = channel.pipeline.syncOperations
        pipeline.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        pipeline.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
        channel.embeddedEventLoop.run()
    }

    /// What was written.
    private static func sent(_ channel: EmbeddedChannel) throws -> [ByteBuffer] {
        var all: [ByteBuffer] = []
        while let next = try channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let bytes) = next { all.append(bytes) }
        }
        return all
    }
}

private final class Holder: Sendable {
    let buffer: Mutex<ByteBuffer?>

    init(_ bytes: [UInt8]) { buffer = Mutex(ByteBuffer(bytes: bytes)) }
}
