import HTTPTypes
import Identity
import OrderedCollections
import Primitives
import Testing

@testable import API

/// The page behind its access, with a real service of users and two routes of an API.
private struct PageFixture: Sendable {
    let table: RouteTable

    private struct Routes: Controller {
        let name = "test"
        var routes: [Route] {
            [HTTPRequest.Method.get, .post].map { method in
                Route(method, "/api/v1.0/things", policy: .rule("any"), on: .clients, slashes: .trailing) { request in
                    .json(["user": Value(request.caller?.name), "path": .string(request.path)])
                }
            }
        }
        func response(to error: any Error, for request: APIRequest) -> APIResponse {
            ShipyardFailure(error).response(for: request)
        }
        func decorate(_ response: inout APIResponse, for request: APIRequest) {}
    }

    static func run(_ body: (PageFixture) async throws -> Void) async throws {
        try await withQuickIdentity(administrator: "ann") { service in
            let page = PageAccess()
            let files = PageFiles([
                ("index.html", Array(String(repeating: "<p>ship</p>", count: 100).utf8)), ("a/b.js", Array("1".utf8)),
            ])
            let access = AccessControl(
                authorizer: { caller, rule, target in
                    rule == "any" || PolicyEngine.builtIn.authorizer(caller, rule, target)
                }, authenticator: service.authenticator)
            try await body(
                PageFixture(
                    table: try RouteTable(
                        controllers: [Routes(), PageController(sessions: service, access: page, files: files)],
                        access: access, page: page)))
        }
    }

    func send(
        _ method: HTTPRequest.Method, _ target: String, _ headers: [String: String] = [:], body: String = "",
        caller: Caller? = nil, isPrivate: Bool = true, on listener: ListenerName = .api, scheme: String = "http",
        authority: String? = "seed:9000"
    ) async -> APIResponse {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        var request = APIRequest(
            method: method, target: target, headers: fields, authority: authority, body: Array(body.utf8),
            caller: caller, listener: listener, peer: "192.0.2.1:40000", scheme: scheme)
        request.isPrivate = isPrivate
        return await table.respond(to: request)
    }

