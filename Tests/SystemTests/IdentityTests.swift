import Foundation
import Primitives
import Testing

@Suite("Users, tokens and policy of a daemon", .serialized)
struct IdentityTests {
    private static let actions = "/api/v1.0/actions"

    @Test("the API lets in who has a token with a role, for as long as it is valid")
    func tokens() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        let nobody = try ClientRequest.send("GET", daemon.api, Self.actions)
        #expect(nobody.status == 401)
        #expect(nobody.header("WWW-Authenticate") == "Keystone uri=\"\(daemon.api)/v3\"")
        #expect(try ClientRequest.send("GET", daemon.api, "/v3/users").status == 401)
        #expect(try daemon.createUser("shipyard", roles: ["admin"]).status == 201)
        #expect(try daemon.createUser("reader", roles: ["reader"]).status == 201)

        let answer = try daemon.logIn("shipyard")
        #expect(answer.status == 201)
        let token = try #require(answer.header("X-Subject-Token"))
        let body = try #require(answer.value["token"])
        #expect(body["project"]?["name"] == "service")
        #expect(body["roles"]?[0]?["name"] == "admin")
        let services = (body["catalog"]?.arrayValue ?? []).map { $0["type"]?.stringValue ?? "" }
        #expect(services == ["deckhand", "physicalprovisioner", "identity", "shipyard"])
        let endpoint = body["catalog"]?[3]?["endpoints"]?.arrayValue?.first { $0["interface"] == "public" }
        #expect(endpoint?["url"]?.stringValue == daemon.api + "/api/v1.0")

