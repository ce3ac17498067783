import Logging
import MessageCatalog
import Primitives
import Store

extension IdentityService {
    /// Issues a token for a password or another token.
    ///
    /// - Parameters:
    ///   - source: the address that the login comes from, without port. Nil does not count failures.
    /// - Returns: the text of the token, of which only a hash is stored, and the token.
    /// - Throws: `IdentityError` of kind `unauthenticated`, `tooMany` or `busy`.
    package func login(
        _ proof: LoginProof, scope: ScopeRequest, source: String?
    ) async throws -> (text: String, token: Token) {
        switch proof {
        case .password(let named, let password):
            let user = try await user(named, password: password, source: source)
            return try await issue(
                to: user.user, of: .password(stored: user.stored),
                scope: scope == .unsaid ? defaultScope(user.user) : scope, source: source)
        case .token(let text):
            guard let digest = TokenText.digest(text), let token = try await token(text) else {
                audit("login refused", user: "", source, reason: "the token is not valid")
                throw IdentityError.unauthorized
            }
            return try await issue(to: token.user, of: .token(digest), scope: scope, source: source)
        }
    }

    /// The user whose password that is, and what is stored of the password.
    ///
    /// - Parameter event: what the log says of it.
    /// - Throws: `IdentityError` of kind `unauthenticated`, `tooMany` or `busy`.
    func user(
        _ named: Named, password: Secret<String>, source: String?, event: String = "login"
    ) async throws -> (user: User, stored: String) {
        let name =
            switch named {
            case .id(let id): "id \(id.prefix(255))"
            case .name(let name): "name \(name.prefix(255))"
            }
        let found: (user: User, stored: String)? = try await database.read { connection in
            guard let user = try connection.identityUser(named), let stored = try connection.identityPassword(user.id)
            else { return nil }
            return (user, stored)
        }
        // Whoever is named in two ways has no more guesses than otherwise.
        let key = found.map { "id \($0.user.id)" } ?? name
        // A client that logs in for every request is no guesser; elsewhere this would tell one which guess is right.
        if let found, found.user.isEnabled, limiter.isFamiliar(user: key, source: source),
            passwords.isKnown(password, found.stored)
        {
            return found
        }
        let attempt: LoginLimiter.Attempt
        do {
            attempt = try limiter.begin(user: key, source: source)
        } catch {
            audit("\(event) refused", user: name, source, reason: "too many failed logins")
            throw error
        }
        let isRight: Bool
        do {
            // An account that is disabled is as slow as one that is not there, be the password right or wrong.
            isRight = try await passwords.verify(
                password, against: found?.stored, isRemembered: found?.user.isEnabled == true)
        } catch {
            limiter.end(attempt, isSuccess: false)
            throw error
        }
        guard isRight, let found, found.user.isEnabled else {
            let reason = found == nil ? "no such user" : isRight ? "the user is disabled" : "wrong password"
            audit("\(event) refused", user: name, source, reason: reason)
            throw IdentityError.unauthorized
        }
        limiter.end(attempt, isSuccess: true)
        return found
    }

    private func defaultScope(_ user: User) -> ScopeRequest {
        user.defaultProject.map { .project(.id($0)) } ?? .unscoped
    }

    /// What a new token is made of, which may be gone by the time it is made.
    private enum Grounds: Sendable {
        /// What the password was checked against.
        case password(stored: String)
        /// The digest of a token.
        case token([UInt8])
    }

    private func issue(
        to user: User, of grounds: Grounds, scope: ScopeRequest, source: String?
    ) async throws -> (text: String, token: Token) {
        let text = TokenText.make()
        guard let digest = TokenText.digest(text) else {
            throw BoatyardError("identity.digest", "No digest can be computed; the host's libcrypto lacks SHA-256.")
        }
        let now = now()
        let lifetime = tokenLifetime
        let token: Token? = try await database.write { connection in
            var origin: (digest: [UInt8], token: Token)?
            switch grounds {
            case .password(let stored):
                guard try connection.identityPassword(user.id) == stored else { return nil }
            case .token(let digest):
                guard let token = try connection.identityToken(digest, now: now) else { return nil }
                origin = (digest, token)
            }
            guard let user = try connection.identityUser(.id(user.id)), user.isEnabled,
                let scope = try connection.scope(scope, unsaid: origin?.token.scope)
            else { return nil }
            let roles: [Role]
            switch scope {
            case .unscoped: roles = []
            case .domain: roles = try connection.identityRoles(of: user.id, on: nil)
            case .project(let project):
                roles = project.isEnabled ? try connection.identityRoles(of: user.id, on: project.id) : []
            }
            if scope != .unscoped, roles.isEmpty { return nil }
            let token = Token(
                user: user, methods: origin.map { Self.methods(of: $0.token) } ?? ["password"],
                auditIDs: [TokenText.auditID()] + (origin?.token.auditIDs.suffix(1) ?? []), issued: now,
                // A token made of a token ends with it.
                expires: origin?.token.expires ?? now.adding(seconds: lifetime), scope: scope, roles: roles)
            try connection.keepIdentityToken(token, digest: digest, origin: origin?.digest)
            return token
        }
        guard let token else {
            audit(
                "login refused", user: user.name, source,
                reason: "no role where the login wants to get, or changed meanwhile")
            throw IdentityError.unauthorized
        }
        audit("login", user: user.name, source, audit: token.auditIDs.first)
        return (text, token)
    }

    private static func methods(of token: Token) -> [String] {
        token.methods.contains("token") ? token.methods : token.methods + ["token"]
    }

    private func audit(_ event: String, user: String, _ source: String?, reason: String? = nil, audit: String? = nil) {
        let place = source ?? "local"
        // Beyond the limits of `RepeatedEvents` refused logins are counted, not logged one by one.
        if let reason, !refusedLogins.take("\(event) from \(place): \(reason)") { return }
        var metadata: Logger.Metadata = ["user": "\(user)", "source": "\(place)"]
        if let reason { metadata["reason"] = "\(reason)" }
        if let audit { metadata["audit"] = "\(audit)" }
        if reason == nil {
            logger.info(.loginAccepted, "\(event)", metadata: metadata)
        } else {
            logger.warning(.loginRefused, "\(event)", metadata: metadata)
        }
    }
}

extension IdentityService {
    /// Tells how many refusedLogins were not logged one by one since the last time.
    func tellRefusedLogins() {
        guard let rest = refusedLogins.drain(limit: 20) else { return }
        logger.warning(
            .loginsRefused,
            "logins refused and not logged one by one: \(rest.text)", metadata: ["repeated": "\(rest.count)"])
    }
}

extension Connection {
    /// - Parameter unsaid: what nothing said means.
    /// - Returns: nil where there is no such project or domain.
    fileprivate func scope(_ request: ScopeRequest, unsaid: TokenScope?) throws -> TokenScope? {
        switch request {
        case .unsaid: unsaid ?? .unscoped
        case .unscoped: .unscoped
        case .domain: .domain
        case .project(let named): try identityProject(named).map { .project($0) }
        case .elsewhere: nil
        }
    }
}