    func logIn(_ password: String = "password", scheme: String = "http", authority: String? = "seed:9000") async
        -> APIResponse
    {
        await send(
            .post, "/ui/session", ["Content-Type": "application/json"],
            body: #"{"user": "ann", "password": "\#(password)"}"#, scheme: scheme, authority: authority)
    }

    /// The headers of a change in a new session.
    func session() async throws -> (cookie: String, csrf: String) {
        let response = await logIn()
        let cookie = try #require(response.headers[.setCookie]?.split(separator: ";").first)
        return (String(cookie), try #require(response.json["csrf"]?.stringValue))
    }
}

@Suite("The page and its access")
struct PageTests {
    @Test("a login answers who one is and may, and sets a cookie that scripts and other sites do not get")
    func login() async throws {
        try await PageFixture.run { fixture in
            let response = await fixture.logIn()
            #expect(response.status.code == 201)
            let cookie = try #require(response.headers[.setCookie])
            #expect(cookie.hasPrefix("boatyard_session_9000="))
            #expect(cookie.hasSuffix("; Path=/ui/; HttpOnly; SameSite=Strict"))
            #expect(response.json["user"] == "ann")
            #expect(response.json["roles"] == ["admin"])
            let permissions = response.json["permissions"]?.objectValue
            #expect(permissions?.keys.sorted() == PolicyEngine.names)
            let secure = await fixture.logIn(scheme: "https").headers[.setCookie]
            #expect(secure?.hasSuffix("; Secure") == true)
            let token = cookie.split(separator: ";")[0].dropFirst("boatyard_session_9000=".count)
            #expect(!response.json.json(.compact).contains(token))
        }
    }

    @Test("a wrong password is a 401 in the API's form, and too many of them a 429")
    func wrongPassword() async throws {
        try await PageFixture.run { fixture in
            let response = await fixture.logIn("wrong")
            #expect(response.status.code == 401)
            #expect(response.json["kind"] == "status")
            #expect(response.headers[.setCookie] == nil)
            var last = response
            for _ in 0..<10 { last = await fixture.logIn("wrong") }
            #expect(last.status.code == 429)
            #expect(last.headers[.retryAfter] != nil)
        }
    }

    @Test("a login with a member twice is refused with its place, and tells no password")
    func givenTwice() async throws {
        try await PageFixture.run { fixture in
            let response = await fixture.send(
                .post, "/ui/session", ["Content-Type": "application/json"],
                body: #"{"user": "ann", "password": "pass-17", "password": "password"}"#)
            #expect(response.status.code == 400 && response.headers[.setCookie] == nil)
            let text = response.json.json(.compact)
            #expect(
                text.contains(
                    "The member 'password' is given twice: line 1 column 40. Which one is meant is not known: give it once."
                )
                    && !text.contains("pass-17"))
        }
    }

    @Test("the cookie is taken below /ui/ alone, and X-Auth-Token everywhere else")
    func places() async throws {
        try await PageFixture.run { fixture in
            let (cookie, _) = try await fixture.session()
            let token = String(cookie.dropFirst("boatyard_session_9000=".count))
            let byCookie = await fixture.send(.get, "/ui/api/v1.0/things", ["Cookie": "a=b; \(cookie)"])
            #expect(byCookie.status.code == 200)
            #expect(byCookie.json == ["user": "ann", "path": "/api/v1.0/things"])
            #expect(await fixture.send(.get, "/ui/api/v1.0/things", ["X-Auth-Token": token]).status.code == 401)
            #expect(await fixture.send(.get, "/api/v1.0/things", ["Cookie": cookie]).status.code == 401)
            #expect(await fixture.send(.get, "/api/v1.0/things", ["X-Auth-Token": token]).status.code == 200)
            // Whoever put the second one there is not the daemon.
            let two = await fixture.send(.get, "/ui/api/v1.0/things", ["Cookie": "\(cookie); boatyard_session_9000=x"])
            #expect(two.status.code == 401)
            let huge = String(repeating: "a", count: 15000)
            #expect(
                await fixture.send(.get, "/ui/session", ["Cookie": "boatyard_session_9000=\(huge)"]).status.code == 401)
        }
    }

    @Test("daemons at two ports of one host do not take each other's cookies for their own")
    func ports() async throws {
        try await PageFixture.run { fixture in
            func name(_ authority: String?) async -> Substring? {
                await fixture.logIn(authority: authority).headers[.setCookie]?.split(separator: "=").first
            }
            #expect(await name("seed:9001") == "boatyard_session_9001")
            #expect(await name("[2001:db8::1]:443") == "boatyard_session_443")
            for authority in ["seed", "[2001:db8::1]", "seed:", "seed:a=b", "seed:123456", nil] {
                #expect(await name(authority) == "boatyard_session", "\(authority ?? "none")")
            }
            let (cookie, csrf) = try await fixture.session()
            let both = ["Cookie": "boatyard_session_9001=other; \(cookie); boatyard_session=old"]
            #expect(await fixture.send(.get, "/ui/session", both).status.code == 200)
            #expect(await fixture.send(.get, "/ui/session", both, authority: "seed:9001").status.code == 401)
            // What one of them makes the browser forget is its own.
            let ended = await fixture.send(.delete, "/ui/session", both.merging(["X-CSRF-Token": csrf]) { $1 })
            #expect(ended.headers[.setCookie]?.hasPrefix("boatyard_session_9000=; Max-Age=0") == true)
        }
    }

    @Test("a change needs the session's CSRF token, and comes from the page itself")
    func changes() async throws {
        try await PageFixture.run { fixture in
            let (cookie, csrf) = try await fixture.session()
            func post(_ headers: [String: String]) async -> Int {
                await fixture.send(.post, "/ui/api/v1.0/things", headers.merging(["Cookie": cookie]) { $1 }).status.code
            }
            #expect(await post([:]) == 403)
            #expect(await post(["X-CSRF-Token": String(csrf.reversed())]) == 403)
            #expect(await post(["X-CSRF-Token": csrf]) == 200)
            #expect(await post(["X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-origin"]) == 200)
            #expect(await post(["X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"]) == 403)
            #expect(await post(["X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-site"]) == 403)
            #expect(await post(["X-CSRF-Token": csrf, "Origin": "http://seed:9000"]) == 200)
            #expect(await post(["X-CSRF-Token": csrf, "Origin": "http://seed:9001"]) == 403)
            #expect(await post(["X-CSRF-Token": csrf, "Origin": "null"]) == 403)
            // Without a session there is nothing to protect.
            #expect(await fixture.send(.post, "/ui/api/v1.0/things").status.code == 401)
        }
    }

    @Test("a session is over once it is ended")
    func end() async throws {
        try await PageFixture.run { fixture in
            let (cookie, csrf) = try await fixture.session()
            #expect(await fixture.send(.get, "/ui/session", ["Cookie": cookie]).status.code == 200)
            #expect(await fixture.send(.delete, "/ui/session", ["Cookie": cookie]).status.code == 403)
            let ended = await fixture.send(.delete, "/ui/session", ["Cookie": cookie, "X-CSRF-Token": csrf])
            #expect(ended.status.code == 204)
            #expect(ended.headers[.setCookie]?.contains("boatyard_session_9000=; Max-Age=0") == true)
            #expect(await fixture.send(.get, "/ui/session", ["Cookie": cookie]).status.code == 401)
            #expect(await fixture.send(.get, "/ui/api/v1.0/things", ["Cookie": cookie]).status.code == 401)
        }
    }

    @Test("files have a tag for each coding, and paths that leave the folder name nothing")
    func files() async throws {
        try await PageFixture.run { fixture in
            let plain = await fixture.send(.get, "/ui/")
            let packed = await fixture.send(.get, "/ui/index.html", ["Accept-Encoding": "br, gzip;q=0.5"])
            #expect(plain.status.code == 200)
            #expect(plain.headers[.contentType] == "text/html; charset=utf-8")
            #expect(plain.headers[.cacheControl] == "no-cache")
            #expect(plain.headers[.contentEncoding] == nil)
            #expect(packed.headers[.contentEncoding] == "gzip")
            #expect(plain.headers[.eTag] != packed.headers[.eTag])
            #expect(await fixture.send(.get, "/ui/", ["Accept-Encoding": "gzip;q=0"]).headers[.contentEncoding] == nil)
            #expect(await fixture.send(.head, "/ui/a/b.js").status.code == 200)
            #expect(await fixture.send(.put, "/ui/a/b.js").status.code == 405)
            for path in ["/ui/../etc/passwd", "/ui/a%2f..%2findex.html", "/ui/a", "/ui/a/", "/ui//index.html"] {
                #expect(await fixture.send(.get, path).status.code == 404, "\(path)")
            }
        }
    }

    @Test("everything below /ui/ has the headers that keep other sites out, errors included")
    func headers() async throws {
        try await PageFixture.run { fixture in
            for path in ["/ui/", "/ui/nothing", "/ui/session", "/ui/api/v1.0/things", "/ui/api/nothing", "/ui"] {
                for isPrivate in [true, false] {
                    let response = await fixture.send(.get, path, isPrivate: isPrivate)
                    #expect(
                        response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; ") == true, "\(path)")
                    #expect(response.headers[.xContentTypeOptions] == "nosniff")
                    #expect(response.headers[.cacheControl] != nil)
                }
            }
            #expect(await fixture.send(.get, "/api/v1.0/things").headers[.contentSecurityPolicy] == nil)
        }
    }

    @Test("over a network without TLS there is a text that says what to do, and nothing else")
    func plainNetwork() async throws {
        try await PageFixture.run { fixture in
            let page = await fixture.send(.get, "/ui/", isPrivate: false)
            #expect(page.status.code == 403)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            for path in ["/ui/session", "/ui/api/v1.0/things"] {
                let response = await fixture.send(.get, path, isPrivate: false)
                #expect(response.status.code == 403)
                #expect(response.json["reason"]?.stringValue?.contains("listeners.api.tls") == true)
            }
        }
    }