        #expect(try ClientRequest.send("GET", daemon.api, Self.actions, token: token).status == 200)
        #expect(
            try ClientRequest.send("GET", daemon.api, Self.actions, token: try daemon.token("reader")).status == 403)
        #expect(try ClientRequest.send("GET", daemon.api, Self.actions, token: token + "0").status == 401)
        let revoked = try ClientRequest.send(
            "DELETE", daemon.api, "/v3/auth/tokens", token: token, headers: ["X-Subject-Token": token])
        #expect(revoked.status == 204)
        #expect(try ClientRequest.send("GET", daemon.api, Self.actions, token: token).status == 401)
        #expect(!daemon.program.standardError.contains("password\""))
    }

    @Test("a role on another project lets nobody in")
    func otherProject() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        #expect(try daemon.createUser("tenant", roles: ["admin"], project: "elsewhere").status == 201)
        let token = try daemon.token("tenant")
        #expect(try ClientRequest.send("GET", daemon.api, Self.actions, token: token).status == 403)
        #expect(try ClientRequest.send("GET", daemon.api, "/v3/users", token: token).status == 403)
    }

    @Test("tokens live through a restart, and end with their user")
    func restart() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let state = ["--state-dir", folder.path + "/state"]
        var daemon = try await RunningDaemon(state)
        let user = try daemon.createUser("shipyard", roles: ["admin"]).value["user"]?["id"]?.stringValue ?? ""
        let token = try daemon.token("shipyard")
        daemon.program.kill()
        daemon.program.wait()
        daemon = try await RunningDaemon(state)
        defer { daemon.stop() }
        #expect(try ClientRequest.send("GET", daemon.api, Self.actions, token: token).status == 200)
        #expect(try ClientRequest.send("DELETE", daemon.socket, "/v3/users/\(user)").status == 204)
        #expect(try ClientRequest.send("GET", daemon.api, Self.actions, token: token).status == 401)
        #expect(try daemon.logIn("shipyard").status == 401)
    }

    @Test("guessing is slowed down, and told in the log")
    func guessing() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        try daemon.createUser("shipyard", roles: ["admin"])
        var statuses: [Int] = []
        for guess in 0..<11 { statuses.append(try daemon.logIn("shipyard", password: "guess-\(guess)").status) }
        #expect(statuses == Array(repeating: 401, count: 10) + [429])
        let last = try daemon.logIn("shipyard", password: "guess-11")
        #expect((1...30).contains(last.header("Retry-After").flatMap { Int($0) } ?? 0))
        let log = daemon.program.standardError
        #expect(log.contains("login refused"))
        #expect(!log.contains("guess-"))
    }

    @Test("a policy file gives others a way in, and a wrong one ends the start")
    func policy() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let policy = folder.appendingPathComponent("policy.yaml")
        let config = folder.appendingPathComponent("boatyard.yaml")
        try "identity: {policy: \(policy.path)}\n".write(to: config, atomically: true, encoding: .utf8)
        try """
        # Who may look.
        reader: role:reader or rule:admin_required
        "workflow_orchestrator:list_actions": rule:reader
        """.write(to: policy, atomically: true, encoding: .utf8)
        let daemon = try await RunningDaemon(["--config", config.path])
        defer { daemon.stop() }
        try daemon.createUser("reader", roles: ["reader"])
        let token = try daemon.token("reader")
        #expect(try ClientRequest.send("GET", daemon.api, Self.actions, token: token).status == 200)
        #expect(try ClientRequest.send("GET", daemon.api, "/api/v1.0/revisions", token: token).status == 403)

        try "\n\"workflow_orchestrator:list_action\": \"@\"\n".write(to: policy, atomically: true, encoding: .utf8)
        let refused = try Program("boatyardd", ["--ephemeral", "--config", config.path])
        #expect(refused.wait() == 1)
        #expect(refused.standardError.contains("\(policy.path):2: no route asks for the rule"))
        #expect(refused.standardError.contains("did you mean 'workflow_orchestrator:list_actions'?"))
    }

    @Test("what is wrong with a login is said in Keystone's form")
    func badLogins() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        func post(_ body: Value) throws -> ClientRequest.Response {
            try ClientRequest.send("POST", daemon.api, "/v3/auth/tokens", json: body)
        }
        for body: Value in [
            [:], ["auth": nil], ["auth": ["identity": ["methods": []]]],
            ["auth": ["identity": ["methods": ["password"]]]],
            ["auth": ["identity": ["methods": ["token"], "token": ["id": 7]]]],
        ] {
            let answer = try post(body)
            #expect(answer.status == 400, "\(body)")
            #expect(answer.value["error"]?["title"] == "Bad Request")
        }
        let unsupported = try post(["auth": ["identity": ["methods": ["saml2"], "saml2": [:]]]])
        #expect(unsupported.status == 401)
        #expect(unsupported.value["error"]?["message"] == "Attempted to authenticate with an unsupported method.")
        let deep = try ClientRequest.send(
            "POST", daemon.api, "/v3/auth/tokens",
            json: (0..<200).reduce(Value.null) { inner, _ in ["auth": inner] })
        #expect(deep.status == 400)
        let long = try ClientRequest.send(
            "POST", daemon.api, "/v3/auth/tokens", json: ["auth": .string(String(repeating: "a", count: 100_000))])
        #expect(long.status == 413)
        #expect(long.value["error"]?["code"] == 413)
    }

    @Test("the command line makes users, and logs in as OpenStack's clients do")
    func commandLine() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("password")
        try "s3cret\n".write(to: file, atomically: true, encoding: .utf8)
        func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> (Int32, String) {
            let program = try Program("boatyard", arguments, environment: environment)
            let status = program.wait()
            return (status, program.standardOutput + program.standardError)
        }
        let socket = ["--socket", daemon.socket]
        let create = [
            "user", "create", "shipyard", "--password-file", file.path, "--project", "service", "--role", "admin",
        ]
        #expect(try run(create + socket) == (0, "User shipyard created.\n"))
        #expect(try run(create + socket).1.contains("Duplicate entry found with name shipyard"))
        #expect(try run(["user", "list"] + socket).1.contains("shipyard   yes"))
        #expect(try run(["get", "actions", "--url", daemon.api]).1.contains("set OS_USERNAME, OS_PASSWORD"))
        let login = [
            "OS_USERNAME": "shipyard", "OS_PASSWORD": "s3cret", "OS_PROJECT_NAME": "service", "OS_AUTH_URL": daemon.api,
        ]
        #expect(try run(["get", "actions", "--url", daemon.api], login).0 == 0)
        // As options, before the command and behind it; they outrank the environment.
        let options = ["--os-username", "shipyard", "--os-password=s3cret", "--os-project-name", "service"]
        let domains = ["--os-user-domain-name", "default", "--os-project-domain-name", "default"]
        let given = ["--debug", "--os-auth-url", daemon.api] + options + domains + ["get", "actions"]
        let told = try run(given + ["--url", daemon.api], ["OS_AUTH_TOKEN": "worthless", "OS_USERNAME": "nobody"])
        #expect(told.0 == 0 && told.1.contains("GET actions: 200"), "\(told)")
        #expect(try run(["get", "actions", "--url", daemon.api, "--no-debug"] + options).0 == 0)
        #expect(try run(["get", "actions", "--url", daemon.api] + options, ["OS_DOMAIN_NAME": "default"]).0 == 0)
        #expect(try run(["get", "actions", "--os-domain-name", "default"] + options).0 == 64)
        let (status, token) = try run(["token", "issue", "--url", daemon.api], login)
        #expect(status == 0)
        let issued = ["OS_AUTH_TOKEN": token.trimmingCharacters(in: .newlines)]
        #expect(try run(["get", "actions", "--url", daemon.api], issued).0 == 0)
        let revoke = ["token", "revoke", try #require(issued["OS_AUTH_TOKEN"])] + socket
        #expect(try run(revoke) == (0, "Token revoked.\n"))
        #expect(try run(["get", "actions", "--url", daemon.api], issued).0 == 1)
        try "other\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try run(["user", "passwd", "shipyard", "--password-file", file.path] + socket).0 == 0)
        #expect(try run(["get", "actions", "--url", daemon.api], login).0 == 1)
        #expect(try run(["user", "delete", "shipyard"] + socket).0 == 0)
        #expect(try run(["user", "delete", "shipyard"] + socket).1.contains("there is no user shipyard"))
        #expect(try run(["user", "create", "bob"] + socket).1.contains("give --password-file"))
    }

    @Test("a Keystone elsewhere says who is who, and without it nobody new is let in")
    func external() async throws {
        let keystone = try await RunningDaemon()
        defer { keystone.stop() }
        try keystone.createUser("boatyard", roles: ["admin"])
        try keystone.createUser("shipyard", roles: ["admin"])
        try keystone.createUser("reader", roles: ["reader"])
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let config = folder.appendingPathComponent("boatyard.yaml")
        try keystone.asKeystone(of: folder).write(to: config, atomically: true, encoding: .utf8)
        let daemon = try await RunningDaemon(["--config", config.path])
        defer { daemon.stop() }
        func actions(_ token: String?) throws -> ClientRequest.Response {
            try ClientRequest.send("GET", daemon.api, Self.actions, token: token)
        }
        let token = try keystone.token("shipyard")
        let other = try keystone.token("shipyard")
        #expect(try actions(token).status == 200)
        #expect(try actions(try keystone.token("reader")).status == 403)
        for wrong in [nil, "x", String(repeating: "0", count: 64)] {
            let refused = try actions(wrong)
            #expect(refused.status == 401)
            #expect(refused.header("WWW-Authenticate") == "Keystone uri=\"\(keystone.api)/v3\"")
        }
        // It has no users of its own.
        #expect(try ClientRequest.send("GET", daemon.api, "/v3").status == 404)
        // Its own token at the Keystone is gone: it logs in again.
        let boatyard = try #require(
            try ClientRequest.send("GET", keystone.socket, "/v3/users?name=boatyard").value["users"]?[0]?["id"]?
                .stringValue)
        let kept = try ClientRequest.send(
            "PATCH", keystone.socket, "/v3/users/\(boatyard)", json: ["user": ["password": "password"]])
        #expect(kept.status == 200)
        #expect(try actions(try keystone.token("shipyard")).status == 200)
        keystone.stop()
        #expect(try actions(token).status == 200)
        let unknown = try actions(other)
        #expect(unknown.status == 503)
        #expect(unknown.value["retry"] == true)
        #expect(unknown.body.contains("Keystone does not answer at \(keystone.api)/v3"))
        #expect(try ClientRequest.send("GET", daemon.socket, Self.actions).status == 200)
    }
}
