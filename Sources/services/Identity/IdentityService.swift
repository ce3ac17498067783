import Logging
import Primitives
import Store

/// Users, roles and tokens of this daemon.
package final class IdentityService: Sendable {
    let database: Database
    package let serviceProject: String
    let passwords: PasswordChecker
    let limiter: LoginLimiter
    let cache = TokenCache()
    /// Rings whenever anything about users, roles or tokens has changed, but for new tokens.
    let changes = Notifier<Anything>()
    /// Seconds.
    let tokenLifetime: Double
    let now: @Sendable () -> Timestamp
    let logger: Logger
    /// Of logins, by source and reason.
    let refusedLogins = RepeatedEvents(each: 30, all: 300)

    /// A user has no use for more at a time; the oldest are forgotten.
    static let tokenLimit = 20_000

    /// - Parameters:
    ///   - database: opened with `IdentityMigration.all`.
    ///   - tokenLifetime: seconds.
    ///   - serviceProject: by name; the built-in rules ask for a role on it, or on the domain.
    package init(
        database: Database, tokenLifetime: Double, serviceProject: String = "service",
        passwords: PasswordChecker? = nil,
        uptime: @escaping @Sendable () -> Double = Uptime.seconds,
        now: @escaping @Sendable () -> Timestamp = { .now() }, logger: Logger
    ) {
        self.database = database
        self.tokenLifetime = tokenLifetime
        self.serviceProject = serviceProject
        self.passwords = passwords ?? PasswordChecker(uptime: uptime)
        limiter = LoginLimiter(uptime: uptime)
        self.now = now
        self.logger = logger
    }

    /// Forgets tokens that are over; returns at cancellation.
    package func run() async throws {
        while !Task.isCancelled {
            do { try await prune() } catch { logger.warning("old tokens are kept: \(error)") }
            for _ in 0..<5 {
                try? await Task.sleep(for: .seconds(60))
                tellRefusedLogins()
            }
        }
    }

    /// Deletes tokens that have expired.
    package func prune() async throws {
        let now = now()
        try await change { try $0.pruneIdentityTokens(now: now, limit: Self.tokenLimit) }
    }

    /// The token of a text; nil where it is not valid now.
    package func token(_ text: String) async throws -> Token? {
        guard let digest = TokenText.digest(text) else { return nil }
        let now = now()
        let (kept, generation) = cache.find(digest)
        if let kept { return kept.expires > now ? kept : nil }
        let found = try await database.read { try $0.identityToken(digest, now: now) }
        if let found { cache.keep(found, digest, generation: generation) }
        return found
    }

    /// Looks at a token now and whenever it may have become another, until `look` throws.
    ///
    /// - Parameter look: gets nil once the token is not valid any more, and has to throw then.
    /// - Throws: what `look` throws, `StoreError`, and `CancellationError`.
    package func follow(_ text: String, _ look: @Sendable (Token?) throws -> Void) async throws -> Never {
        while true {
            let seen = changes.count
            let token = try await token(text)
            try look(token)
            let left = token.map { $0.expires.seconds(since: now()) } ?? 0
            try await changes.wait(for: .anything, after: seen, atMost: left)
        }
    }

    /// Makes a token worthless at once, and with it every one that was made of it.
    ///
    /// - Returns: false where it is not valid.
    package func revoke(_ text: String) async throws -> Bool {
        guard let digest = TokenText.digest(text), let token = try await token(text) else { return false }
        try await change { try $0.execute("DELETE FROM identity_tokens WHERE digest = ?", [.blob(digest)]) }
        logger.info(
            "token revoked", metadata: ["user": "\(token.user.name)", "audit": "\(token.auditIDs.first ?? "")"])
        return true
    }

    /// Writes, and forgets what was looked up before.
    func change<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        let result = try await database.write(body)
        cache.empty()
        changes.notify()
        return result
    }
}
