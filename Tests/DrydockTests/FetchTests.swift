import Primitives
import RehearsalMap
import TestSupport
import Testing

@testable import Drydock

@Suite("Fetching assets from servers that misbehave")
struct FetchTests {
    private func fetcher(
        limit: Int = 1 << 20, read: Double = 10, delays: [Double] = [], rehearsal: RehearsalMap? = nil,
        token: String? = nil
    ) -> ReferenceFetcher {
        var timeouts = TestDaemon.shortTimeouts()
        timeouts.read = read
        timeouts.fetchRetryDelays = delays
        return ReferenceFetcher(
            rehearsal: rehearsal, allowsFileReferences: false,
            timeouts: timeouts,
            serviceToken: { _ in token.map { Secret($0) } }, limit: limit)
    }

    private func with(_ answers: [String], _ body: (TinyServer) async throws -> Void) async throws {
        let server = try await TinyServer.start(answers)
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func failure(_ fetcher: ReferenceFetcher, _ reference: DesignReference) async -> DrydockError? {
        await #expect(throws: DrydockError.self) { try await fetcher.fetch(reference) }
    }

    private static func ok(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(
        "one that takes the request and is silent, and one whose body trickles for ever, end at the deadline",
        .timeLimit(.minutes(5)))
    func deadlines() async throws {
        for answer in [TinyServer.silence, TinyServer.endless + "1"] {
            try await with([answer]) { (server) async throws -> Void in
                let error = await failure(fetcher(read: 0.3), .remote("http://127.0.0.1:\(server.port)/x"))
                #expect(error?.kind == .unreachable)
                #expect(error?.message.contains("within 0.3 s") == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test("a body without end, and one that announces a gigabyte, are refused at the limit and not asked for again")
    func tooLarge() async throws {
        for answer in [
            TinyServer.endless + "65536", "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\nx",
        ] {
            try await with([answer]) { (server) async throws -> Void in
                let error = await failure(
                    fetcher(read: 300, delays: [0.01, 0.01]), .remote("http://127.0.0.1:\(server.port)/x"))
                #expect(error?.kind == .invalid)
                #expect(error?.message.contains("more than the 1048576 bytes") == true)
                #expect(try await server.requests().count == 1)
            }
        }
    }

    @Test("a 500 is tried three times, a 404 once; both say what was answered and by whom")
    func errors() async throws {
        for (status, count) in [(500, 3), (404, 1)] {
            try await with(["HTTP/1.1 \(status) Oh\r\nContent-Length: 0\r\n\r\n"]) { (server) async throws -> Void in
                let error = await failure(
                    fetcher(delays: [0.01, 0.01]), .remote("http://u:secret@127.0.0.1:\(server.port)/x"))
                #expect(error?.kind == .unreachable)
                #expect(error?.message.contains("it answers \(status)") == true)
                #expect(error?.message.contains("127.0.0.1:\(server.port)/x") == true)
                #expect(error?.message.contains("secret") == false)
                #expect(try await server.requests().count == count)
            }
        }
    }

    @Test("a connection that is refused is an error, and so is an address that is none")
    func unreachable() async throws {
        let server = try await TinyServer.start([])
        await server.stop()
        #expect(await failure(fetcher(), .remote("http://127.0.0.1:\(server.port)/"))?.kind == .unreachable)
        let error = await failure(fetcher(), .remote("http://u:secret@/x y"))
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(
        "an impossible port is an error that says so, in an address and where a redirection leads",
        arguments: ["65536", "99999", "99999999999999999999", "0", "-1"])
    func impossiblePorts(port: String) async throws {
        for reference in [
            DesignReference.remote("https://127.0.0.1:\(port)/x"), .promenade("http://127.0.0.1:\(port)/x"),
        ] {
            let error = await failure(fetcher(delays: [3600]), reference)
            #expect(error?.kind == .invalid)
            #expect(error?.message.contains("from 1 to 65535") == true, "\(error?.message ?? "")")
        }
        let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(port)/y\r\nContent-Length: 0\r\n\r\n"
        try await with([moved]) { (server) async throws -> Void in
            let error = await failure(fetcher(delays: [3600]), .remote("http://127.0.0.1:\(server.port)/x"))
            #expect(error?.kind == .unreachable)
            #expect(error?.message.contains("127.0.0.1:\(port)/y', which is not followed") == true)
        }
        // A stand-in of a rehearsal, too.
        let map = RehearsalMap(hosts: ["elsewhere": "127.0.0.1:\(port)"])
        let error = await failure(fetcher(delays: [3600], rehearsal: map), .remote("http://elsewhere/x"))
        #expect(error?.kind == .unreachable)
    }

    @Test("a redirection is followed; password and token stay with the address that they are for")
    func redirections() async throws {
        try await with([Self.ok("there")]) { (other) async throws -> Void in
            let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(other.port)/y\r\nContent-Length: 0\r\n\r\n"
            let near = "HTTP/1.1 307 Near\r\nLocation: /z\r\nContent-Length: 0\r\n\r\n"
            try await with([near, moved]) { (server) async throws -> Void in
                let bytes = try await fetcher(token: "tok").fetch(.promenade("http://u:p@127.0.0.1:\(server.port)/x"))
                #expect(bytes == Array("there".utf8))
                let asked = try await server.requests()
                #expect(asked.map { $0.split(separator: "\r\n")[0] } == ["GET /x HTTP/1.1", "GET /z HTTP/1.1"])
                #expect(asked.allSatisfy { $0.lowercased().contains("x-auth-token: tok") })
                #expect(asked.allSatisfy { $0.lowercased().contains("authorization: basic") })
                let foreign = try #require(try await other.requests().first).lowercased()
                #expect(foreign.hasPrefix("get /y "))
                #expect(!foreign.contains("x-auth-token") && !foreign.contains("authorization"))
            }
        }
    }

    @Test(
        "redirections that never end, or lead out of HTTP or of a rehearsal, are not followed",
        arguments: ["/x", "file:///etc/passwd", "http://198.51.100.1/", "//"])
    func wrongRedirections(location: String) async throws {
        try await with(["HTTP/1.1 301 Moved\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n"]) {
            (server) async throws -> Void in
            let error = await failure(
                fetcher(rehearsal: RehearsalMap()), .remote("http://127.0.0.1:\(server.port)/x"))
            #expect(error?.kind == .unreachable)
            #expect(try await server.requests().count <= 6)
        }
    }

    @Test("Promenade is asked with our token; without one its error says what is missing")
    func promenade() async throws {
        try await with([Self.ok("join")]) { (server) async throws -> Void in
            let reference = try DesignReference("promenade+http://127.0.0.1:\(server.port)/join?x=1")
            #expect(try await fetcher(token: "tok").fetch(reference) == Array("join".utf8))
            #expect(try await server.requests()[0].lowercased().contains("\r\nx-auth-token: tok\r\n"))
            #expect(try await fetcher().fetch(reference) == Array("join".utf8))
            #expect(try await server.requests()[1].lowercased().contains("x-auth-token") == false)
        }
        try await with(["HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"]) { (server) async throws -> Void in
            let reference = DesignReference.promenade("http://127.0.0.1:\(server.port)/join")
            let error = await failure(fetcher(), reference)
            #expect(error?.message.contains("answers 401") == true)
            #expect(error?.message.contains("wants a Keystone token") == true)
            #expect(await failure(fetcher(token: "tok"), reference)?.message.contains("wants a Keystone") == false)
        }
        let unauthorized = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
        try await with([unauthorized, Self.ok("join")]) { (server) async throws -> Void in
            var renewing = fetcher()
            renewing.serviceToken = { Secret($0 == nil ? "old" : "new") }
            let bytes = try await renewing.fetch(.promenade("http://127.0.0.1:\(server.port)/join"))
            #expect(bytes == Array("join".utf8))
            let asked = try await server.requests().map { $0.lowercased() }
            #expect(asked.count == 2)
            #expect(asked.first?.contains("x-auth-token: old\r\n") == true)
            #expect(asked.last?.contains("x-auth-token: new\r\n") == true)
        }
        var failing = fetcher()
        failing.serviceToken = { _ in throw BoatyardError("keystone", "Keystone is asleep") }
        let error = await failure(failing, .promenade("http://127.0.0.1:9/join"))
        #expect(error?.message.contains("Keystone is asleep") == true)
    }
}
