import API
import Glibc
import HTTPTypes
import NIOCore
import Primitives
import Testing

@testable import Listeners

@Suite("Bodies")
struct BodyTests {
    @Test("a body that stops half way is refused, and nothing happens")
    func halfBody() async throws {
        let events = Events()
        try await TestServer.run(events: events) { address, _ in
            for (text, fault) in [
                (
                    "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
                    "The connection ended after 4 of the 100 bytes that the body was to have"
                ),
                (
                    "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                    "The connection ended after 5 bytes of the body, before its last chunk"
                ),
                (
                    "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n",
                    "The chunks of the body are malformed"
                ),
            ] {
                let client = try await RawClient.connect(address)
                try await client.send(text)
                client.finish()
                let answer = try await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
                #expect(answer.hasSuffix("test: \(fault)"), "\(answer)")
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
            #expect(answer.hasSuffix("test: Nothing more of the body came for 0 seconds"))
        }
        #expect(events.names.isEmpty)
    }

    @Test("a body that drips is refused while others are served, and the connection closed")
    func drippingBody() async throws {
        var limits = ConnectionLimits()
        limits.bodyGrace = .milliseconds(300)
        let events = Events()
        try await TestServer.run(limits: limits, events: events) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            async let dripping: Void = {
                while try await client.sendWhatIsTaken([0x61]) == 1 { try await Task.sleep(for: .milliseconds(20)) }
            }()
            let other = try await RawClient.connect(address)
            try await other.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await other.answer().head.hasPrefix("HTTP/1.1 200 OK"))
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
            #expect(answer.contains("test: The body comes more slowly than 1024 bytes a second"))
            client.finish()
            try await dripping
        }
        #expect(events.names.isEmpty)
    }

    @Test(
        "what all bodies take together is bounded: one without room is refused, and there is room once others are over")
    func bodyMemory() async throws {
        var limits = ConnectionLimits()
        limits.bodyMemory = 2000
        let events = Events()
        @Sendable func text(_ count: Int, _ body: String = "") -> String {
            "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n\(body)"
        }
        try await TestServer.run(limits: limits, events: events) { address, _ in
            let holder = try await RawClient.connect(address)
            try await holder.send(text(900, String(repeating: "x", count: 800)))
            let whole = text(300, String(repeating: "y", count: 300))
            // Until the first one is read.
            while true {
                let other = try await RawClient.connect(address)
                try await other.send(whole)
                let answer = try await other.answer().head
                other.finish()
                if answer.hasPrefix("HTTP/1.1 503 ") { break }
                #expect(answer.hasPrefix("HTTP/1.1 200 OK"), "\(answer)")
                try Task.checkCancellation()
            }
            try await holder.send(String(repeating: "x", count: 100))
            #expect(try await holder.answer().head.hasPrefix("HTTP/1.1 200 OK"))
            while true {
                let other = try await RawClient.connect(address)
                try await other.send(whole)
                if try await other.answer().head.hasPrefix("HTTP/1.1 200 OK") { break }
                other.finish()
                try Task.checkCancellation()
            }
            holder.finish()
        }
    }

    @Test("half of the room is for clients that have shown who they are, and what was taken is given back once")
    func bodyShares() throws {
        let budget = BodyBudget(limit: 100)
        do {
            var anonymous = budget.share(isKnown: false)
            try anonymous.take(50)
            #expect(throws: RequestError.overloaded) {
                var other = budget.share(isKnown: false)
                try other.take(1)
            }
            var known = budget.share(isKnown: true)
            try known.take(50)
            #expect(budget.size == 100)
        }
        #expect(budget.size == 0)
    }

    @Test("a body over 64 MiB is refused in the controller's form, whatever it announces")
    func largeBody() async throws {
        let events = Events()
        var limits = ConnectionLimits()
        // A loaded machine takes long to send what nobody reads.
        limits.lingerTimeout = .hours(1)
        try await TestServer.run(limits: limits, events: events) { address, _ in
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

    @Test("a route without a body ignores a small one and refuses a large one")
    func unexpectedBody() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            for body in ["Content-Length: 1\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"] {
                try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\(body)")
                #expect(try await client.answer().head.hasPrefix("HTTP/1.1 200 OK"))
            }
            try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n")
            try await client.send([UInt8](repeating: 0x61, count: 65537))
            let (head, body) = try await client.answer()
            #expect(head.hasPrefix("HTTP/1.1 413 "))
            #expect(String(decoding: body, as: UTF8.self) == "test: This path takes no body")
        }
    }

    @Test("a route that looks at the head first refuses without the body, and closes if it is told to")
    func headCheck() async throws {
        let events = Events()
        let route = Route(
            .post, "/checked", policy: .nodeKey, on: .clients, bodyLimit: 1 << 20,
            headCheck: { request in if request.header("X-Key") != "right" { throw RequestError.unauthenticated } },
            handler: { request in
                events.record("handled")
                return .text("\(request.body.count)")
            })
        var limits = ConnectionLimits()
        limits.refusedBodySize = 0
        try await TestServer.run(limits: limits, events: events, more: [route]) { address, _ in
            let unknown = try await RawClient.connect(address)
            // Nothing of the body is sent, and the answer is there nevertheless.
            try await unknown.send("POST /checked HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            let head = try await unknown.answer().head
            #expect(head.hasPrefix("HTTP/1.1 401 Unauthorized"))
            #expect(head.contains("Connection: close"))
            #expect(events.names.isEmpty)
            let friend = try await RawClient.connect(address)
            try await friend.send("POST /checked HTTP/1.1\r\nHost: a\r\nX-Key: right\r\nContent-Length: 5\r\n\r\nhello")
            #expect(String(decoding: try await friend.answer().body, as: UTF8.self) == "5")
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

    @Test("a body in pieces is sent whole, and cut where a piece cannot be had")
    func pieces() async throws {
        let contents = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let whole = Route(.get, "/pieces", policy: .open, on: .clients) { _ in
            let body = APIResponse.PiecedBody(length: contents.count) { offset in
                Array(contents[offset..<min(offset + 100_000, contents.count)])
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
            #expect(try await client.answer().body == contents)
            try await client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            let rest = try await client.readToEnd()
            #expect(rest.contains("Content-Length: 300000"))
            #expect(rest.hasSuffix("b"))
            #expect(rest.utf8.count { $0 == 0x62 } < 300_000)
        }
    }
}
