import OrderedCollections
import Primitives

/// A login as the clients of OpenStack take it from the environment.
struct Login: Sendable {
    var username = ""
    var password = Secret("")
    var project = ""
    var userDomain = "default"
    var projectDomain = "default"
    /// The domain itself is the scope, where there is no project.
    var domain = ""
    /// Nil asks the daemon itself.
    var authURL: String?

    /// Where our own daemon is asked for one.
    static let ownTokensPath = "/v3/auth/tokens"

    /// What to ask a token of, with `/v3` where it is not there, as keystoneauth does
    /// (`docs/reference/keystone.md` §1).
    func tokensURL(base: String) -> String {
        guard let authURL else { return base + Self.ownTokensPath }
        let trimmed = authURL.hasSuffix("/") ? String(authURL.dropLast()) : authURL
        return (trimmed.contains("/v3") ? trimmed : trimmed + "/v3") + "/auth/tokens"
    }

    var body: Value {
        let user: Value = [
            "name": .string(username), "password": .string(password.reveal()),
            "domain": ["name": .string(userDomain)],
        ]
        var auth: Value.Object = ["identity": ["methods": ["password"], "password": ["user": user]]]
        if !project.isEmpty {
            auth["scope"] = ["project": ["name": .string(project), "domain": ["name": .string(projectDomain)]]]
        } else if !domain.isEmpty {
            auth["scope"] = ["domain": ["name": .string(domain)]]
        }
        return ["auth": .object(auth)]
    }
}

/// The token of all requests of a run: given, or got by a login when it is first needed, and again when it is over.
actor TokenSource {
    private var token: String?
    /// Nil where a token was given: whoever names one wants no other.
    private let login: Login?
    private let logIn: @Sendable (Login) async throws -> String

    init(token: String?, login: Login?, logIn: @escaping @Sendable (Login) async throws -> String) {
        self.token = token
        self.login = token == nil ? login : nil
        self.logIn = logIn
    }

    /// - Parameter refused: what the daemon did not take.
    /// - Returns: nil where there is no other one.
    func next(after refused: String? = nil) async throws -> String? {
        if let token, token != refused { return token }
        guard let login else { return nil }
        let fresh = try await logIn(login)
        token = fresh
        return fresh
    }
}
