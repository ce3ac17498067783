import Cryptography
import Primitives
import Synchronization

/// Validates tokens at an external Keystone (`docs/reference/keystone.md` §7).
package final class ExternalKeystone: Sendable {
    private struct Known {
        var login: ExternalLogin
        var until: Double
    }

    /// The address of the Keystone, with `/v3` and without user and password.
    package let url: String
    let client: KeystoneClient
    /// Of failed logins by the page.
    let limiter: LoginLimiter
    private let login: ServiceLogin
    private let cacheTime: Double
    private let serviceProject: String
    private let projectDomain: String
    /// Limits how many tokens are validated at once. Clients may send unknown tokens at any rate, and each costs a
    /// request.
    let validations = KeyedSemaphore<Anything>(limit: validationLimit, queueLimit: 256)
    private let known = Mutex<[[UInt8]: Known]>([:])
    private let uptime: @Sendable () -> Double
    private let now: @Sendable () -> Timestamp

    /// How many tokens are validated at once.
    static let validationLimit = 16
    private static let capacity = 1024
    /// In bytes. A longer text is no token.
    private static let longest = 8192

    package init(
        _ configuration: KeystoneConfiguration, uptime: @escaping @Sendable () -> Double = Uptime.seconds,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        url = configuration.url
        client = KeystoneClient(configuration: configuration)
        limiter = LoginLimiter(uptime: uptime)
        login = ServiceLogin(client: client, uptime: uptime)
        cacheTime = configuration.cacheTime
        serviceProject = configuration.project
        projectDomain = configuration.projectDomain
        self.uptime = uptime
        self.now = now
    }

    /// The user of a token with its roles; nil where Keystone does not know the token, or it has expired.
    ///
    /// - Throws: `IdentityUnavailable` where Keystone does not answer usably, or too many tokens are being validated.
    package func subject(of token: String) async throws -> PolicySubject? { try await login(of: token)?.subject }

    /// What a token is; nil where Keystone does not know it, or it has expired.
    ///
    /// - Throws: as `subject(of:)`.
    package func login(of token: String) async throws -> ExternalLogin? {
        guard (1...Self.longest).contains(token.utf8.count), token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            return nil
        }
        let digest = Hash.sha256(Array(token.utf8))
        if let known = recent(digest) { return known.login.expires > now() ? known.login : nil }
        let found: Known?
        do {
            found = try await validations.withTurn(at: .anything) { try await validate(token) }
        } catch is KeyedSemaphore<Anything>.WaitError {
            throw IdentityUnavailable(
                reason: "Too many tokens are being validated at \(url); try again in some seconds")
        }
        guard let found, found.login.expires > now() else { return nil }
        remember(found, digest)
        return found.login
    }

    /// Calls `look` with the user of a token now, and whenever the token has been validated again, until `look` throws.
    /// Keystone does not tell of changes, so the token is validated as often as that of any client.
    ///
    /// - Parameter look: gets nil once the token is not valid any more, and has to throw then.
    /// - Throws: what `look` throws, `IdentityUnavailable`, and `CancellationError`.
    package func follow(_ token: String, _ look: @Sendable (PolicySubject?) throws -> Void) async throws -> Never {
        while true {
            try look(try await subject(of: token))
            let known = recent(Hash.sha256(Array(token.utf8)))
            let left = known.map { min($0.until - uptime(), $0.login.expires.seconds(since: now())) }
            // Who was not kept is asked about again, but not at once.
            try await Task.sleep(for: .seconds(min(max(left ?? Self.leastPause, Self.leastPause), Self.longestPause)))
        }
    }

    /// Seconds.
    private static let leastPause = 5.0
    /// Seconds: a server may say that a token expires when no timer counts that far.
    private static let longestPause = 86400.0

    private func recent(_ digest: [UInt8]) -> Known? {
        known.withLock { $0[digest] }.flatMap { $0.until > uptime() ? $0 : nil }
    }

    /// A token of the daemon's own account, for services that ask for one.
    ///
    /// - Parameter refused: one that a service did not take.
    /// - Throws: `IdentityUnavailable`.
    package func serviceToken(replacing refused: Secret<String>? = nil) async throws -> Secret<String> {
        Secret(try await login.token(replacing: refused?.reveal()))
    }

    private func remember(_ found: Known, _ digest: [UInt8]) {
        let now = uptime()
        known.withLock { known in
            if known.count >= Self.capacity {
                known = known.filter { $0.value.until > now }
                if known.count >= Self.capacity { known.removeAll() }
            }
            known[digest] = found
        }
    }

    /// Forgets what is known of a token.
    func forget(_ token: String) {
        let digest = Hash.sha256(Array(token.utf8))
        known.withLock { $0[digest] = nil }
    }

    private func validate(_ token: String) async throws -> Known? {
        let own = try await login.token()
        var answer = try await client.validate(token, as: own)
        if answer.status == 401 {
            answer = try await client.validate(token, as: try await login.token(replacing: own))
        }
        switch answer.status {
        case 404: return nil
        case 200:
            guard let value = answer.value?["token"], let found = login(value) else {
                throw IdentityUnavailable(reason: "Keystone at \(url) answers a validation without a token's fields")
            }
            return Known(login: found, until: uptime() + cacheTime)
        case 401, 403:
            throw IdentityUnavailable(
                reason: "Keystone at \(url) does not let us validate tokens (\(answer.status)); give the user of "
                    + "identity.keystone the role for it")
        default: throw IdentityUnavailable(reason: "Keystone at \(url) answers a validation with \(answer.status)")
        }
    }

    /// What an answer of Keystone's says of a token; nil where it lacks what every token has.
    func login(_ token: Value) -> ExternalLogin? {
        guard let user = token["user"], let id = user["id"]?.stringValue, let name = user["name"]?.stringValue,
            let expires = token["expires_at"]?.stringValue.flatMap({ Timestamp($0) })
        else { return nil }
        let roles = (token["roles"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue?.lowercased() }
        return ExternalLogin(
            subject: PolicySubject(
                roles: Set(roles), userName: name, userID: id, userDomainID: user["domain"]?["id"]?.stringValue,
                projectID: token["project"]?["id"]?.stringValue, domainID: token["domain"]?["id"]?.stringValue,
                isOfServiceProject: isOfServiceProject(token)),
            project: token["project"]?["name"]?.stringValue, expires: expires)
    }

    /// Whether the token is for the project of our own account, for that project's domain, or for the whole system.
    private func isOfServiceProject(_ token: Value) -> Bool {
        if let project = token["project"], !project.isNull {
            return project["name"]?.stringValue == serviceProject && isServiceDomain(project["domain"])
        }
        if let domain = token["domain"], !domain.isNull { return isServiceDomain(domain) }
        return token["system"]?["all"] == true
    }

    private func isServiceDomain(_ domain: Value?) -> Bool {
        [domain?["name"]?.stringValue, domain?["id"]?.stringValue].contains {
            $0?.lowercased() == projectDomain.lowercased()
        }
    }
}
