import OutboundHTTP
import Primitives

/// Requests to the external Keystone.
struct KeystoneClient: Sendable {
    struct KeystoneResponse: Sendable {
        var status: Int
        var subjectToken: String?
        var value: Value?
    }

    let configuration: KeystoneConfiguration

    /// A connection for each token that is validated, and one for a login meanwhile.
    private static let client = OutboundClient(
        .init(connectTimeout: 5, connectionsPerHost: ExternalKeystone.validationLimit + 1))

    private static let answerLimit = 1 << 20

    func login() async throws -> KeystoneResponse {
        try await send(
            "POST", headers: [("Content-Type", "application/json")],
            body: Array(configuration.loginBody.json(.compact).utf8))
    }

    /// Logs a user in, as the daemon's clients do.
    func logIn(
        user: String, password: Secret<String>, domain: String?, project: String?
    ) async throws -> KeystoneResponse {
        let body = configuration.loginBody(user: user, password: password, domain: domain, project: project)
        return try await send(
            "POST", headers: [("Content-Type", "application/json")], body: Array(body.json(.compact).utf8))
    }

    func revoke(_ token: String) async throws -> KeystoneResponse {
        try await send("DELETE", headers: [("X-Auth-Token", token), ("X-Subject-Token", token)])
    }

    func validate(_ token: String, as caller: String) async throws -> KeystoneResponse {
        try await send("GET", headers: [("X-Auth-Token", caller), ("X-Subject-Token", token)])
    }

    /// Sends a request. Redirects are not followed, as they would send tokens to another server.
    ///
    /// - Throws: `IdentityUnavailable` where there is no answer.
    private func send(
        _ method: String, headers: [(name: String, value: String)], body: [UInt8]? = nil
    ) async throws -> KeystoneResponse {
        do {
            let request = try OutboundRequest(
                method, RemoteAddress.text(configuration.address, below: "/auth/tokens?nocatalog"),
                headers: headers + [("Accept", "application/json")], body: body)
            let response = try await Self.client.send(
                request, limits: .init(time: configuration.timeout, size: Self.answerLimit))
            return KeystoneResponse(
                status: response.status, subjectToken: response.header("X-Subject-Token"),
                value: try? Value(json: response.body))
        } catch {
            throw IdentityUnavailable(
                reason: "Keystone does not answer at \(configuration.url): \(LogRedactor.redact(error.inWords))")
        }
    }
}

/// The external Keystone does not answer, or not usably, so that callers cannot be identified now.
package struct IdentityUnavailable: TypedError {
    /// What was asked, and what happened, in a sentence.
    package var reason: String

    /// Always `unreachable`.
    package var kind: ErrorKind { .unreachable }
    /// Always `identity.unreachable`.
    package var code: String { "identity.unreachable" }
    package var message: String { reason }
}
