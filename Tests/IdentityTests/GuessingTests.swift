import Cryptography
import Logging
import Primitives
import TestSupport
import Testing

@testable import Identity

@Suite("Guessing passwords")
struct GuessingTests {
    @Test("ten wrong passwords lock a user out, but not where it came in from before")
    func user() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        _ = try await fixture.logIn(source: "192.0.2.1")
        for guess in 0..<10 {
            await #expect(throws: IdentityError.unauthorized) {
                _ = try await fixture.logIn("shipyard", "guess \(guess)", source: "198.51.100.\(guess)")
            }
        }
        do {
            _ = try await fixture.logIn("shipyard", "password", source: "198.51.100.200")
            Issue.record("the eleventh attempt was let through")
        } catch let error as IdentityError {
            #expect(error.kind == .tooMany)
            #expect(error.retryAfter == 30)
        }
        #expect(try await fixture.logIn(source: "192.0.2.1").token.user.name == "shipyard")
        fixture.clock.advance(31)
        #expect(try await fixture.logIn(source: "198.51.100.200").token.user.name == "shipyard")
    }

    @Test("a user named by name and by id has no more guesses than otherwise")
    func nameAndID() async throws {
        let fixture = try Fixture()
        let user = try await fixture.withShipyard()
        for guess in 0..<10 {
            let named = guess % 2 == 0 ? Named.id(user.id) : .name("shipyard")
            await #expect(throws: IdentityError.unauthorized) {
                _ = try await fixture.service.login(
                    .password(user: named, Secret("guess")), scope: .unsaid, source: "198.51.100.\(guess)")
            }
        }
        for named in [Named.id(user.id), .name("shipyard")] {
            await #expect(
                throws: IdentityError(.tooMany, "Too many failed logins; try again in 30 seconds.", retryAfter: 30)
            ) {
                _ = try await fixture.service.login(
                    .password(user: named, Secret("password")), scope: .unsaid, source: "198.51.100.99")
            }
        }
        await #expect(
            throws: IdentityError(.tooMany, "Too many failed logins; try again in 30 seconds.", retryAfter: 30)
        ) {
            try await fixture.service.changePassword(
                of: user.id, from: Secret("password"), to: Secret("x"), source: "198.51.100.99")
        }
    }

    @Test("who guesses all day gets thirty lines a minute, and then a number")
    func repeated() async throws {
        let fixture = try Fixture()
        for _ in 0..<200 {
            await #expect(throws: IdentityError.self) {
                _ = try await fixture.logIn("nobody", "x", source: "192.0.2.9")
            }
        }
        func refused() -> Int { fixture.log.events.count { $0.message == "login refused" } }
        // Ten are wrong, and all others too many.
        #expect(refused() == 10 + 30)
        fixture.service.tellRefusedLogins()
        #expect(
            fixture.log.events.last?.message
                == "logins refused and not logged one by one: 160 login refused from 192.0.2.9: too many failed logins")
        fixture.service.tellRefusedLogins()
        #expect(refused() == 40 && fixture.log.events.count { $0.level == .warning } == 41)
    }

    @Test("a name of any length is nobody's, and is cut where it is kept or told")
    func longName() async throws {
        let fixture = try Fixture()
        let name = String(repeating: "\u{e9}x", count: 16 << 10)
        await #expect(throws: IdentityError.unauthorized) {
            _ = try await fixture.logIn(name, "x", source: "192.0.2.9")
        }
        let line = try #require(fixture.log.events.last { $0.message == "login refused" })
        #expect(line.metadata["user"].map { "\($0)".count } == 5 + 255)
    }

    @Test("an attempt that was not taken is not given back")
    func familiarGivesNothing() throws {
        let clock = TestClock()
        let limiter = LoginLimiter(uptime: clock.uptime)
        limiter.end(try limiter.begin(user: "id 1", source: "192.0.2.1"), isSuccess: true)
        for guess in 0..<10 { _ = try limiter.begin(user: "id 1", source: "198.51.100.\(guess)") }
        // Comes in beside the limit of the user, and counts nothing.
        for _ in 0..<5 { limiter.end(try limiter.begin(user: "id 1", source: "192.0.2.1"), isSuccess: true) }
        #expect(throws: IdentityError.self) { _ = try limiter.begin(user: "id 1", source: "198.51.100.99") }
    }

    @Test("a change of a password that was never looked at is no guess")
    func busyChange() async throws {
        let fixture = try Fixture()
        let user = try await fixture.withShipyard()
        let busy = IdentityService(
            database: fixture.database, tokenLifetime: 3600,
            passwords: PasswordChecker(scrypt: .quick, workers: 0, queue: 0, uptime: fixture.clock.uptime),
            uptime: fixture.clock.uptime, now: fixture.clock.now, logger: fixture.service.logger)
        for _ in 0..<40 {
            await #expect(
                throws: IdentityError(.busy, "Too many logins are going on; try again in some seconds.")
            ) {
                try await busy.changePassword(
                    of: user.id, from: Secret("password"), to: Secret("x"), source: "198.51.100.1")
            }
        }
    }

    @Test("a source gets thirty wrong ones, whatever the names")
    func source() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        for guess in 0..<30 {
            await #expect(throws: IdentityError.unauthorized) { _ = try await fixture.logIn("user \(guess)", "x") }
        }
        await #expect(throws: IdentityError.self) { _ = try await fixture.logIn() }
        #expect(try await fixture.logIn(source: "192.0.2.2").token.user.name == "shipyard")
    }

    @Test("successful logins are never too many")
    func successes() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        for _ in 0..<100 { _ = try await fixture.logIn() }
    }

    @Test("a client that logs in a hundred times at once is no guesser")
    func manyAtOnce() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        _ = try await fixture.logIn()
        let count = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { _ = try await fixture.logIn() } }
            return try await group.reduce(into: 0) { count, _ in count += 1 }
        }
        #expect(count == 100)
        // Once the limit is reached elsewhere, the right guess is told from a wrong one by nobody.
        for _ in 0..<30 { _ = try? await fixture.logIn("shipyard", "wrong", source: "198.51.100.1") }
        await #expect(throws: IdentityError.self) { _ = try await fixture.logIn(source: "198.51.100.1") }
    }

    @Test("a hundred guesses at once are a hundred")
    func atOnce() async throws {
        let fixture = try Fixture()
        _ = try await fixture.withShipyard()
        let kinds = await withTaskGroup(of: ErrorKind?.self) { group in
            for guess in 0..<100 {
                group.addTask {
                    do { _ = try await fixture.logIn("shipyard", "\(guess)") } catch {
                        return (error as? IdentityError)?.kind
                    }
                    return nil
                }
            }
            return await group.reduce(into: [ErrorKind?]()) { $0.append($1) }
        }
        #expect(kinds.count { $0 == .unauthenticated } == 10)
        #expect(kinds.count { $0 == .tooMany } == 90)
    }

    @Test("a flood of names neither grows the table nor frees the one that is guessed at")
    func flood() {
        var table = AttemptTable(burst: 3, interval: 10, capacity: 100)
        for _ in 0..<3 { #expect(table.take("victim", now: 0) == nil) }
        for index in 0..<10_000 { #expect(table.take("name \(index)", now: 0) == nil) }
        #expect(table.count <= 100)
        #expect(table.take("victim", now: 0) == 10)
        #expect(table.take("victim", now: 10) == nil)
        #expect(table.take("victim", now: 10) == 10)
    }

    @Test("who forgot a failure long ago has the whole burst again")
    func refill() {
        var table = AttemptTable(burst: 2, interval: 10)
        #expect(table.take("a", now: 0) == nil)
        table.giveBack("a", now: 0)
        #expect(table.count == 0)
        for _ in 0..<2 { #expect(table.take("a", now: 0) == nil) }
        #expect(table.take("a", now: 5) == 5)
        for _ in 0..<2 { #expect(table.take("a", now: 1000) == nil) }
        #expect(table.take("a", now: 1000) == 10)
    }

    @Test("a password that was right is known for five minutes, a wrong one never")
    func known() async throws {
        let clock = TestClock()
        let checker = PasswordChecker(scrypt: .quick, uptime: clock.uptime)
        let stored = try await checker.hash(Secret("right"))
        #expect(!checker.isKnown(Secret("right"), stored))
        #expect(try await checker.verify(Secret("right"), against: stored))
        #expect(checker.isKnown(Secret("right"), stored))
        #expect(!checker.isKnown(Secret("wrong"), stored))
        #expect(try await !checker.verify(Secret("wrong"), against: stored))
        clock.advance(301)
        #expect(!checker.isKnown(Secret("right"), stored))
        #expect(try await !checker.verify(Secret("right"), against: nil))
        #expect(try await !checker.verify(Secret(""), against: nil))
        #expect(try await !checker.verify(Secret("right"), against: "plain"))
    }

    @Test("more logins at once than the queue holds are told to come again")
    func busy() async throws {
        let clock = TestClock()
        let checker = PasswordChecker(scrypt: .standard, workers: 1, queue: 1, uptime: clock.uptime)
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? await checker.hash(Secret("x"))) != nil } }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(results.contains(true))
        #expect(results.contains(false))
    }

    @Test("what is stored of a password reads back, and nothing else does")
    func stored() throws {
        let hash = try PasswordHash.make(Secret("a"), .quick)
        #expect(PasswordHash(hash.text) == hash)
        #expect(try hash.matches(Secret("a")))
        #expect(try !hash.matches(Secret("b")))
        for text in ["", "$scrypt$", "$scrypt$ln=60,r=8,p=5$00$00", hash.text + "0", "$md5" + hash.text] {
            #expect(PasswordHash(text) == nil, "\(text)")
        }
    }
}
