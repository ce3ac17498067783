import Identity

extension Caller {
    /// Whose token that is.
    ///
    /// - Parameter serviceProject: by name.
    init(_ token: Token, serviceProject: String) {
        self.init(
            name: token.user.name, roles: Set(token.roles.map { $0.name.lowercased() }), userID: token.user.id,
            userDomainID: Domain.id, isOfServiceProject: false)
        switch token.scope {
        case .unscoped: break
        case .domain:
            // There is one domain.
            domainID = Domain.id
            isOfServiceProject = true
        case .project(let project):
            projectID = project.id
            isOfServiceProject = project.name == serviceProject
        }
    }
}

extension Caller {
    /// Whom a Keystone elsewhere knows.
    init(_ subject: PolicySubject) {
        self.init(
            name: subject.userName, roles: subject.roles, userID: subject.userID, userDomainID: subject.userDomainID,
            projectID: subject.projectID, domainID: subject.domainID, isOfServiceProject: subject.isOfServiceProject)
    }
}

extension PolicyEngine {
    /// Checks the rules that routes ask for.
    package var authorizer: Authorizer {
        { caller, rule, target in
            permits(
                rule,
                PolicySubject(
                    roles: caller.roles, userName: caller.name, userID: caller.userID,
                    userDomainID: caller.userDomainID, projectID: caller.projectID, domainID: caller.domainID,
                    isOfServiceProject: caller.isOfServiceProject), target: target)
        }
    }
}

extension IdentityService: TokenAuthority {
    package func caller(of token: String) async throws -> Caller? {
        try await self.token(token).map { Caller($0, serviceProject: serviceProject) }
    }

    /// Follows a token of this daemon, as the protocol says.
    package func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never {
        try await follow(token) { try look($0.map { Caller($0, serviceProject: serviceProject) }) }
    }

    /// The message of a 503 while the database cannot be read.
    package static func explanation(_ reason: String) -> String { "Tokens cannot be looked up now. \(reason)" }
}

extension ExternalKeystone: TokenAuthority {
    /// The caller that a token of the external Keystone belongs to; nil where it is not valid.
    ///
    /// - Throws: `IdentityUnavailable`.
    package func caller(of token: String) async throws -> Caller? { try await subject(of: token).map { Caller($0) } }

    /// Follows a token of the external Keystone, as the protocol says.
    package func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never {
        try await follow(token) { try look($0.map { Caller($0) }) }
    }

    /// The message of a 503 while the external Keystone does not answer.
    package static func explanation(_ reason: String) -> String { "The token cannot be validated. \(reason)." }
}
