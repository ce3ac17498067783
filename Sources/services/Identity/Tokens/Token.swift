import Primitives

/// The scope of a token.
package enum TokenScope: Hashable, Sendable {
    case unscoped
    case domain
    case project(Project)
}

/// A valid token. Its text is known to its owner only.
package struct Token: Hashable, Sendable {
    /// The user that it belongs to.
    package var user: User
    /// How it was obtained: `password`, `token`.
    package var methods: [String]
    /// Its own audit id, then that of the token it was made from.
    package var auditIDs: [String]
    /// When it was issued.
    package var issued: Timestamp
    /// When it expires.
    package var expires: Timestamp
    /// What its roles apply to.
    package var scope: TokenScope
    /// The roles of the user in this scope, as they are now.
    package var roles: [Role]
}

/// The scope that a login asks for.
package enum ScopeRequest: Hashable, Sendable {
    /// None was named: the user's default project, or the scope of the token that was presented.
    case unsaid
    case unscoped
    case domain
    case project(Named)
    /// A project or domain of a domain that does not exist here.
    case elsewhere
}

/// The credentials of a login.
package enum LoginProof: Sendable {
    case password(user: Named, Secret<String>)
    case token(String)
}
