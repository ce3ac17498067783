import HTTPTypes
import Identity
import OrderedCollections
import Primitives
import Testing

@testable import API

/// Keystone's controller behind the access control of the daemon, with passwords that are hashed quickly and a clock that
/// stands still: no guess is forgiven meanwhile.
private struct TokenFixture: Sendable {
    let service: IdentityService
    let table: RouteTable

    static func run(_ body: (TokenFixture) async throws -> Void) async throws {
        try await withQuickIdentity(administrator: "shipyard") { service in
            let fixture = TokenFixture(
                service: service,
                table: try RouteTable(
                    controllers: [
                        KeystoneController(service: service, catalog: ServiceCatalog(apiURL: { "http://a:9000" }))
                    ],
                    access: AccessControl(
                        authorizer: AccessControl.administratorsOnly.authorizer,
                        authenticator: service.authenticator)))
            try await body(fixture)
        }
    }

    func send(
        _ method: HTTPRequest.Method, _ target: String, _ json: Value? = nil, headers: [String: String] = [:],
        caller: Caller? = nil, peer: String = "192.0.2.1:40000"
    ) async -> APIResponse {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        return await table.respond(
            to: APIRequest(
                method: method, target: "/v3" + target, headers: fields,
                body: json.map { Array($0.json(.compact).utf8) } ?? [], caller: caller, listener: .api, peer: peer))
    }

    func logIn(
        password: String = "password", scope: Value? = nil, caller: Caller? = nil, peer: String = "192.0.2.1:40000"
    ) async -> APIResponse {
        var auth: Value.Object = [
            "identity": [
                "methods": ["password"],
                "password": ["user": ["name": "shipyard", "domain": ["id": "default"], "password": .string(password)]],
            ]
        ]
        auth["scope"] = scope
        return await send(.post, "/auth/tokens", ["auth": .object(auth)], caller: caller, peer: peer)
    }

    func token() async throws -> String {
        let name = try #require(HTTPField.Name("X-Subject-Token"))
        return try #require(await logIn().headers[name])
    }
}

@Suite("Logins and tokens, over Keystone's controller")
struct TokenRouteTests {
    private static let notFound: Value = [
        "error": ["code": 404, "message": "Could not find token.", "title": "Not Found"]
    ]

