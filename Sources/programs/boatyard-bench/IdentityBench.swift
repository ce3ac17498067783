import Identity
import Logging
import Primitives
import Store

/// How many logins a second, and what looking at a token costs.
enum IdentityBench {
    @Sendable static func run(_ figures: inout Figures) async throws {
        let temporary = try TemporaryFolder(prefix: "boatyard-bench")
        let folder = temporary.path
        defer { temporary.remove() }
        let database = try Database.open(
            path: folder + "/boatyard.db", migrations: IdentityMigration.all.withoutGaps)
        var logger = Logger(label: "bench")
        logger.logLevel = .critical
        let service = IdentityService(database: database, tokenLifetime: 3600, logger: logger)
        _ = try await service.createUser(
            name: "shipyard", password: Secret("password"), grants: [Grant(role: "admin", project: "service")])

        let checker = PasswordChecker(uptime: Uptime.seconds)
        let derivations = 8
        var began = Uptime.seconds()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<derivations { group.addTask { _ = try? await checker.hash(Secret("password")) } }
        }
        figures.tell(
            "logins, password not seen lately (scrypt 2^14, 8, 5)", Double(derivations) / (Uptime.seconds() - began),
            "a second")

        @Sendable func logIn() async throws -> String {
            try await service.login(
                .password(user: .name("shipyard"), Secret("password")), scope: .unsaid, source: "192.0.2.1"
            ).text
        }
        var tokens = [try await logIn()]
        began = Uptime.seconds()
        for _ in 0..<500 { tokens.append(try await logIn()) }
        figures.tell("logins, one after the other", 500 / (Uptime.seconds() - began), "a second")
        began = Uptime.seconds()
        tokens += try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<2000 { group.addTask { try await logIn() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        figures.tell("logins, many at once", 2000 / (Uptime.seconds() - began), "a second")

        // More than are remembered, so that each comes from the database.
        began = Uptime.seconds()
        for token in tokens { _ = try await service.token(token) }
        figures.check(
            "a look at a token, from the database", (Uptime.seconds() - began) / Double(tokens.count) * 1000, "ms",
            ceiling: 0.2)
        began = Uptime.seconds()
        for _ in 0..<20_000 { _ = try await service.token(tokens[0]) }
        figures.check("a look at a token, remembered", (Uptime.seconds() - began) / 20_000 * 1000, "ms", ceiling: 0.2)
        await database.close()
    }
}
