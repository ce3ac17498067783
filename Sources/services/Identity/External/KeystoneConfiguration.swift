import OutboundHTTP
import Primitives

/// The address of the external Keystone, and the daemon's account there.
package struct KeystoneConfiguration: Sendable {
    /// The address, with `/v3` and without a slash at the end; it may have user and password.
    let address: String
    /// The same without them, for messages and clients.
    let url: String
    let username: String
    let password: Secret<String>
    let project: String
    let userDomain: String
    let projectDomain: String
    /// The seconds that one request may take.
    let timeout: Double
    /// The seconds for which a valid token counts as valid without another request.
    let cacheTime: Double

    /// Makes a configuration.
    ///
    /// - Parameters:
    ///   - url: with or without `/v3`, which is appended as keystoneauth does (`docs/reference/keystone.md` §1).
    ///   - timeout: in seconds, for one request.
    ///   - cacheTime: in seconds, for which a valid token is not validated again.
    package init(
        url: String, username: String, password: Secret<String>, project: String, userDomain: String,
        projectDomain: String, timeout: Double, cacheTime: Double
    ) {
        let trimmed = url.hasSuffix("/") ? String(url.dropLast()) : url
        address = trimmed.contains("/v3") ? trimmed : RemoteAddress.text(trimmed, below: "/v3")
        self.url = AddressCredentials.removed(from: address)
        self.username = username
        self.password = password
        self.project = project
        self.userDomain = userDomain
        self.projectDomain = projectDomain
        self.timeout = timeout
        self.cacheTime = cacheTime
    }

    /// The body of the request that logs the daemon in.
    var loginBody: Value {
        Self.body(username, password, userDomain, scope: Self.scope(project, projectDomain))
    }

    /// The body of the request that logs a user in.
    ///
    /// - Parameters:
    ///   - domain: of user and project, by name; nil for those of the daemon's own account.
    ///   - project: nil for the user's default project.
    func loginBody(user: String, password: Secret<String>, domain: String?, project: String?) -> Value {
        Self.body(
            user, password, domain ?? userDomain,
            scope: project.map { Self.scope($0, domain ?? projectDomain) })
    }

    private static func body(_ user: String, _ password: Secret<String>, _ domain: String, scope: Value?) -> Value {
        let user: Value = [
            "name": .string(user), "domain": ["name": .string(domain)], "password": .string(password.reveal()),
        ]
        let identity: Value = ["methods": ["password"], "password": ["user": user]]
        if let scope { return ["auth": ["identity": identity, "scope": scope]] }
        return ["auth": ["identity": identity]]
    }

    private static func scope(_ project: String, _ domain: String) -> Value {
        ["project": ["name": .string(project), "domain": ["name": .string(domain)]]]
    }
}