    @Test("a login for several scopes at once is refused, and no token is made")
    func scopes() async throws {
        try await TokenFixture.run { fixture in
            let project: Value = ["name": "service", "domain": ["id": "default"]]
            for scope: Value in [
                ["project": project, "domain": ["id": "default"]], ["unscoped": [:], "project": project],
                ["project": project, "OS-TRUST:trust": ["id": "t"]], [:],
            ] {
                let answer = await fixture.logIn(scope: scope)
                #expect(answer.status == .badRequest, "\(scope)")
                let message = answer.json["error"]?["message"]?.stringValue ?? ""
                #expect(
                    message.hasPrefix(
                        "Authentication cannot be scoped to multiple targets. Pick one of: project, domain, trust or "
                            + "unscoped. The server could not comply with the request"), "\(message)")
                #expect(!answer.headers.contains { $0.name.canonicalName == "x-subject-token" })
            }
            #expect(await fixture.logIn(scope: ["project": project]).status == .created)
        }
    }

    @Test("every answer has an id of its own and depends on the caller's token, errors included")
    func headers() async throws {
        try await TokenFixture.run { fixture in
            let token = try await fixture.token()
            let answers = [
                await fixture.logIn(), await fixture.logIn(password: "wrong"),
                await fixture.send(.get, "/users", headers: ["X-Auth-Token": token]),
                await fixture.send(.get, "/users"), await fixture.send(.put, "/users"),
                await fixture.send(.get, "/users/nobody", headers: ["X-Auth-Token": token]),
                await fixture.send(.get, "", nil),
            ]
            #expect(answers.map(\.status.code) == [201, 401, 200, 401, 405, 404, 200])
            let name = try #require(HTTPField.Name("X-Openstack-Request-Id"))
            var seen: Set<String> = []
            for answer in answers {
                #expect(answer.headers[.vary] == "X-Auth-Token", "\(answer.status)")
                let id = try #require(answer.headers[name])
                #expect(id.hasPrefix("req-") && UUIDv4(String(id.dropFirst(4))) != nil, "\(id)")
                #expect(seen.insert(id).inserted)
            }
        }
    }

    @Test("a token that is missing, malformed, unknown or revoked is not found, all in the same words")
    func unknownSubject() async throws {
        try await TokenFixture.run { fixture in
            let own = try await fixture.token()
            let revoked = try await fixture.token()
            #expect(try await fixture.service.revoke(revoked))
            let unknown = String(own.reversed())
            for subject in [nil, "", "x", unknown, revoked, String(repeating: "a", count: 10_000)] {
                for method in [HTTPRequest.Method.get, .delete] {
                    var headers = ["X-Auth-Token": own]
                    headers["X-Subject-Token"] = subject
                    let answer = await fixture.send(method, "/auth/tokens", headers: headers)
                    #expect(answer.status == .notFound, "\(method) \(subject ?? "nothing")")
                    #expect(answer.json == Self.notFound)
                }
            }
        }
    }

    @Test("HEAD of a token has the status and the headers of GET")
    func head() async throws {
        try await TokenFixture.run { fixture in
            let own = try await fixture.token()
            let subject = try await fixture.token()
            for (token, status) in [(subject, 200), ("unknown", 404)] {
                let headers = ["X-Auth-Token": own, "X-Subject-Token": token]
                let get = await fixture.send(.get, "/auth/tokens", headers: headers)
                let head = await fixture.send(.head, "/auth/tokens", headers: headers)
                #expect(get.status.code == status)
                #expect(head.status.code == status)
                func named(_ answer: APIResponse) -> [String: String] {
                    answer.headers.reduce(into: [:]) { $0[$1.name.canonicalName] = $1.value }
                        .filter { $0.key != "x-openstack-request-id" }
                }
                #expect(named(head) == named(get))
                #expect(named(head)["x-subject-token"] == (status == 200 ? subject : nil))
            }
        }
    }

    @Test("guesses from one IPv6 network count together, as do those from one IPv4 address, and no others")
    func networks() async throws {
        try await TokenFixture.run { fixture in
            func wrong(_ peer: String) async -> Int {
                // Nobody has this name: only the source is counted.
                let body: Value = [
                    "auth": [
                        "identity": [
                            "methods": ["password"],
                            "password": ["user": ["name": .string(peer), "password": "x"]],
                        ]
                    ]
                ]
                return await fixture.send(.post, "/auth/tokens", body, peer: peer).status.code
            }
            for host in 1...30 { #expect(await wrong("[2001:db8:0:1:\(host)::\(host)]:4000\(host % 10)") == 401) }
            #expect(await wrong("[2001:db8:0:1:ffff::1]:40000") == 429)
            #expect(await wrong("[2001:db8:0:2::1]:40000") == 401)
            for port in 1...30 { #expect(await wrong("192.0.2.7:\(port)") == 401) }
            #expect(await wrong("192.0.2.7:40000") == 429)
            #expect(await wrong("192.0.2.8:40000") == 401)
        }
    }

    @Test("logins of those whom the listener knows are never too many, and lock nobody out")
    func local() async throws {
        try await TokenFixture.run { fixture in
            for _ in 0..<40 {
                let answer = await fixture.logIn(
                    password: "wrong", caller: .administrator("root"), peer: "pid 812 uid 0")
                #expect(answer.status == .unauthorized)
            }
            #expect(await fixture.logIn(caller: .administrator("root"), peer: "pid 812 uid 0").status == .created)
            #expect(await fixture.logIn(peer: "192.0.2.9:40000").status == .created)
        }
    }
}
