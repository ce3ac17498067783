import Glibc
import TestSupport
import Testing

@testable import OutboundHTTP

@Suite("Requests to other servers")
struct ClientTests {
    private static let client = OutboundClient(.init(connectTimeout: 5, retriesConnecting: false))

    private static func ok(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func redirect(_ location: String, _ status: Int = 302) -> String {
        "HTTP/1.1 \(status) Moved\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n"
    }

    private func send(
        _ address: String, method: String = "GET", secret: String? = nil, body: String? = nil, time: Double = 20,
        size: Int = 1 << 20, redirects: Int = 5, substitute: @escaping OutboundClient.Substitute = { _ in nil }
    ) async throws -> OutboundResponse {
        var request = try OutboundRequest(
            method, address, headers: body == nil ? [] : [("Content-Type", "text/plain")],
            body: body.map { Array($0.utf8) })
        if let secret { request.secretHeaders = [("X-Auth-Token", secret)] }
        return try await Self.client.send(
            request, limits: .init(time: time, size: size, redirects: redirects), substitute: substitute)
    }

    private func with(_ answers: [String], _ body: (TinyServer, String) async throws -> Void) async throws {
        let server = try await TinyServer.start(answers)
        do { try await body(server, "http://127.0.0.1:\(server.port)") } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test(
        "a time that no clock can wait for does not end the process",
        arguments: [1e300, .infinity, .nan, Double(Int64.max), 1e12])
    func endlessTime(time: Double) async throws {
        try await with([Self.ok("a")]) { (_, base) async throws -> Void in
            #expect(try await send(base + "/x", time: time).body == Array("a".utf8))
        }
    }

    @Test("a response of any status is told whole")
    func responses() async throws {
        try await with([Self.ok("hello"), "HTTP/1.1 409 Conflict\r\nX-A: b\r\nContent-Length: 2\r\n\r\nno"]) {
            (server, base) async throws -> Void in
            let first = try await send("\(base)/x?y=z")
            #expect(first.status == 200 && first.body == Array("hello".utf8))
            let second = try await send("\(base)/p", method: "POST", secret: "tok", body: "data")
            #expect(second.status == 409 && second.reasonPhrase == "Conflict" && second.header("x-a") == "b")
            #expect(second.body == Array("no".utf8))
            let asked = try await server.requests().map { $0.lowercased() }
            #expect(asked[0].hasPrefix("get /x?y=z http/1.1\r\n") && asked[0].contains("\r\nuser-agent: boatyard\r\n"))
            #expect(asked[1].hasPrefix("post /p ") && asked[1].hasSuffix("\r\n\r\ndata"))
            #expect(
                asked[1].contains("\r\nx-auth-token: tok\r\n") && asked[1].contains("\r\ncontent-type: text/plain\r\n"))
        }
    }

    @Test(
        "an address with an impossible port is an error",
        arguments: ["65536", "99999", "99999999999999999999", "0", "-1", "x"])
    func impossiblePorts(port: String) async throws {
        for scheme in ["http", "https"] {
            let error = await #expect(throws: OutboundError.self) { try await send("\(scheme)://127.0.0.1:\(port)/") }
            #expect(error?.kind == .invalidAddress && error?.code == "outbound.invalid_address")
        }
    }

    @Test(
        "a redirect to an impossible port, or to what is no address, is not followed",
        arguments: [
            "http://127.0.0.1:65536/", "http://127.0.0.1:99999/", "https://127.0.0.1:99999999999999999999/x",
            "http://127.0.0.1:0/", "http://127.0.0.1:-1/", "http://[::1]:99999/", "//", "ftp://h/", "",
        ])
    func impossibleRedirects(location: String) async throws {
        try await with([Self.redirect(location)]) { (server, base) async throws -> Void in
            let error = await #expect(throws: OutboundError.self) { try await send("\(base)/") }
            #expect(error?.kind == .redirect && error?.status == 302)
            #expect(error?.message == "it redirects to '\(location)', which is not followed")
            #expect(try await server.requests().count == 1)
        }
    }

    @Test("a substitute with an impossible port is an error, and what it throws comes through")
    func substitutes() async throws {
        struct Unwanted: Error {}
        try await with([Self.ok("stand-in")]) { (server, _) async throws -> Void in
            let response = try await send("http://elsewhere:99/x") { _ in "127.0.0.1:\(server.port)" }
            #expect(response.body == Array("stand-in".utf8))
            let asked = try await server.requests()[0].lowercased()
            #expect(asked.hasPrefix("get /x ") && asked.contains("\r\nhost: elsewhere:99\r\n"))
        }
        let error = await #expect(throws: OutboundError.self) {
            try await send("http://elsewhere/") { _ in "127.0.0.1:99999" }
        }
        #expect(error?.kind == .invalidAddress)
        await #expect(throws: Unwanted.self) { try await send("http://elsewhere/") { _ in throw Unwanted() } }
    }

    @Test("redirects are followed as often as they may; with none to follow they are responses")
    func redirectLimit() async throws {
        try await with([Self.redirect("/again")]) { (server, base) async throws -> Void in
            let response = try await send("\(base)/", redirects: 0)
            #expect(response.status == 302 && response.header("location") == "/again")
            let error = await #expect(throws: OutboundError.self) { try await send("\(base)/", redirects: 2) }
            #expect(error?.kind == .redirect && error?.message == "it redirects more than 2 times")
            #expect(try await server.requests().count == 4)
        }
    }

