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
        [
            "auth": [
                "identity": [
                    "methods": ["password"],
                    "password": [
                        "user": [
                            "name": .string(username), "domain": ["name": .string(userDomain)],
                            "password": .string(password.reveal()),
                        ]
                    ],
                ],
                "scope": ["project": ["name": .string(project), "domain": ["name": .string(projectDomain)]]],
            ]
        ]
    }
}
