import Primitives

/// Our own token at a Keystone, renewed when it is about to end or is refused.
actor ServiceLogin {
    private struct Held {
        var token: String
        var until: Double
    }

    private let client: KeystoneClient
    private let uptime: @Sendable () -> Double
    private var held: Held?
    private var renewal: Task<Held, any Error>?

    /// Seconds before its end at which a token is given up.
    private static let margin = 60.0

    init(client: KeystoneClient, uptime: @escaping @Sendable () -> Double) {
        self.client = client
        self.uptime = uptime
    }

    /// - Parameter refused: a token that Keystone, or a service that was shown it, did not take.
    /// - Throws: `IdentityUnavailable`.
    func token(replacing refused: String? = nil) async throws -> String {
        if let held, held.token != refused, held.until > uptime() { return held.token }
        // Whoever comes meanwhile waits for the same login.
        let renewal = self.renewal ?? Task { try await self.login() }
        self.renewal = renewal
        defer { if self.renewal == renewal { self.renewal = nil } }
        let fresh = try await renewal.value
        held = fresh
        return fresh.token
    }

    private func login() async throws -> Held {
        let began = uptime()
        let answer = try await client.login()
        let url = client.configuration.url
        guard answer.status == 200 || answer.status == 201 else {
            throw IdentityUnavailable(
                reason: "Keystone at \(url) refuses the login of '\(client.configuration.username)' with "
                    + "\(answer.status); check identity.keystone")
        }
        guard let token = answer.subjectToken, let body = answer.value?["token"],
            let expires = body["expires_at"]?.stringValue.flatMap({ Timestamp($0) })
        else { throw IdentityUnavailable(reason: "Keystone at \(url) answers no token to a login") }
        // Its own clock and ours may differ; how long the token lives they agree on.
        let issued = body["issued_at"]?.stringValue.flatMap { Timestamp($0) } ?? .now()
        return Held(token: token, until: began + expires.seconds(since: issued) - Self.margin)
    }
}
