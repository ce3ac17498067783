import Primitives

/// A Keystone of somebody else, and who we are there.
package struct KeystoneConfiguration: Sendable {
    /// With `/v3`, without a slash at the end.
    package let url: String
    let username: String
    let password: Secret<String>
    let project: String
    let userDomain: String
    let projectDomain: String
    /// Seconds for one request.
    let timeout: Double
    /// Seconds for which a token that was valid is taken for valid.
    let cacheTime: Double

    /// - Parameter url: with or without `/v3`, which is appended as keystoneauth does
    ///   (`docs/reference/keystone.md` §1).
    package init(
        url: String, username: String, password: Secret<String>, project: String, userDomain: String,
        projectDomain: String, timeout: Double, cacheTime: Double
    ) {
        let trimmed = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.url = trimmed.contains("/v3") ? trimmed : trimmed + "/v3"
        self.username = username
        self.password = password
        self.project = project
        self.userDomain = userDomain
        self.projectDomain = projectDomain
        self.timeout = timeout
        self.cacheTime = cacheTime
    }

    /// What we log in with.
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
