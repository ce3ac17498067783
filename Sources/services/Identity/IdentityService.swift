import Logging
import MessageCatalog
import Primitives
import Store

/// Users, projects, roles and tokens of this daemon (`docs/reference/keystone.md`).
///
/// Errors are `IdentityError`, and `StoreError` where the database cannot be read or written.
package final class IdentityService: Sendable {
    let database: Database
    package let serviceProject: String
    let passwords: PasswordChecker
    let limiter: LoginLimiter
    let cache = TokenCache()
    /// Is notified whenever users, roles or tokens have changed, except for new tokens.
    let changes = Notifier<Anything>()
    /// In seconds.
    let tokenLifetime: Double
    let now: @Sendable () -> Timestamp
    let logger: Logger
    /// Of logins, by source and reason.
    let refusedLogins = RepeatedEvents(each: 30, all: 300)

    /// How many tokens are kept for each user. The oldest are removed.
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

    /// Removes expired tokens every five minutes. Returns when it is cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            do { try await prune() } catch { logger.warning(.tokensKept, "old tokens are kept: \(error.inWords)") }
            for _ in 0..<5 {
                try? await Task.sleep(for: .seconds(60))
                tellRefusedLogins()
            }
        }
    }

    /// Removes expired tokens, and of each user the oldest tokens beyond the limit.
    package func prune() async throws {
        let now = now()
        try await change { try $0.pruneIdentityTokens(now: now, limit: Self.tokenLimit) }
    }

    /// The token with this text, with its user and roles as they are now; nil where it is not valid.
    package func token(_ text: String) async throws -> Token? {
        guard let digest = TokenText.digest(text) else { return nil }
        let now = now()
        let (kept, generation) = cache.find(digest)
        if let kept { return kept.expires > now ? kept : nil }
        let found = try await database.read { try $0.identityToken(digest, now: now) }
        if let found { cache.keep(found, digest, generation: generation) }
        return found
    }

    /// Calls `look` with a token now, and whenever users, roles or tokens have changed, until `look` throws.
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

    /// Revokes a token at once, with every token that was made from it.
    ///
    /// - Returns: false where the token is not valid.
    package func revoke(_ text: String) async throws -> Bool {
        guard let digest = TokenText.digest(text), let token = try await token(text) else { return false }
        try await change { try $0.execute("DELETE FROM identity_tokens WHERE digest = ?", [.blob(digest)]) }
        logger.info(
            .tokenRevoked,
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
