import API
import Glibc
import HTTPTypes
import NIOCore
import Primitives
import Synchronization
import Testing

@testable import Listeners

@Suite("Streams")
struct StreamTests {
    /// Serves `/stream` from a source that the test feeds.
    private func serve<T: Sendable>(
        _ response: APIResponse, events: Events = Events(), limits: ConnectionLimits = ConnectionLimits(),
        _ body: @escaping @Sendable (String, @escaping @Sendable () async -> Void) async throws -> T
    ) async throws -> T {
        let route = Route(.get, "/stream", policy: .open, on: .clients) { _ in response }
        return try await TestServer.run(limits: limits, events: events, more: [route], body)
    }

    @Test("a body of unknown length is sent in chunks as its pieces come, and the connection stays")
    func chunks() async throws {
        let (pieces, feed) = AsyncStream<[UInt8]>.makeStream()
        try await serve(.stream(StreamedBody(pieces), contentType: "text/plain")) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await client.answer().head
            #expect(head.lowercased().contains("transfer-encoding: chunked"))
            #expect(!head.lowercased().contains("content-length"))
            feed.yield(Array("one".utf8))
            #expect(try await client.read(8) == "3\r\none\r\n")
            feed.yield([])
            feed.yield(Array("three".utf8))
            #expect(try await client.read(10) == "5\r\nthree\r\n")
            feed.finish()
            #expect(try await client.read(5) == "0\r\n\r\n")
            try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test("a client of HTTP/1.0 reads such a body to the end of its connection")
    func oldClient() async throws {
        let (pieces, feed) = AsyncStream<[UInt8]>.makeStream()
        feed.yield(Array("one".utf8))
        feed.yield(Array("two".utf8))
        feed.finish()
        try await serve(.stream(StreamedBody(pieces), contentType: "text/plain")) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.0 200 OK\r\n"), "\(answer)")
            #expect(answer.hasSuffix("\r\n\r\nonetwo"))
            #expect(!answer.lowercased().contains("chunked"))
        }
    }

    @Test("events have their form, and a heartbeat while nothing happens")
    func events() async throws {
        let (events, feed) = AsyncStream<ServerSentEvent>.makeStream()
        try await serve(.events(events, heartbeat: .milliseconds(20))) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().head.contains("Content-Type: text/event-stream"))
            #expect(try await client.read(16) == "3\r\n:\n\n\r\n3\r\n:\n\n\r\n")
            feed.finish()
        }
        let event = ServerSentEvent("one\r\ntwo\n", name: "st\nep", id: "7")
        #expect(String(decoding: event.bytes, as: UTF8.self) == "id: 7\nevent: step\ndata: one\ndata: two\ndata: \n\n")
    }

    @Test("a stream ends whole when the daemon stops")
    func shutdown() async throws {
        let (pieces, feed) = AsyncStream<[UInt8]>.makeStream()
        feed.yield(Array("one".utf8))
        try await serve(.stream(StreamedBody(pieces), contentType: nil)) { address, stop in
            let client = try await RawClient.connect(address)
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.answer()
            #expect(try await client.read(8) == "3\r\none\r\n")
            await stop()
            #expect(try await client.readToEnd() == "0\r\n\r\n")
        }
    }

    @Test("a source ends when its client goes, and one that fails cuts the connection")
    func endings() async throws {
        let events = Events()
        let waiting = StreamedBody { sink in
            defer { events.record("ended") }
            try await sink(Array("one".utf8))
            try await Task.sleep(for: .seconds(3600))
        }
        try await serve(.stream(waiting, contentType: nil), events: events) { address, _ in
            try await { () async throws in
                let client = try await RawClient.connect(address)
                try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.answer()
                client.resetWhenClosed()
            }()
            await events.wait(for: "ended")
        }
        let failing = StreamedBody { sink in
            try await sink(Array("one".utf8))
            throw BoatyardError("test", "the source broke")
        }
        try await serve(.stream(failing, contentType: nil)) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.readToEnd().hasSuffix("\r\n\r\n3\r\none\r\n"))
        }
    }

    @Test("a source waits for a client that does not read, and ends with it")
    func slowReader() async throws {
        let events = Events()
        let sent = Mutex(0)
        let endless = StreamedBody { sink in
            defer { events.record("ended") }
            while true {
                try await sink([UInt8](repeating: 0x61, count: 64 << 10))
                sent.withLock { $0 += 64 << 10 }
            }
        }
        var limits = ConnectionLimits()
        limits.writeStallTimeout = .milliseconds(300)
        try await serve(.stream(endless, contentType: nil), events: events, limits: limits) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            await events.wait(for: "ended")
            _ = client
        }
        // What the two sockets hold, and little more.
        #expect(sent.withLock { $0 } < 64 << 20)
    }
}
