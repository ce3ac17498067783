import API
import Glibc
import NIOCore
import Testing

@testable import Listeners

@Suite("Bodies")
struct BodyTests {
    @Test("a body that stops half way is refused, and nothing happens")
    func halfBody() async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, _ in
            for text in [
                "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n",
            ] {
                let client = try await RawClient.connect(address)
                try await client.send(text)
                client.finish()
                let answer = try await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
                #expect(answer.hasSuffix("test: The body ended before its announced length"))
            }
        }
        #expect(events.names.isEmpty)
    }

    @Test("a body that stalls is refused, and the connection closed")
    func stalledBody() async throws {
        var limits = ConnectionLimits()
        limits.bodyIdleTimeout = .milliseconds(300)
        let events = Events()
        try await TestServer.run(limits: limits, events: events) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
        }
        #expect(events.names.isEmpty)
    }

    @Test("a body over 64 MiB is refused in the face's form, whatever it announces")
    func largeBody() async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, _ in
            let announced = try await RawClient.connect(address)
            try await announced.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 68157440\r\n\r\n")
            _ = try await announced.sendWhatIsTaken([UInt8](repeating: 0x61, count: 65 << 20))
            let answer = try await announced.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
            #expect(answer.hasSuffix("test: The body is longer than the 67108864 bytes this path takes"))

            let chunked = try await RawClient.connect(address)
            try await chunked.send("POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0x61, count: 1 << 20) + Array("\r\n".utf8)
            for _ in 0..<65 { _ = try await chunked.sendWhatIsTaken(chunk) }
            #expect(try await chunked.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
        #expect(events.names.isEmpty)
    }

    @Test("a body as long as allowed arrives whole")
    func wholeBody() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n")
            try await client.send([UInt8](repeating: 0x61, count: 64 << 20))
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "67108864")
            try await client.send(
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "5")
        }
    }

    @Test("a route without a body takes none")
    func unexpectedBody() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("a refused request with a small body keeps the connection, with a large one ends it")
    func refusedBody() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("POST /closed HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 401 Unauthorized"))
            try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
            try await client.send("POST /closed HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n")
            _ = try await client.sendWhatIsTaken([UInt8](repeating: 0x61, count: 20 << 20))
            client.finish()
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 401 Unauthorized"))
            #expect(answer.contains("Connection: close"))
        }
    }

    @Test("a client that asks first is told to go on, or refused before it sends")
    func expectation() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(
                "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 100 Continue"))
            try await client.send("hello")
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "5")
            let refused = try await RawClient.connect(address)
            try await refused.send(
                "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
            refused.finish()
            #expect(try await refused.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("a file is sent whole, and is 404 where it is missing")
    func files() async throws {
        let path = "/tmp/boatyard-file-\(getpid())"
        let contents = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let stream = try #require(fopen(path, "w"))
        fwrite(contents, 1, contents.count, stream)
        fclose(stream)
        defer { unlink(path) }
        try await TestServer.run(file: path) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let (head, body) = try await client.answer()
            #expect(head.contains("Content-Type: application/x-gzip"))
            #expect(body == contents)
        }
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer().head.hasPrefix("HTTP/1.1 404 "))
        }
    }
}
