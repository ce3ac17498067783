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
            "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Content-Length: 5\r\nTransfer-Encoding: gzip, chunked", "Transfer-Encoding: ",
            "Transfer-Encoding: xchunked",
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

    @Test(
        "a coding that is not known is not implemented, and HTTP/1.0 has none",
        arguments: [
            ("HTTP/1.1", "gzip, chunked", 501), ("HTTP/1.1", "x-other,chunked", 501), ("HTTP/1.0", "chunked", 400),
            ("HTTP/1.0", "gzip, chunked", 400), ("HTTP/1.1", "chunked", 200), ("HTTP/1.1", "CHUNKED  ", 200),
        ])
    func codings(version: String, coding: String, status: Int) async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, _ in
            let client = try await RawClient.connect(address)
            // What follows a refused one is no request.
            try await client.send(
                "POST /length \(version)\r\nHost: a\r\nTransfer-Encoding: \(coding)\r\n\r\n"
                    + "5\r\nhello\r\n0\r\n\r\nGET /hello/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            client.finish()
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(answer.contains("hello b") == (status == 200), "\(answer)")
        }
        #expect(events.names == (status == 200 ? ["length"] : []))
    }

    @Test("extensions and trailers without end are cut off", arguments: ["5;", "5;a=b\r\nhello\r\n", "0\r\nX: y\r\n"])
    func endlessPadding(begin: String) async throws {
        let events = Events()
        var limits = ConnectionLimits()
        limits.lingerTimeout = .milliseconds(200)
        try await TestServer.run(limits: limits, events: events) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(begin)")
            let isTrailer = begin.hasPrefix("0")
            let piece =
                isTrailer
                ? String(repeating: "X: y\r\n", count: 1000)
                : String(
                    repeating: begin.contains("hello") ? "1;\(String(repeating: "x", count: 900))\r\na\r\n" : "x",
                    count: 64)
            var sent = 0
            while sent < 256 << 20 {
                let taken = try await client.sendWhatIsTaken(
                    Array(repeating: Array(piece.utf8), count: 64).flatMap { $0 })
                sent += taken
                if taken < piece.utf8.count * 64 { break }
            }
            // It is dropped for a moment, so that the answer arrives.
            #expect(sent <= 64 << 20)
        }
        #expect(events.names.isEmpty)
    }

    @Test("white space around a value is no part of it", arguments: [ListenerName.admin, .api, .node])
    func blanks(listener: ListenerName) async throws {
        let echo = Route(.post, "/echo", policy: .open, on: [.admin, .api, .node], bodyLimit: 100) { request in
            .text("\(request.header("X-A") ?? "-")|\(request.body.count)")
        }
        try await TestServer.run(name: listener, more: [echo]) { address, _ in
            let client = try await RawClient.connect(address)
            for (field, expected) in [("X-A: b ", "b"), ("X-A:\t b\tc \t ", "b\tc"), ("X-A:   ", ""), ("X-A:b", "b")] {
                try await client.send("POST /echo HTTP/1.1\r\nHost: a \r\n\(field)\r\nContent-Length: 5 \r\n\r\nhello")
                let answer = try await client.answer()
                #expect(answer.head.hasPrefix("HTTP/1.1 200 OK"), "\(field): \(answer.head)")
                #expect(String(decoding: answer.body, as: UTF8.self) == "\(expected)|5")
            }
        }
    }

    @Test("thousands of combining characters in a path, a query or a field are refused")
    func combining() async throws {
        let marks = String(repeating: "%CC%96%CC%81", count: 1000)
        let raw = String(repeating: "\u{316}\u{301}", count: 1000)
        try await TestServer.run { address, _ in
            for head in [
                "GET /hello/\(marks) HTTP/1.1", "GET /hello/a?\(marks) HTTP/1.1", "GET /hello/a HTTP/1.1\r\nX: \(raw)",
            ] {
                let client = try await RawClient.connect(address)
                try await client.send("\(head)\r\nHost: a\r\n\r\n")
                #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 400 "))
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
