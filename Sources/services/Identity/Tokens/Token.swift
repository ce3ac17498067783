import Primitives

/// What a token is good for.
package enum TokenScope: Hashable, Sendable {
    case unscoped
    case domain
    case project(Project)
}

/// A token as it is valid now; the text itself is nowhere but with its owner.
package struct Token: Hashable, Sendable {
    package var user: User
    /// `password`, `token`
    package var methods: [String]
    package var auditIDs: [String]
    package var issued: Timestamp
    package var expires: Timestamp
    package var scope: TokenScope
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
