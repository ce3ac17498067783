import Primitives

/// What a token is good for.
package enum TokenScope: Hashable, Sendable {
    case unscoped
    case domain
    case project(Project)
}

/// A token as it is valid now; the text itself is nowhere but with its owner.
package struct Token: Hashable, Sendable {
    /// Whose it is.
    package var user: User
    /// `password`, `token`
    package var methods: [String]
    /// The token's own, then that of the token it was made of.
    package var auditIDs: [String]
    /// When.
    package var issued: Timestamp
    /// When it ends by itself.
    package var expires: Timestamp
    /// What it is for.
    package var scope: TokenScope
    /// Read with the token: a role that is taken away is gone at once.
    package var roles: [Role]
}

/// Where a login wants to get.
package enum ScopeRequest: Hashable, Sendable {
    /// Nothing said: the user's default project, or the scope of the token that is presented.
    case unsaid
    case unscoped
    case domain
    case project(Named)
    /// A domain or project of a domain that is not here.
    case elsewhere
}

/// What a login presents.
package enum LoginProof: Sendable {
    case password(user: Named, Secret<String>)
    case token(String)
}