    @Test("to another server a redirect takes neither credentials nor a body")
    func secrets() async throws {
        try await with([Self.ok("there")]) { (other, elsewhere) async throws -> Void in
            try await with([
                Self.redirect("/near", 307), Self.redirect("\(elsewhere)/far"), Self.redirect("\(elsewhere)/far", 307),
            ]) { (server, base) async throws -> Void in
                let address = base.replacing("http://", with: "http://u:p@")
                #expect(try await send("\(address)/x", secret: "tok").body == Array("there".utf8))
                let asked = try await server.requests().map { $0.lowercased() }
                #expect(asked.map { $0.prefix { $0 != "\r\n" } } == ["get /x http/1.1", "get /near http/1.1"])
                #expect(
                    asked.allSatisfy {
                        $0.contains("x-auth-token: tok") && $0.contains("authorization: basic dTpw".lowercased())
                    })
                let error = await #expect(throws: OutboundError.self) {
                    try await send("\(address)/x", method: "POST", secret: "tok", body: "secret")
                }
                #expect(error?.kind == .redirect && error?.status == 307)
                let foreign = try await other.requests()
                #expect(foreign.count == 1)
                #expect(!foreign[0].lowercased().contains("x-auth-token") && !foreign[0].contains("uthorization"))
            }
        }
    }

    @Test("a POST becomes a GET by 302 and 303, and stays one by 307", arguments: [301, 302, 303, 307, 308])
    func methods(status: Int) async throws {
        try await with([Self.redirect("/next", status), Self.ok("")]) { (server, base) async throws -> Void in
            _ = try await send("\(base)/x", method: "POST", body: "data")
            let last = try #require(try await server.requests().last).lowercased()
            let stays = status > 303
            #expect(last.hasPrefix(stays ? "post /next " : "get /next "))
            #expect(last.hasSuffix("\r\n\r\ndata") == stays)
            #expect(last.contains("content-type") == stays)
        }
    }

    @Test(
        "a status that HTTP does not have is an error, and ends nothing but its connection",
        arguments: ["000", "001", "099"])
    func statusBelowAll(status: String) async throws {
        for body in ["Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"] {
            try await with(["HTTP/1.1 \(status) x\r\n\(body)", Self.ok("a")]) { (_, base) async throws -> Void in
                let error = await #expect(throws: OutboundError.self) { try await send("\(base)/") }
                #expect(error?.message.contains("HTTP") == true, "\(error as Any)")
                #expect(try await send("\(base)/").status == 200)
            }
        }
    }

    @Test("the length that is told of something larger than is read is no error where only its head is asked for")
    func largeHead() async throws {
        try await with(["HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"]) { (_, base) async throws -> Void in
            let answer = try await send("\(base)/", method: "HEAD", size: 100)
            #expect(answer.status == 200 && answer.body.isEmpty)
        }
    }

    @Test("a body without end, and one that announces too much, are given up at the limit")
    func tooLarge() async throws {
        for answer in [TinyServer.endless + "65536", "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\nx"] {
            try await with([answer]) { (_, base) async throws -> Void in
                let error = await #expect(throws: OutboundError.self) { try await send("\(base)/", size: 300_000) }
                #expect(error?.kind == .tooLarge && error?.status == 200)
                #expect(error?.message == "it answers more than the 300000 bytes that are read")
            }
        }
        try await with([Self.ok(String(repeating: "x", count: 1000))]) { (_, base) async throws -> Void in
            #expect(try await send("\(base)/", size: 1000).body.count == 1000)
            await #expect(throws: OutboundError.self) { try await send("\(base)/", size: 999) }
        }
    }

    @Test("a server that is silent, and one that trickles, are given up in time", .timeLimit(.minutes(5)))
    func slow() async throws {
        for answer in [TinyServer.silence, TinyServer.endless + "1"] {
            try await with([answer]) { (_, base) async throws -> Void in
                let error = await #expect(throws: OutboundError.self) { try await send("\(base)/", time: 0.3) }
                #expect(error?.kind == .timeout)
                #expect(error?.message == "it has not answered in full within 0.3 s")
            }
        }
    }

    @Test("an answer that pauses, and one that trickles, are given up long before the exchange's time is up")
    func pauses() async throws {
        let paused = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
        let server = try await TinyServer.start([TinyServer.halting + paused, TinyServer.endless + "1"])
        let request = try OutboundRequest("GET", "http://127.0.0.1:\(server.port)/")
        for message in ["it paused in its answer", "its answer comes with less than 1024 bytes a second"] {
            let error = await #expect(throws: OutboundError.self) {
                // So long that a starved process still sees the bytes before the pause within it: later ones count as slow.
                try await Self.client.send(request, limits: .init(time: 3600, size: 1000, pause: 3))
            }
            #expect(error?.kind == .timeout && error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        }
        await server.stop()
    }

    @Test("one that ends in the middle, and one that is not there, are told apart")
    func broken() async throws {
        let server = try await TinyServer.start(["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
        let base = "http://127.0.0.1:\(server.port)"
        let cut = await #expect(throws: OutboundError.self) { try await send("\(base)/") }
        #expect(cut?.kind == .closed)
        await server.stop()
        let gone = await #expect(throws: OutboundError.self) { try await send("\(base)/") }
        #expect(gone?.kind == .unreachable(ECONNREFUSED) && gone?.message == "the connection is refused")
        let path = String(repeating: "a", count: 120)
        let socket = OutboundRequest("GET", RemoteAddress(socket: "/" + path, target: "/"))
        let long = await #expect(throws: OutboundError.self) {
            try await Self.client.send(socket, limits: .init(time: 5, size: 1000))
        }
        #expect(long?.kind == .invalidAddress && long?.message.contains("107 bytes") == true)
    }

    @Test("who is cancelled is told that, and not that the server is slow")
    func cancelled() async throws {
        try await with([TinyServer.silence]) { (server, base) async throws -> Void in
            let task = Task { try await send("\(base)/", time: 3600) }
            while try await server.requests().isEmpty {
                try Task.checkCancellation()
                await Task.yield()
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