    @Test("a browser at / is sent to the page, clients are not, and the socket of administrators has no page")
    func root() async throws {
        try await PageFixture.run { fixture in
            let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
            let sent = await fixture.send(.get, "/", ["Accept": browser])
            #expect(sent.status.code == 303)
            #expect(sent.headers[.location] == "/ui/")
            for accept in ["*/*", "application/json", "application/json, text/html;q=0.5", "text/html;q=0"] {
                #expect(await fixture.send(.get, "/", ["Accept": accept]).status.code == 404, "\(accept)")
            }
            #expect(await fixture.send(.get, "/", ["Accept": browser], on: .admin).status.code == 404)
            #expect(await fixture.send(.get, "/ui/", on: .admin).status.code == 404)
        }
    }

    @Test("whom the listener knows is logged in, and still needs the CSRF token")
    func known() async throws {
        try await PageFixture.run { fixture in
            let admin = Caller.administrator("admin")
            let session = await fixture.send(.get, "/ui/session", caller: admin)
            #expect(session.status.code == 200)
            #expect(session.json["expires_at"] == .null)
            let csrf = try #require(session.json["csrf"]?.stringValue)
            #expect(await fixture.send(.post, "/ui/api/v1.0/things", caller: admin).status.code == 403)
            let change = await fixture.send(.post, "/ui/api/v1.0/things", ["X-CSRF-Token": csrf], caller: admin)
            #expect(change.status.code == 200)
        }
    }

    @Test("the files in the program are those of Sources/ui")
    func embedded() throws {
        #expect(PageFiles.embedded.files["index.html"] != nil)
        let checkout = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        for (path, file) in PageFiles.embedded.files {
            let written = try FileContents.read("/\(checkout)/Sources/ui/\(path)", limit: 8 << 20)
            #expect(file.contents == written, "\(path)")
        }
    }
}
