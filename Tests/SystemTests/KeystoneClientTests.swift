import Foundation
import Primitives
import Testing

/// The clients that OpenStack's users have, from PyPI, in a folder of their own.
enum PythonClients {
    static let folder = Place.package.appendingPathComponent(".build/identity-clients")

    static let areThere: Bool = {
        let openstack = folder.appendingPathComponent("bin/openstack").path
        if FileManager.default.isExecutableFile(atPath: openstack) { return true }
        let made = try? Program("/usr/bin/python3", ["-m", "venv", folder.path])
        guard made?.wait() == 0 else {
            print("skipped: python3 -m venv does not work here: \(made?.standardError ?? "")")
            return false
        }
        let install = ["install", "--quiet", "python-keystoneclient", "python-openstackclient"]
        let pip = try? Program(folder.appendingPathComponent("bin/pip").path, install)
        guard pip?.wait() == 0 else {
            print("skipped: pip cannot install python-openstackclient: \(pip?.standardError.suffix(300) ?? "")")
            return false
        }
        return true
    }()
}

@Suite("OpenStack's own clients", .serialized, .enabled(if: PythonClients.areThere))
struct KeystoneClientTests {
    private func openstack(_ daemon: RunningDaemon, _ arguments: [String]) throws -> String {
        let program = try Program(
            PythonClients.folder.appendingPathComponent("bin/openstack").path, arguments,
            environment: [
                "OS_AUTH_URL": daemon.api, "OS_USERNAME": "shipyard", "OS_PASSWORD": "password",
                "OS_PROJECT_NAME": "service", "OS_USER_DOMAIN_NAME": "default", "OS_PROJECT_DOMAIN_NAME": "default",
                "OS_IDENTITY_API_VERSION": "3", "HOME": daemon.state,
            ])
        #expect(program.wait() == 0, "\(arguments): \(program.standardError)")
        return program.standardOutput
    }

    @Test("openstackclient issues and revokes tokens, lists catalog and projects, and manages users")
    func openstackClient() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        try daemon.createUser("shipyard", roles: ["admin"])
        let issued = try Value(json: try openstack(daemon, ["token", "issue", "-f", "json"]))
        let token = try #require(issued["id"]?.stringValue)
        #expect(try ClientRequest.send("GET", daemon.api, "/api/v1.0/actions", token: token).status == 200)
        _ = try openstack(daemon, ["token", "revoke", token])
        #expect(try ClientRequest.send("GET", daemon.api, "/api/v1.0/actions", token: token).status == 401)
        let catalog = try openstack(daemon, ["catalog", "list"])
        for type in ["shipyard", "deckhand", "physicalprovisioner", "identity"] { #expect(catalog.contains(type)) }
        #expect(catalog.contains("public: \(daemon.api)/api/v1.0"))
        let projects = try Value(json: try openstack(daemon, ["project", "list", "-f", "json"]))
        #expect(projects[0]?["Name"] == "service")

        _ = try openstack(daemon, ["user", "create", "bob", "--password", "x", "--project", "service"])
        _ = try openstack(daemon, ["role", "create", "reader"])
        _ = try openstack(daemon, ["role", "add", "--project", "service", "--user", "bob", "reader"])
        #expect(try daemon.logIn("bob", password: "x").value["token"]?["roles"]?[0]?["name"] == "reader")
        for arguments in [["--user", "bob"], ["--project", "service", "--role", "reader"]] {
            let list = try openstack(daemon, ["role", "assignment", "list", "--names", "-f", "json"] + arguments)
            let assignments = try Value(json: list)
            #expect(assignments.arrayValue?.count == 1, "\(list)")
            #expect(assignments[0]?["User"] == "bob@Default" && assignments[0]?["Role"] == "reader", "\(list)")
        }
        _ = try openstack(daemon, ["user", "delete", "bob"])
        #expect(try daemon.logIn("bob", password: "x").status == 401)
        #expect(try openstack(daemon, ["endpoint", "list"]).contains("physicalprovisioner"))
    }

    @Test("keystoneclient validates and revokes tokens, and lists projects")
    func keystoneClient() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        try daemon.createUser("shipyard", roles: ["admin"])
        let script = """
            import json, sys
            from keystoneauth1 import session
            from keystoneauth1.identity import v3, generic
            from keystoneclient.v3 import client
            common = dict(username="shipyard", password="password", project_name="service",
                          user_domain_name="default", project_domain_name="default")
            answers = {}
            for name, plugin in (("v3", v3.Password(sys.argv[1] + "/v3", **common)),
                                 ("generic", generic.Password(sys.argv[1], **common))):
                keystone = client.Client(session=session.Session(auth=plugin), interface="public")
                token = keystone.session.get_token()
                data = keystone.tokens.get_token_data(token, include_catalog=False)
                answers[name] = {
                    "user": keystone.tokens.validate(token).username,
                    "catalog": "catalog" in data["token"],
                    "roles": [role["name"] for role in data["token"]["roles"]],
                    "projects": [project.name for project in keystone.auth.projects()],
                    "users": [user.name for user in keystone.users.list()],
                    "endpoint": keystone.session.get_endpoint(service_type="shipyard", interface="public"),
                }
                other = session.Session(auth=v3.Token(sys.argv[1] + "/v3", token=token))
                answers[name]["rescoped"] = other.get_endpoint(service_type="shipyard", interface="public")
                keystone.tokens.revoke_token(token)
                # The session logs in again by itself.
                answers[name]["after"] = [project.name for project in keystone.projects.list()]
            print(json.dumps(answers))
            """
        let program = try Program(
            PythonClients.folder.appendingPathComponent("bin/python").path, ["-c", script, daemon.api])
        #expect(program.wait() == 0, "\(program.standardError)")
        let answers = try Value(json: program.standardOutput)
        for name in ["v3", "generic"] {
            let expected: Value = [
                "user": "shipyard", "catalog": false, "roles": ["admin"], "projects": ["service"],
                "users": ["shipyard"],
                "endpoint": .string(daemon.api + "/api/v1.0"), "rescoped": .string(daemon.api + "/api/v1.0"),
                "after": ["service"],
            ]
            #expect(answers[name] == expected)
        }
    }
}
