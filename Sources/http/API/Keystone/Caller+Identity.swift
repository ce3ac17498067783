import Identity

extension Caller {
    /// Whose token that is.
    ///
    /// - Parameter serviceProject: by name.
    init(_ token: Token, serviceProject: String) {
        self.init(
            name: token.user.name, roles: Set(token.roles.map { $0.name.lowercased() }), userID: token.user.id)
        switch token.scope {
        case .unscoped: break
        case .domain: domainID = Domain.id
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
            name: subject.userName, roles: subject.roles, userID: subject.userID, projectID: subject.projectID,
            domainID: subject.domainID, isOfServiceProject: subject.isOfServiceProject)
    }
}

extension PolicyEngine {
    /// The rules as routes ask for them.
    package var authorizer: Authorizer {
        { caller, rule, target in
            permits(
                rule,
                PolicySubject(
                    roles: caller.roles, userName: caller.name, userID: caller.userID, projectID: caller.projectID,
                    domainID: caller.domainID, isOfServiceProject: caller.isOfServiceProject), target: target)
        }
    }
}

extension IdentityService: TokenAuthority {
    package func caller(of token: String) async throws -> Caller? {
        try await self.token(token).map { Caller($0, serviceProject: serviceProject) }
    }

    package func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never {
        try await follow(token) { try look($0.map { Caller($0, serviceProject: serviceProject) }) }
    }

    package static func explanation(_ reason: String) -> String { "Tokens cannot be looked up now. \(reason)" }
}

extension ExternalKeystone: TokenAuthority {
    package func caller(of token: String) async throws -> Caller? { try await subject(of: token).map { Caller($0) } }

    package func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never {
        try await follow(token) { try look($0.map { Caller($0) }) }
    }

    package static func explanation(_ reason: String) -> String { "The token cannot be validated. \(reason)." }
}
