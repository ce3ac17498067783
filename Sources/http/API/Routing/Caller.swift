/// The user who sends a request, as the listener or the token identified it.
package struct Caller: Hashable, Sendable {
    /// The name of the user in notes, audits and logs.
    package var name: String
    /// The names of the roles, in lower case.
    package var roles: Set<String>
    /// The id of the user; nil for a caller without a token.
    package var userID: String?
    /// The id of the domain that the user belongs to; nil for a caller without a token.
    package var userDomainID: String?
    /// The id of the project of the token's scope; nil where it has none.
    package var projectID: String?
    /// The id of the domain of the token's scope; nil where it has none.
    package var domainID: String?
    /// Whether the roles are ones on the project whose members run this daemon, or on what that project belongs to. True
    /// for those who need no token.
    package var isOfServiceProject: Bool

    package init(
        name: String, roles: Set<String>, userID: String? = nil, userDomainID: String? = nil, projectID: String? = nil,
        domainID: String? = nil, isOfServiceProject: Bool
    ) {
        self.name = name
        self.roles = roles
        self.userID = userID
        self.userDomainID = userDomainID
        self.projectID = projectID
        self.domainID = domainID
        self.isOfServiceProject = isOfServiceProject
    }

    /// A caller of the listener `admin`: root, the daemon's own user, or a member of the administrators' group.
    package static func administrator(_ name: String) -> Caller {
        Caller(name: name, roles: ["admin"], isOfServiceProject: true)
    }

    package var isAdministrator: Bool { roles.contains("admin") }
}

/// Who has proved to be at the other end of a connection. A listener counts the connections of each together.
package enum Principal: Hashable, Sendable {
    /// A user, by its id, or by its name where the listener identified it.
    case user(String)
    /// A machine that is a node of the design, by the node's name.
    case node(String)
}

extension Caller {
    /// The same for all tokens of a user, whatever their scope.
    package var principal: Principal { .user(userID ?? name) }
}

/// Whether a caller satisfies a policy rule. `target` has the values of `%(name)s` in the rule.
package typealias Authorizer = @Sendable (_ caller: Caller, _ rule: String, _ target: [String: String]) -> Bool

/// Identifies the caller of a request whom the listener does not know; nil where the token is missing or not valid.
///
/// Throws `RequestError.identityUnavailable` where that cannot be found out now.
package typealias Authenticator = @Sendable (APIRequest) async throws -> Caller?

/// Identifies the caller of a request now, and whenever that may have changed, until `look` throws.
package typealias CallerWatch =
    @Sendable (APIRequest, _ look: @escaping @Sendable (Caller?) throws -> Void) async throws -> Never

/// Learns of each request and its answer before the answer is sent. The body of the request is not part of what it gets.
package typealias RequestObserver = @Sendable (APIRequest, APIResponse) async -> Void

/// How callers are identified, and what they may do.
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

    /// Admits only callers whom a listener knows. Every rule asks for the role `admin`.
    package static let administratorsOnly = AccessControl(authorizer: { caller, _, _ in caller.isAdministrator })
}
