import API
import Glibc
import HTTPTypes
import NIOCore
import Testing

@testable import Listeners

@Suite("Hostile clients")
struct HostileClientTests {
    @Test(
        "a chunk whose size is none is refused, and the connection closed",
        arguments: ["-1", "ffffffffffffffffffff", "zz", " 5", "0x5", "5 5", ""])
    func chunkSize(size: String) async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\nhello\r\n0\r\n\r\n")
            client.finish()
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
            #expect(answer.hasSuffix("test: The chunks of the body are malformed"), "\(answer)")
            #expect(answer.contains("Connection: close"))
        }
        #expect(events.names.isEmpty)
    }

    @Test("a chunk's extension is dropped, a trailer too")
    func chunkExtension() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5;name=value\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n")
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "5")
        }
    }

    @Test("two lengths that differ, and a length beside chunks, are refused")
    func lengths() async throws {
        for fields in [
            "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6", "Content-Length: +5",
            "Content-Length: 99999999999999999999", "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, gzip",
        ] {
            try await TestServer.run { address, _ in
                let client = try await RawClient.connect(address)
                try await client.send("POST /length HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\nhello")
                client.finish()
                let answer = try await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(fields): \(answer)")
            }
        }
    }

    @Test("a hundred megabytes of parameters are cut off, while others are served")
    func parameters() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /hello/a?")
            let piece = Array(String(repeating: "a=b&", count: 1 << 18).utf8)
            var taken = 0
            while taken < 100 << 20 {
                let count = try await client.sendWhatIsTaken(piece)
                taken += count
                if count < piece.count { break }
            }
            // What the sockets hold is taken, and no more.
            #expect(taken < 64 << 20)
            let other = try await RawClient.connect(address)
            try await other.send("GET /hello/b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await other.answer().head.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test("clients that read nothing of a large answer keep nobody from theirs")
    func silentReaders() async throws {
        let large = [UInt8](repeating: 0x61, count: 16 << 20)
        let route = Route(.get, "/large", policy: .open, on: .clients) { _ in .bytes(large, contentType: nil) }
        try await TestServer.run(more: [route]) { address, _ in
            var silent: [RawClient] = []
            for _ in 0..<20 {
                let client = try await RawClient.connect(address)
                try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                silent.append(client)
            }
            let reader = try await RawClient.connect(address)
            try await reader.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await reader.answer().body.count == 16 << 20)
            for client in silent { client.resetWhenClosed() }
        }
    }

    @Test("clients that take nothing of a large answer are let go after their time", .timeLimit(.minutes(5)))
    func stalledReaders() async throws {
        let large = [UInt8](repeating: 0x61, count: 16 << 20)
        let route = Route(.get, "/large", policy: .open, on: .clients) { _ in .bytes(large, contentType: nil) }
        var limits = ConnectionLimits()
        limits.writeStallTimeout = .milliseconds(300)
        limits.drainTimeout = .hours(1)
        // The server ends once every connection has: nothing but the stall ends those that take nothing.
        let silent = try await TestServer.run(limits: limits, more: [route]) {
            (address, _) async throws -> [RawClient] in
            var silent: [RawClient] = []
            for _ in 0..<20 {
                let client = try await RawClient.connect(address)
                try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                silent.append(client)
            }
            let other = try await RawClient.connect(address)
            try await other.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(String(decoding: try await other.answer().body, as: UTF8.self) == "hello a")
            return silent
        }
        for client in silent {
            // What the sockets hold is still there; the rest is not.
            let taken = try? await client.answer().body.count
            #expect(taken == nil)
        }
    }

    @Test("two thousand requests at once are answered in their order")
    func pipelining() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            let count = 2000
            async let sending: Void = {
                for first in stride(from: 0, to: count, by: 500) {
                    let batch = (first..<first + 500).map { "GET /hello/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
                    try await client.send(batch)
                }
                client.finish()
            }()
            let answers = try await client.readToEnd()
            try await sending
            let bodies = answers.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
            #expect(bodies == (0..<count).map { "hello \($0)" }.map { $0[...] })
        }
    }

    @Test("a client that has said all it will say still gets its answer")
    func halfClosed() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            client.finish()
            #expect(try await client.readToEnd().hasSuffix("\r\n\r\n5"))
        }
    }
}
