import Foundation
import HTTPTypes
import Identity
import Logging
import OrderedCollections
import Primitives
import Store
import TestSupport
import Testing

@testable import API

@Suite("Keystone's controller")
struct KeystoneControllerTests {
    /// Asks as an administrator of the host.
    private typealias Ask = (HTTPRequest.Method, String, Value?) async -> (status: Int, body: Value)

    private static func with(_ body: (IdentityService, Ask) async throws -> Void) async throws {
        try await withTemporaryFolder { try await with($0, body) }
    }

    /// The routes, over a service of their own.
    static func withTable(_ body: (RouteTable) async throws -> Void) async throws {
        try await withTemporaryFolder { try await withTable($0) { _, table in try await body(table) } }
    }

    private static func withTable(
        _ folder: String, _ body: (IdentityService, RouteTable) async throws -> Void
    ) async throws {
        let database = try Database.open(path: folder + "/test.db", migrations: IdentityMigration.all.withoutGaps)
        let service = IdentityService(
            database: database, tokenLifetime: 3600, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let table = try RouteTable(
            controllers: [KeystoneController(service: service, catalog: ServiceCatalog(apiURL: { "http://a:9000" }))])
        try await body(service, table)
        await database.close()
    }

    private static func with(_ folder: String, _ body: (IdentityService, Ask) async throws -> Void) async throws {
        try await withTable(folder) { service, table in
            try await body(service) { method, target, json in
                let response = await table.respond(
                    to: APIRequest(
                        method: method, target: "/v3" + target, body: json.map { Array($0.json(.compact).utf8) } ?? [],
                        caller: .administrator("root")))
                return (response.status.code, response.json)
            }
        }
    }

    @Test("role assignments are listed by user, role and place, with names where they are asked for")
    func assignments() async throws {
        try await Self.with { service, ask in
            let bob = try await service.createUser(
                name: "bob", password: Secret("x"),
                grants: [Grant(role: "reader", project: "service"), Grant(role: "admin", project: nil)])
            let ann = try await service.createUser(
                name: "ann", password: Secret("x"), grants: [Grant(role: "reader", project: "other")])
            let (service, other) = (
                try await service.project(.name("service")), try await service.project(.name("other"))
            )
            func list(_ query: String) async -> [String] {
                let (status, body) = await ask(.get, "/role_assignments?include_names&" + query, nil)
                #expect(status == 200, "\(query)")
                #expect(body["links"]?["self"] == "http://a:9000/v3/role_assignments")
                return (body["role_assignments"]?.arrayValue ?? []).map { item in
                    func name(_ key: String) -> String { item[key]?["name"]?.stringValue ?? "?" }
                    let scope = item["scope"]?.objectValue?.elements.first
                    return
                        "\(name("user")) \(name("role")) \(scope?.key ?? "") \(scope?.value["name"]?.stringValue ?? "")"
                }
            }
            let ofBob = ["bob admin domain Default", "bob reader project service"]
            #expect(await list("") == ["ann reader project other"] + ofBob)
            #expect(await list("user.id=\(bob.id)") == ofBob)
            #expect(await list("scope.project.id=\(service.id)") == [ofBob[1]])
            #expect(await list("scope.project.id=\(other.id)&user.id=\(bob.id)") == [])
            #expect(await list("scope.domain.id=default") == [ofBob[0]])
            #expect(await list("scope.domain.id=elsewhere") == [])
            let role = await ask(.get, "/roles?name=admin", nil).body["roles"]?[0]?["id"]?.stringValue ?? ""
            #expect(await list("role.id=\(role)") == [ofBob[0]])
            for query in ["group.id=1", "scope.system=all", "user.id=unknown", "role.id=unknown"] {
                #expect(await list(query) == [], "\(query)")
            }
            let plain = await ask(.get, "/role_assignments?user.id=\(ann.id)&effective&include_names=False", nil).body
            let reader = await ask(.get, "/roles?name=reader", nil).body["roles"]?[0]?["id"]?.stringValue ?? ""
            #expect(
                plain["role_assignments"] == [
                    [
                        "links": [
                            "assignment": .string(
                                "http://a:9000/v3/projects/\(other.id)/users/\(ann.id)/roles/\(reader)")
                        ],
                        "scope": ["project": ["id": .string(other.id)]], "user": ["id": .string(ann.id)],
                        "role": ["id": .string(reader)],
                    ]
                ])
            for query in ["scope.project.id=1&scope.domain.id=default", "user.id=1&group.id=2", "include_names=maybe"] {
                #expect(await ask(.get, "/role_assignments?" + query, nil).status == 400, "\(query)")
            }
        }
    }

    @Test("names with control characters are refused, and make nothing")
    func controlCharacters() async throws {
        try await Self.with { service, ask in
            let (status, body) = await ask(.post, "/users", ["user": ["name": "a\u{0}b", "password": "x"]])
            #expect(status == 400)
            #expect(body["error"]?["message"]?.stringValue?.contains("control characters, and it has U+0000") == true)
            #expect(await ask(.post, "/projects", ["project": ["name": "a\u{1b}b"]]).status == 400)
            let names = try await service.users(name: nil).map(\.name)
            #expect(!names.contains { $0.hasPrefix("a") })
        }
    }

    @Test("what is meant for another domain, or stands at the wrong place, is refused and makes nothing")
    func refused() async throws {
        try await Self.with { service, ask in
            let user: Value = ["name": "bob", "password": "x"]
            let beside = await ask(.post, "/users", ["user": user, "grants": [["role": "admin"]]])
            #expect(beside.status == 400)
            #expect(beside.body["error"]?["message"]?.stringValue?.contains("'grants' belongs into 'user'") == true)
            func elsewhere(_ method: HTTPRequest.Method, _ path: String, _ key: String) async {
                let answer = await ask(
                    method, path, [key: ["name": "bob", "password": "x", "domain_id": "elsewhere"]])
                #expect(answer.status == 404, "\(method) \(path)")
                #expect(answer.body["error"]?["message"]?.stringValue?.contains("domain") == true)
            }
            await elsewhere(.post, "/users", "user")
            await elsewhere(.post, "/projects", "project")
            let (users, projects) = (try await service.users(), try await service.projects())
            #expect(users.isEmpty && projects.isEmpty)
            #expect(await ask(.post, "/roles", ["role": ["name": "r", "domain_id": "default"]]).status == 400)
            let made = await ask(
                .post, "/users", ["user": ["name": "bob", "password": "x", "domain_id": "default"]])
            #expect(made.status == 201)
            await elsewhere(.patch, "/users/\(made.body["user"]?["id"]?.stringValue ?? "")", "user")
            for (domain, count) in [("default", 1), ("elsewhere", 0)] {
                let users = await ask(.get, "/users?domain_id=\(domain)", nil).body["users"]?.arrayValue
                #expect(users?.count == count)
            }
        }
    }
}
