import Cryptography
import Logging
import Primitives
import Store
import Synchronization
import TestSupport

@testable import Identity

/// Identity over a database of its own, with clocks that a test sets and passwords that are hashed quickly.
final class Fixture: Sendable {
    let service: IdentityService
    let database: Database
    let clock: TestClock
    let log = RecordedLog()
    private let folder: OwnedFolder

    init(clock: TestClock = TestClock()) throws {
        folder = try OwnedFolder()
        database = try Database.open(
            path: folder.path + "/boatyard.db", migrations: IdentityMigration.all.withoutGaps)
        self.clock = clock
        service = IdentityService(
            database: database, tokenLifetime: 3600, passwords: PasswordChecker(scrypt: .quick, uptime: clock.uptime),
            uptime: clock.uptime,
            now: clock.now, logger: log.logger)
    }

    /// A user `shipyard` with the password `password` and the role `admin` on the project `service`.
    func withShipyard() async throws -> User {
        try await service.createUser(
            name: "shipyard", password: Secret("password"), grants: [Grant(role: "admin", project: "service")])
    }

    func logIn(
        _ name: String = "shipyard", _ password: String = "password", scope: ScopeRequest = .unsaid,
        source: String? = "192.0.2.1"
    ) async throws -> (text: String, token: Token) {
        try await service.login(.password(user: .name(name), Secret(password)), scope: scope, source: source)
    }
}

extension Scrypt {
    /// For tests alone.
    static let quick = Scrypt(logarithmicCost: 1, blockSize: 1, parallelism: 1) ?? .standard
}

/// Wall clock and uptime, which only a test moves.
final class TestClock: Sendable {
    private let state = Mutex((wall: Timestamp(microseconds: 1_800_000_000_000_000), uptime: 1000.0))

    var now: @Sendable () -> Timestamp { { self.state.withLock { $0.wall } } }
    var uptime: @Sendable () -> Double { { self.state.withLock { $0.uptime } } }

    /// Time goes by.
    func advance(_ seconds: Double) {
        state.withLock {
            $0.wall = $0.wall.adding(seconds: seconds)
            $0.uptime += seconds
        }
    }

    /// Somebody sets the clock.
    func set(back seconds: Double) { state.withLock { $0.wall = $0.wall.adding(seconds: -seconds) } }
}
