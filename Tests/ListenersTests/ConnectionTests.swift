import API
import Glibc
import HTTPTypes
import NIOCore
import Testing

@testable import Listeners

@Suite("Connections")
struct ConnectionTests {
    @Test("an answer carries length and date, and does not name the server")
    func plainAnswer() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /hello/w%C3%B6rld?x=1 HTTP/1.1\r\nHost: seed\r\n\r\n")
            let (head, body) = try await client.answer()
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.contains("\r\nContent-Length: 12\r\n"))
            #expect(head.contains("\r\nDate: "))
            #expect(head.contains("\r\nX-Test-Req: "))
            #expect(!head.lowercased().contains("server:"))
            #expect(String(decoding: body, as: UTF8.self) == "hello wörld")
            try await client.send("DELETE /nothing HTTP/1.1\r\nHost: seed\r\n\r\n")
            let empty = try await client.answer()
            #expect(empty.head.hasPrefix("HTTP/1.1 204 No Content"))
            #expect(!empty.head.lowercased().contains("content-length"))
        }
    }

    @Test("requests in one packet are answered in their order")
    func pipelining() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            let names = (0..<20).map { "n\($0)" }
            try await client.send(names.map { "GET /hello/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for name in names {
                #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "hello \(name)")
            }
        }
    }

    @Test("the connection ends when the client says so, or speaks HTTP/1.0")
    func closing() async throws {
        try await TestServer.run { address, _ in
            for request in [
                "GET /hello/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /hello/a HTTP/1.0\r\n\r\n",
            ] {
                let client = try await RawClient.connect(address)
                try await client.send(request)
                let text = try await client.readToEnd()
                #expect(text.hasSuffix("hello a"))
                #expect(text.contains("Connection: close"))
            }
        }
    }

    @Test("who asks for another protocol is answered in this one, and has to connect again")
    func upgrade() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(
                "GET /hello/a HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n")
            let text = try await client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("Connection: close"))
            #expect(text.hasSuffix("hello a"))
        }
    }

    @Test("HEAD is answered without a body")
    func head() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("HEAD /hello/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = try await client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
            #expect(text.contains("Allow: GET, OPTIONS"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("a route for HEAD tells the length of the answer and sends no body")
    func headRoute() async throws {
        let routes = [HTTPRequest.Method.get, .head].map { method in
            Route(method, "/told", policy: .open, on: .clients) { _ in .text("told") }
        }
        try await TestServer.run(more: routes) { address, _ in
            func answer(_ method: String) async throws -> String {
                let client = try await RawClient.connect(address)
                try await client.send("\(method) /told HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return try await client.readToEnd()
            }
            let (get, head) = (try await answer("GET"), try await answer("HEAD"))
            #expect(get.hasSuffix("\r\n\r\ntold"))
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.hasSuffix("\r\n\r\n"))
            #expect(head.contains("Content-Length: 4\r\n") == get.contains("Content-Length: 4\r\n"))
        }
    }

    @Test(
        "what is no HTTP gets 400 with a sentence that says why, and is cut off",
        arguments: [
            ("\u{16}\u{3}\u{1}hello\r\n\r\n", "does not begin with a method"),
            ("GET /hello/a HTTP/1.1\r\n\r\n", "The request has no Host"),
            ("GET hello HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
            ("GET /hello/a HTTP/3.7\r\nHost: a\r\n\r\n", "HTTP/1.1"),
            ("GET /hello/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "more than one Host"),
            ("GET /hello/a HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", "A field has characters"),
            ("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "Content-Length"),
            ("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\t\r\n\r\nabc", "Content-Length"),
            (
                "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Content-Length"
            ), ("GET /hello/a HTTP/1.1\r\nHost: ", "ended within the head"),
            ("FOO /hello/a\r\n\r\n", "method"), ("FO", "method"), ("FOO /hello/a HTTP/1.1", "method"),
        ])
    func garbage(text: String, reason: String) async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(text)
            client.finish()
            let answer = try await client.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer.head)")
            #expect(answer.head.contains("Content-Type: text/plain"), "\(answer.head)")
            let sentence = String(decoding: answer.body, as: UTF8.self)
            #expect(sentence.contains(reason) && sentence.hasSuffix(".\n"), "\(sentence)")
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test(
        "a method that nobody knows is answered in the form of the path's controller",
        arguments: [ListenerName.admin, .api, .node], ["FOO", "get", "A!#$%&'*+-.^_`|~9"])
    func unknownMethod(listener: ListenerName, method: String) async throws {
        let route = Route(.get, "/both", policy: .open, on: [.admin, .api, .node]) { _ in .text("here") }
        try await TestServer.run(name: listener, more: [route]) { address, _ in
            for (begin, target, status) in [
                ("", "/both", 405), ("\r\n", "/both?a=b", 405), ("", "http://a/both", 405), ("", "/nowhere", 404),
            ] {
                let client = try await RawClient.connect(address)
                // What follows it is no request any more.
                try await client.send(
                    "\(begin)\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\nGET /both HTTP/1.1\r\nHost: a\r\n\r\n")
                client.finish()
                let answer = try await client.answer()
                #expect(answer.head.hasPrefix("HTTP/1.1 \(status) "), "\(answer.head)")
                #expect(answer.head.contains("Connection: close"))
                let body = String(decoding: answer.body, as: UTF8.self)
                if status == 405 {
                    let allow = listener == .node ? "GET, HEAD, OPTIONS" : "GET, OPTIONS"
                    #expect(answer.head.contains("\r\nAllow: \(allow)\r\n"), "\(answer.head)")
                    #expect(body == "test: This path answers \(allow) only")
                } else {
                    #expect(body.contains("HTTPRouteNotFound"))
                }
                #expect(try await client.readToEnd().isEmpty)
            }
        }
    }

    @Test("a method that nobody knows is told apart on a connection that has served requests")
    func laterUnknownMethod() async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            for _ in 0..<2 {
                try await client.send("GET /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.answer()
            }
            try await client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            _ = try await client.answer()
            try await client.send("FOO /hello/a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 405 "))
        }
    }

    enum Flood: CaseIterable {
        case many, long, large, longTarget

        var head: String {
            switch self {
            case .many: "GET /hello/a HTTP/1.1\r\n" + (0..<150).map { "X-\($0): a\r\n" }.joined()
            case .long: "GET /hello/a HTTP/1.1\r\nX-Long: \(String(repeating: "a", count: 70000))\r\n"
            case .large:
                "GET /hello/a HTTP/1.1\r\n"
                    + (0..<90).map { "X-\($0): \(String(repeating: "a", count: 1000))\r\n" }.joined()
            case .longTarget: "GET /\(String(repeating: "a", count: 70000)) HTTP/1.1\r\n"
            }
        }
    }

    @Test("a flood of headers is refused", arguments: Flood.allCases)
    func headerFlood(flood: Flood) async throws {
        try await TestServer.run { address, _ in
            let client = try await RawClient.connect(address)
            _ = try await client.sendWhatIsTaken(Array("\(flood.head)Host: a\r\n\r\n".utf8))
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 431 "), "\(answer)")
            #expect(answer.contains("longer than 16384 bytes"), "\(answer)")
        }
    }

    @Test("a client that drips its head is cut off, while others are served")
    func slowHead() async throws {
        var limits = ConnectionLimits()
        limits.headTimeout = .seconds(2)
        try await TestServer.run(limits: limits) { address, _ in
            let slow = try await RawClient.connect(address)
            let silent = try await RawClient.connect(address)
            try await slow.send("GET /hello/a HTTP/1.1\r\nHo")
            let other = try await RawClient.connect(address)
            try await other.send("GET /hello/b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await other.answer().head.hasPrefix("HTTP/1.1 200"))
            #expect(try await slow.isClosedWithoutAWord())
            #expect(try await silent.isClosedWithoutAWord())
        }
    }

    @Test("an idle connection is closed after its time")
    func keepAliveTimeout() async throws {
        var limits = ConnectionLimits()
        limits.keepAliveTimeout = .milliseconds(200)
        try await TestServer.run(limits: limits) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /hello/b HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.answer()
            #expect(try await client.isClosedWithoutAWord())
        }
    }

    @Test(
        "a handler learns that its client has gone, and answers one that only stopped sending", .timeLimit(.minutes(1)))
    func departure() async throws {
        let events = Events()
        try await TestServer.run(more: [Self.held(events)]) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            await events.wait(for: "held")
            #expect(!events.names.contains("gone"))
            client.finish()
            #expect(String(decoding: try await client.answer().body, as: UTF8.self) == "over")
        }
        let others = Events()
        try await TestServer.run(more: [Self.held(others)]) { address, _ in
            try await { () async throws in
                let client = try await RawClient.connect(address)
                try await client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
                await others.wait(for: "held")
                client.resetWhenClosed()
            }()
            await others.wait(for: "gone")
        }
    }

    private static func held(_ events: Events) -> Route {
        Route(.get, "/held", policy: .open, on: .clients) { request in
            events.record("held")
            await request.departure?()
            events.record("gone")
            return .text("over")
        }
    }
}
