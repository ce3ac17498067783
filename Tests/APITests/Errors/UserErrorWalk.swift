import HTTPTypes
import Primitives
import Testing

@testable import API

/// Walks all routes of a table with what users get wrong.
enum UserErrorWalk {
    private static let segments = [
        "x", "", "%00", "%F0%9F%9A%A2", "0", "99999999999999999999", "01BTTMFVDKZFRJM80FGD7J1AKN",
        "00000000-0000-4000-8000-000000000000", "deploy_site__2017-10-09T21:18:56.685999", "a.b__never",
    ]
    private static let queries = [
        "", "?verbosity=9", "?version=nothing&limit=x&days=x&force=maybe&wait=soon&filters=mood&try=0&after=x",
        "?version=committed", "?versions=buffer&cleartext-secrets=perhaps", "?empty-collection=true", "?%zz=%zz&&=",
    ]
    private static let bodies = [
        "", "{", "[]", "{}", "null", "7", "a: [", "- 1\n", "\u{0}", #"{"name": "deploy_site", "parameters": 7}"#,
        #"{"action": "verify_site", "design_ref": 7}"#, #"{"href": 7, "design_ref": "gopher://x", "node_filter": 7}"#,
        #"{"auth": 7, "user": {"name": 7}, "project": [], "role": null}"#,
    ]

    /// - Parameter isExpected: routes that may answer with a 5xx.
    /// - Returns: what was answered with a 5xx, with its request.
    static func faults(
        in table: RouteTable, except isExpected: (Route, Int) -> Bool = { _, _ in false }
    ) async -> [String] {
        var faults: [String] = []
        for (_, route) in table.routes {
            guard let listener = ListenerName.allCases.first(where: route.listeners.contains) else { continue }
            for request in requests(to: route, listener) {
                let status = await table.respond(to: request).status.code
                guard status >= 500, !isExpected(route, status) else { continue }
                faults.append("\(route.method) \(request.path) \(request.body.count) bytes: \(status)")
            }
        }
        return faults
    }

    private static func requests(to route: Route, _ listener: ListenerName) -> [APIRequest] {
        let hasParameters = route.path.contains("{")
        let types: [String?] = [nil, "application/json", "application/x-yaml"]
        let paths = hasParameters ? segments.map { route.path.replacing(/\{[^}]*\}/, with: $0) } : [route.path]
        let carriesBody = route.bodyLimit > 0
        return paths.flatMap { path in
            queries.flatMap { query in
                (carriesBody ? bodies : [""]).flatMap { body in
                    (carriesBody ? types : [nil]).map { type in
                        var headers: HTTPFields = [:]
                        headers[.contentType] = type
                        return APIRequest(
                            method: route.method, target: path + query, headers: headers, body: Array(body.utf8),
                            caller: .administrator("tester"), listener: listener, peer: "192.0.2.77:4000")
                    }
                }
            }
        }
    }
}

@Suite("Errors of users")
struct UserErrorTests {
    @Test("no mistake of a user is answered with a 5xx by Shipyard and Deckhand")
    func shipyard() async throws {
        try await ShipyardFixture.with { fixture in
            #expect(await fixture.commitSite().status == .ok)
            #expect(await UserErrorWalk.faults(in: fixture.table) == [])
        }
    }

    @Test("no mistake of a user is answered with a 5xx by Drydock, to operators or to machines")
    func drydock() async throws {
        try await DrydockFixture.run { fixture in
            #expect(await UserErrorWalk.faults(in: fixture.table) == [])
        }
    }

    @Test("no mistake of a user is answered with a 5xx by Keystone")
    func keystone() async throws {
        try await KeystoneControllerTests.withTable { table in
            #expect(await UserErrorWalk.faults(in: table) == [])
        }
    }
}
