import Foundation
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import Identity

/// What a second daemon answers as the Keystone is tested with whole programs.
@Suite("A Keystone elsewhere that does not answer")
struct ExternalKeystoneTests {
    private func keystone(_ url: String, timeout: Double = 0.3) -> ExternalKeystone {
        ExternalKeystone(
            KeystoneConfiguration(
                url: url, username: "boatyard", password: Secret("x"), project: "service",
                userDomain: "default", projectDomain: "default", timeout: timeout, cacheTime: 300))
    }

    @Test("nobody there is an error, not an unknown caller")
    func refused() async throws {
        await #expect(throws: IdentityUnavailable.self) {
            _ = try await keystone("http://127.0.0.1:1").subject(of: "token")
        }
    }

    @Test("its address is shown without user and password")
    func credentials() async throws {
        let keystone = keystone("http://u:secret@127.0.0.1:1/")
        #expect(keystone.url == "http://127.0.0.1:1/v3")
        let error = await #expect(throws: IdentityUnavailable.self) { _ = try await keystone.subject(of: "token") }
        #expect(error?.reason.contains("127.0.0.1:1") == true)
        #expect(error?.reason.contains("secret") == false)
    }

    @Test("one that takes connections and says nothing is given up", .timeLimit(.minutes(5)))
    func silent() async throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> UInt16? in
                guard bind(descriptor, pointer, length) == 0, listen(descriptor, 8) == 0,
                    getsockname(descriptor, pointer, &length) == 0
                else { return nil }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port.bigEndian }
            }
        }
        // Without its timeout this would wait for ever.
        await #expect(throws: IdentityUnavailable.self) {
            _ = try await keystone("http://127.0.0.1:\(try #require(port))").subject(of: "token")
        }
    }

    @Test("what is no token is not asked about", arguments: ["", "a b", "é", String(repeating: "a", count: 8193)])
    func noToken(text: String) async throws {
        #expect(try await keystone("http://127.0.0.1:1").subject(of: text) == nil)
    }

    private static let login =
        "HTTP/1.1 201 Created\r\nX-Subject-Token: own\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    private static let body = #"{"token": {"expires_at": "2999-01-01T00:00:00.000000Z"}}"#

    @Test("a redirection is followed neither at the login nor at a validation: it would carry tokens elsewhere")
    func redirection() async throws {
        let elsewhere = try await TinyServer.start([Self.login])
        let redirect =
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(elsewhere.port)/v3/auth/tokens\r\n"
            + "Content-Length: 0\r\n\r\n"
        for answers in [[redirect], [Self.login, redirect]] {
            let server = try await TinyServer.start(answers)
            let error = await #expect(throws: IdentityUnavailable.self) {
                _ = try await keystone("http://127.0.0.1:\(server.port)", timeout: 60).subject(of: "token")
            }
            #expect(error?.reason.contains("302") == true, "\(error?.reason ?? "")")
            #expect(try await server.requests().count == answers.count)
            await server.stop()
        }
        #expect(try await elsewhere.requests().isEmpty)
        await elsewhere.stop()
    }

    @Test("sixteen tokens are validated at once and 256 wait; one more is turned away", .timeLimit(.minutes(5)))
    func validationLimit() async throws {
        // Answers the login, and no validation.
        let server = try await TinyServer.start([Self.login, TinyServer.silence])
        let keystone = keystone("http://127.0.0.1:\(server.port)", timeout: 600)
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<(16 + 256 + 1) {
                group.addTask {
                    do { return try await keystone.subject(of: "token-\(number)")?.userName ?? "nobody" } catch {
                        return (error as? IdentityUnavailable)?.reason ?? "\(error)"
                    }
                }
            }
            let first = try await group.next() ?? ""
            #expect(first.hasPrefix("Too many tokens are being validated"), "\(first)")
            while try await server.requests().count < 1 + 16 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await server.requests().count == 1 + 16)
            group.cancelAll()
            for try await other in group { #expect(!other.hasPrefix("Too many tokens")) }
        }
        await server.stop()
    }

    /// The answer to a validation: an administrator of the domain `d1`, and where.
    private static func validation(_ scope: Value) -> String {
        var token: Value.Object = [
            "user": ["id": "u1", "name": "eve", "domain": ["id": "d1", "name": "Tenant"]],
            "roles": [["id": "r1", "name": "admin"]], "expires_at": "2999-01-01T00:00:00.000000Z",
        ]
        for (name, value) in scope.objectValue ?? [:] { token[name] = value }
        let body = Value.object(["token": .object(token)]).json(.compact)
        return "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static let scopes: [(scope: Value, isAdministrator: Bool)] = [
        (["project": ["id": "p0", "name": "service", "domain": ["id": "default", "name": "Default"]]], true),
        (["project": ["id": "p1", "name": "service", "domain": ["id": "d1", "name": "Tenant"]]], false),
        (["project": ["id": "p2", "name": "other", "domain": ["id": "default", "name": "Default"]]], false),
        (["project": ["id": "d0", "name": "service", "domain": ["id": nil, "name": nil]], "is_domain": true], false),
        (["domain": ["id": "default", "name": "Default"]], true),
        (["domain": ["id": "d1", "name": "Tenant"]], false),
        (["domain": [:]], false),
        (["project": nil, "domain": ["id": "d1", "name": "Tenant"]], false),
        (["system": ["all": true]], true),
        (["system": ["all": false]], false),
        (["system": ["all": true], "domain": ["id": "d1", "name": "Tenant"]], false),
        ([:], false),
    ]

    @Test(
        "of several domains only administrators of the service's project, of its domain or of the system are ours",
        arguments: scopes)
    func domains(scope: Value, isAdministrator: Bool) async throws {
        let server = try await TinyServer.start([Self.login, Self.validation(scope)])
        let found = try await keystone("http://127.0.0.1:\(server.port)", timeout: 60).subject(of: "token")
        await server.stop()
        let subject = try #require(found)
        #expect(subject.roles == ["admin"])
        #expect(subject.isOfServiceProject == isAdministrator)
        #expect(
            PolicyEngine.builtIn.permits("workflow_orchestrator:list_actions", subject) == isAdministrator, "\(scope)")
        // Rules see the domain of the user, not the daemon's.
        let site = PolicyEngine(overriding: [
            "ours": try PolicyParser.parse("user_domain_id:default"),
            "theirs": try PolicyParser.parse("user_domain_id:d1"),
        ])
        #expect(!site.permits("ours", subject) && site.permits("theirs", subject))
    }

    @Test("an address with or without /v3 is the same")
    func addresses() {
        for url in ["http://k:5000", "http://k:5000/", "http://k:5000/v3", "http://k:5000/v3/"] {
            #expect(keystone(url).url == "http://k:5000/v3")
        }
    }
}
