/// Who sends a request, as its listener or its token established it.
package struct Caller: Hashable, Sendable {
    /// The user's name, as notes, audits and `X-End-User` show it.
    package var name: String
    /// Roles in lower case.
    package var roles: Set<String>
    /// Ids of user, project and domain; nil where the caller has no token, or its token no such scope.
    package var userID: String?
    package var projectID: String?
    package var domainID: String?
    /// Whether the roles are ones on the project whose members run this daemon, or on no project.
    package var isOfServiceProject: Bool

    package init(
        name: String, roles: Set<String>, userID: String? = nil, projectID: String? = nil, domainID: String? = nil,
        isOfServiceProject: Bool = true
    ) {
        self.name = name
        self.roles = roles
        self.userID = userID
        self.projectID = projectID
        self.domainID = domainID
        self.isOfServiceProject = isOfServiceProject
    }

    /// Whom the admin listener lets in: root, the daemon's own user, members of the administrators' group.
    package static func administrator(_ name: String) -> Caller { Caller(name: name, roles: ["admin"]) }

    package var isAdministrator: Bool { roles.contains("admin") }
}

/// Decides whether a caller satisfies a policy rule on a target: what `%(name)s` stands for in the rule.
package typealias Authorizer = @Sendable (_ caller: Caller, _ rule: String, _ target: [String: String]) -> Bool

/// Finds out who sends a request that its listener knows nobody for; nil where its token is missing or not valid.
///
/// Throws `RequestError.identityUnavailable` where that cannot be found out now.
package typealias Authenticator = @Sendable (APIRequest) async throws -> Caller?

/// Finds out who sends a request now and whenever that may have changed, until `look` throws what it makes of it.
package typealias CallerWatch =
    @Sendable (APIRequest, _ look: @escaping @Sendable (Caller?) throws -> Void) async throws -> Never

/// Who is let in, and to what.
package struct AccessControl: Sendable {
    var authorizer: Authorizer
    var authenticator: Authenticator
    var watch: CallerWatch?
    var identityURI: @Sendable (APIRequest) -> String?

    /// - Parameters:
    ///   - watch: looks after those whom the authenticator let in, for as long as a request lasts; nil where they stay
    ///     who they are.
    ///   - identityURI: where a client gets a token, for `WWW-Authenticate`.
    package init(
        authorizer: @escaping Authorizer, authenticator: @escaping Authenticator = { _ in nil },
        watch: CallerWatch? = nil, identityURI: @escaping @Sendable (APIRequest) -> String? = { _ in nil }
    ) {
        self.authorizer = authorizer
        self.authenticator = authenticator
        self.watch = watch
        self.identityURI = identityURI
    }

    /// Nobody but those whom a listener knows, and every rule asks for the role `admin`.
    package static let administratorsOnly = AccessControl(authorizer: { caller, _, _ in caller.isAdministrator })
}
