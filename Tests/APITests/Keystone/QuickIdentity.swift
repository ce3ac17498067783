import Cryptography
import Identity
import Logging
import Primitives
import Store
import TestSupport
import Testing

/// A service with one administrator, whose password is `password`. Passwords are hashed quickly, and the clock stands still: no guess
/// is forgiven meanwhile.
func withQuickIdentity(administrator: String, _ body: (IdentityService) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let database = try Database.open(path: folder + "/test.db", migrations: IdentityMigration.all.withoutGaps)
        let scrypt = try #require(Scrypt(logarithmicCost: 1, blockSize: 1, parallelism: 1))
        let service = IdentityService(
            database: database, tokenLifetime: 3600,
            passwords: PasswordChecker(scrypt: scrypt, uptime: { 1000 }), uptime: { 1000 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try await service.createUser(
            name: administrator, password: Secret("password"), grants: [Grant(role: "admin", project: "service")])
        try await body(service)
        await database.close()
    }
}
