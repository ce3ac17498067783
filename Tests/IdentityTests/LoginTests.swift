import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import Identity

@Suite("Logins and tokens")
struct LoginTests {
    @Test("a login without scope gets the user's project, and its token names user, roles and times")
    func defaultProject() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        let (text, token) = try await fixture.logIn()
        #expect(text.count == 64)
        #expect(token.user.name == "shipyard")
        #expect(token.roles.map(\.name) == ["admin"])
        #expect(token.expires.seconds(since: token.issued) == 3600)
        guard case .project(let project) = token.scope else {
            Issue.record("the scope is \(token.scope)")
            return
        }
        #expect(project.name == "service")
        #expect(try await fixture.service.token(text) == token)
    }

    @Test("wrong password, unknown and disabled user are refused alike")
    func refused() async throws {
        let fixture = try Fixture()
        let user = try await fixture.withShipyard()
        for (name, password) in [("shipyard", "Password"), ("nobody", "password"), ("", ""), ("shipyard", "")] {
            await #expect(throws: IdentityError.unauthorized) { _ = try await fixture.logIn(name, password) }
        }
        _ = try await fixture.service.updateUser(user.id, UserChange(isEnabled: false))
        await #expect(throws: IdentityError.unauthorized) { _ = try await fixture.logIn() }
    }

    @Test("a disabled user's password is derived anew each time, also one that was right a moment ago")
    func disabledCost() async throws {
        let fixture = try Fixture()
        let user = try await fixture.withShipyard()
        _ = try await fixture.logIn()
        let stored = try #require(try await fixture.database.read { try $0.identityPassword(user.id) })
        let passwords = fixture.service.passwords
        #expect(passwords.isKnown(Secret("password"), stored))
        let before = passwords.derivationCount
        _ = try await fixture.service.updateUser(user.id, UserChange(isEnabled: false))
        for password in ["password", "wrong"] {
            await #expect(throws: IdentityError.unauthorized) { _ = try await fixture.logIn("shipyard", password) }
        }
        await #expect(throws: IdentityError.unauthorized) { _ = try await fixture.logIn("nobody") }
        #expect(passwords.derivationCount == before + 3)
    }

    @Test("the same password set again changes nothing: tokens live on")
    func samePassword() async throws {
        let fixture = try Fixture()
        let user = try await fixture.withShipyard()
        let token = try await fixture.logIn().text
        let stored = try await fixture.database.read { try $0.identityPassword(user.id) }
        _ = try await fixture.service.updateUser(user.id, UserChange(password: Secret("password")))
        try await fixture.service.changePassword(
            of: user.id, from: Secret("password"), to: Secret("password"), source: nil)
        #expect(try await fixture.database.read { try $0.identityPassword(user.id) } == stored)
        #expect(try await fixture.service.token(token) != nil)
        _ = try await fixture.service.updateUser(user.id, UserChange(password: Secret("another")))
        #expect(try await fixture.service.token(token) == nil)
        #expect(try await fixture.logIn("shipyard", "another").token.user.id == user.id)
    }

    @Test("a scope needs a role there")
    func scopes() async throws {
        let fixture = try Fixture()
        let user = try await fixture.withShipyard()
        let other = try await fixture.service.createProject(name: "other", description: "")
        for scope in [ScopeRequest.project(.id(other.id)), .project(.name("none")), .domain, .elsewhere] {
            await #expect(throws: IdentityError.unauthorized) { _ = try await fixture.logIn(scope: scope) }
        }
        #expect(try await fixture.logIn(scope: .unscoped).token.roles.isEmpty)
        #expect(try await fixture.logIn(scope: .project(.name("service"))).token.roles.count == 1)
        let role = try await fixture.service.role(.name("ADMIN"))
        try await fixture.service.grant(role.id, to: user.id, on: nil)
        #expect(try await fixture.logIn(scope: .domain).token.scope == .domain)
    }

    @Test("a token of a token keeps scope and end")
    func rescope() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        let first = try await fixture.logIn()
        fixture.clock.advance(600)
        let second = try await fixture.service.login(.token(first.text), scope: .unsaid, source: nil)
        #expect(second.text != first.text)
        #expect(second.token.scope == first.token.scope)
        #expect(second.token.expires == first.token.expires)
        #expect(second.token.methods == ["password", "token"])
        #expect(second.token.auditIDs.last == first.token.auditIDs.first)
        await #expect(throws: IdentityError.unauthorized) {
            _ = try await fixture.service.login(.token("0"), scope: .unsaid, source: nil)
        }
    }

    @Test("a revoked token takes those with it that were made of it, however far, and no other")
    func chain() async throws {
        let fixture = try Fixture()
        let service = fixture.service
        _ = try await fixture.withShipyard()
        let other = try await fixture.logIn().text
        let first = try await fixture.logIn().text
        func made(of text: String) async throws -> String {
            try await service.login(.token(text), scope: .unsaid, source: nil).text
        }
        let second = try await made(of: first)
        let (third, aside) = (try await made(of: second), try await made(of: first))
        for text in [first, second, third, aside] { #expect(try await service.token(text) != nil) }
        #expect(try await service.revoke(second))
        #expect(try await service.token(second) == nil)
        #expect(try await service.token(third) == nil, "it was made of the one that is revoked")
        #expect(try await service.token(first) != nil, "nobody revoked what it was made of")
        #expect(try await service.revoke(first))
        #expect(try await service.token(aside) == nil)
        #expect(try await service.token(other) != nil)
    }

    @Test("nothing is made of a token that is gone when it comes to that")
    func lateRevocation() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        let text = try await fixture.logIn().text
        #expect(try await fixture.service.token(text) != nil)
        // As a revocation does between the look at the token and the making of the next.
        try await fixture.database.write { try $0.execute("DELETE FROM identity_tokens") }
        await #expect(throws: IdentityError.unauthorized) {
            _ = try await fixture.service.login(.token(text), scope: .unsaid, source: nil)
        }
    }

    private struct Over: Error {}

    @Test("who follows a token learns of its revocation, of the loss of a role, of its end", .timeLimit(.minutes(1)))
    func follow() async throws {
        let fixture = try Fixture()
        let service = fixture.service
        let user = try await fixture.withShipyard()
        let project = try await service.project(.name("service"))
        let reader = try await service.createRole(name: "reader")
        try await service.grant(reader.id, to: user.id, on: project.id)
        let text = try await fixture.logIn().text
        let (looks, look) = AsyncStream<[String]?>.makeStream()
        let following = Task<Void, any Error> {
            try await service.follow(text) { token in
                look.yield(token?.roles.map(\.name))
                if token == nil { throw Over() }
            }
        }
        var seen = looks.makeAsyncIterator()
        #expect(await seen.next() == ["admin", "reader"])
        try await service.revoke(reader.id, from: user.id, on: project.id)
        #expect(await seen.next() == ["admin"])
        #expect(try await service.revoke(text))
        #expect(await seen.next() == .some(nil))
        await #expect(throws: Over.self) { try await following.value }

        let last = try await fixture.logIn().text
        fixture.clock.advance(3599.99)
        let count = Mutex(0)
        let ending = Task<Void, any Error> {
            try await service.follow(last) { token in
                if token == nil { throw Over() }
                // Nothing rings at the end of its time.
                let isSecond = count.withLock { count in
                    count += 1
                    return count == 2
                }
                if isSecond { fixture.clock.advance(1) }
            }
        }
        await #expect(throws: Over.self) { try await ending.value }
    }

    @Test("a token ends with its time, its revocation, its user, its password, its role, its project")
    func ends() async throws {
        let fixture = try Fixture()
        let service = fixture.service
        func valid(_ text: String) async throws -> Bool { try await service.token(text) != nil }
        var user = try await fixture.withShipyard()
        var text = try await fixture.logIn().text
        #expect(try await valid(text))
        fixture.clock.advance(3601)
        #expect(try await !valid(text))

        text = try await fixture.logIn().text
        #expect(try await valid(text))
        #expect(try await service.revoke(text))
        #expect(try await !valid(text))
        #expect(try await !service.revoke(text))

        text = try await fixture.logIn().text
        #expect(try await valid(text))
        _ = try await service.updateUser(user.id, UserChange(password: Secret("other")))
        #expect(try await !valid(text))
        await #expect(throws: IdentityError.unauthorized) { _ = try await fixture.logIn() }

        text = try await fixture.logIn("shipyard", "other").text
        #expect(try await valid(text))
        let refused = UserChange(name: "renamed", isEnabled: false, password: Secret(""))
        await #expect(throws: (any Error).self) { _ = try await service.updateUser(user.id, refused) }
        #expect(try await valid(text), "what is refused changes nothing")
        _ = try await service.updateUser(user.id, UserChange(isEnabled: false))
        #expect(try await !valid(text))
        _ = try await service.updateUser(user.id, UserChange(isEnabled: true))
        #expect(try await !valid(text), "a user who is back has no tokens from before")

        text = try await fixture.logIn("shipyard", "other").text
        #expect(try await valid(text))
        let project = try await service.project(.name("service"))
        _ = try await service.updateProject(project.id, name: nil, description: nil, isEnabled: false)
        #expect(try await !valid(text))
        _ = try await service.updateProject(project.id, name: nil, description: nil, isEnabled: true)
        #expect(try await valid(text))
        try await service.revoke(try await service.role(.name("admin")).id, from: user.id, on: project.id)
        #expect(try await !valid(text))

        try await service.deleteUser(user.id)
        user = try await fixture.withShipyard()
        text = try await fixture.logIn().text
        #expect(try await valid(text))
        try await service.deleteUser(user.id)
        #expect(try await !valid(text))
        let problems = try await fixture.database.read { connection in
            try connection.query("PRAGMA integrity_check").map { try $0.text(0) }
                + connection.query("PRAGMA foreign_key_check").map { "a row of \(try $0.text(0)) refers to none" }
        }
        #expect(problems == ["ok"])
    }

    @Test("what is no token is none", arguments: ["", "x", String(repeating: "g", count: 64), "é", "\0"])
    func noToken(text: String) async throws {
        #expect(try await Fixture().service.token(text) == nil)
    }

    @Test("the database holds neither tokens nor passwords")
    func stored() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        let text = try await fixture.logIn().text
        let kept = try await fixture.database.read { connection in
            try connection.query("SELECT hex(digest) AS a FROM identity_tokens").map { try $0.text(0) }
                + connection.query("SELECT password FROM identity_users").map { try $0.text(0) }
        }
        #expect(kept.count == 2)
        #expect(kept.allSatisfy { !$0.lowercased().contains(text) && !$0.contains("password") })
        #expect(kept.last?.hasPrefix("$scrypt$ln=1,r=1,p=1$") == true)
    }

    @Test("tokens that are over are forgotten, and those beyond what a user may have")
    func prune() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        _ = try await fixture.logIn()
        fixture.clock.advance(1800)
        let texts = [try await fixture.logIn().text, try await fixture.logIn().text]
        func count() async throws -> Int {
            try await fixture.database.read { try $0.query("SELECT count(*) FROM identity_tokens")[0].int(0) }
        }
        fixture.clock.advance(1801)
        try await fixture.service.prune()
        #expect(try await count() == 2)
        let now = fixture.clock.now()
        try await fixture.database.write { try $0.pruneIdentityTokens(now: now, limit: 1) }
        #expect(try await count() == 1)
        #expect(texts.count == 2)
    }

    @Test("a clock that jumps back an hour ends nothing and lets nobody in")
    func clockBack() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        let text = try await fixture.logIn().text
        for _ in 0..<30 { _ = try? await fixture.logIn("shipyard", "wrong", source: "192.0.2.9") }
        fixture.clock.set(back: 3600)
        #expect(try await fixture.service.token(text) != nil)
        #expect(try await fixture.logIn().token.user.name == "shipyard")
        await #expect(throws: IdentityError.self) {
            _ = try await fixture.logIn("shipyard", "wrong", source: "192.0.2.9")
        }
        fixture.clock.advance(400)
        #expect(try await fixture.logIn(source: "192.0.2.9").token.user.name == "shipyard")
    }

    @Test("logins are told with user and source, never with a password")
    func audit() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        let (text, _) = try await fixture.logIn()
        _ = try? await fixture.logIn("shipyard", "wrong-secret")
        _ = try await fixture.service.revoke(text)
        let lines = fixture.log.lines
        #expect(lines.contains { $0.hasPrefix("info login audit=") && $0.hasSuffix("source=192.0.2.1 user=shipyard") })
        #expect(
            lines.contains("warning login refused reason=wrong password source=192.0.2.1 user=name shipyard"),
            "\(lines)")
        #expect(lines.contains { $0.hasPrefix("info token revoked") })
        #expect(!lines.contains { $0.contains("wrong-secret") || $0.contains(text) || $0.contains("password=") })
    }

    @Test("of several changes of one password one wins; the others know a password that is none any more")
    func changeOnce() async throws {
        let fixture = try Fixture()
        let user = try await fixture.withShipyard()
        let results = await withTaskGroup(of: String?.self) { group in
            for number in 0..<8 {
                group.addTask {
                    do {
                        try await fixture.service.changePassword(
                            of: user.id, from: Secret("password"), to: Secret("new \(number)"), source: nil)
                        return "new \(number)"
                    } catch { return error as? IdentityError == .unauthorized ? nil : "\(error)" }
                }
            }
            return await group.reduce(into: [String]()) { if let result = $1 { $0.append(result) } }
        }
        #expect(results.count == 1, "\(results)")
        let stored = try #require(try await fixture.database.read { try $0.identityPassword(user.id) })
        #expect(try await fixture.service.passwords.verify(Secret(results[0]), against: stored))
        await #expect(throws: IdentityError.unauthorized, "an administrator's reset stays") {
            _ = try await fixture.service.updateUser(
                user.id, UserChange(password: Secret("late")), whosePassword: stored + "0")
        }
        #expect(try await fixture.database.read { try $0.identityPassword(user.id) } == stored)
    }

    @Test("names that nobody could type are refused, and taken ones are a conflict")
    func names() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        for name in ["", " a", "a ", "a\nb", String(repeating: "a", count: 256)] {
            await #expect(throws: IdentityError.self) {
                _ = try await fixture.service.createUser(name: name, password: Secret("x"))
            }
        }
        await #expect(throws: IdentityError.duplicate("user", "shipyard")) { _ = try await fixture.withShipyard() }
        for password in ["", String(repeating: "a", count: 4097)] {
            await #expect(throws: IdentityError.self) {
                _ = try await fixture.service.createUser(name: "bob", password: Secret(password))
            }
        }
        #expect(try await fixture.service.users().map(\.name) == ["shipyard"])
    }
}
