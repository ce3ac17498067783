import Identity
import Store

extension Caller {
    /// Whose token that is.
    init(_ token: Token) {
        self.init(
            name: token.user.name, roles: Set(token.roles.map { $0.name.lowercased() }), userID: token.user.id)
        switch token.scope {
        case .unscoped: break
        case .domain: domainID = Domain.id
        case .project(let project): projectID = project.id
        }
    }
}

extension Caller {
    /// Whom a Keystone elsewhere knows.
    init(_ subject: PolicySubject) {
        self.init(
            name: subject.userName, roles: subject.roles, userID: subject.userID, projectID: subject.projectID,
            domainID: subject.domainID)
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
                    domainID: caller.domainID), target: target)
        }
    }
}

extension IdentityService {
    /// Callers by the tokens of this daemon.
    package var authenticator: Authenticator {
        { request in
            guard let text = request.header("X-Auth-Token") else { return nil }
            do {
                return try await self.token(text).map { Caller($0) }
            } catch let error as StoreError {
                throw Self.refusal(error)
            }
        }
    }

    /// Learns at once of tokens that end.
    package var watch: CallerWatch {
        { request, look in
            let text = request.header("X-Auth-Token") ?? ""
            do {
                try await self.follow(text) { try look($0.map { Caller($0) }) }
            } catch let error as StoreError {
                throw Self.refusal(error)
            }
        }
    }

    private static func refusal(_ error: StoreError) -> Refusal {
        .identityUnavailable("Tokens cannot be looked up now. \(error.message)")
    }
}

extension ExternalKeystone {
    /// Callers by the tokens of a Keystone elsewhere.
    package var authenticator: Authenticator {
        { request in
            guard let text = request.header("X-Auth-Token") else { return nil }
            do {
                return try await self.subject(of: text).map { Caller($0) }
            } catch let error as IdentityUnavailable {
                throw Self.refusal(error)
            }
        }
    }

    /// Learns of tokens that end as soon as Keystone is asked about them again.
    package var watch: CallerWatch {
        { request, look in
            let text = request.header("X-Auth-Token") ?? ""
            do {
                try await self.follow(text) { try look($0.map { Caller($0) }) }
            } catch let error as IdentityUnavailable {
                throw Self.refusal(error)
            }
        }
    }

    private static func refusal(_ error: IdentityUnavailable) -> Refusal {
        .identityUnavailable("The token cannot be validated. \(error.reason).")
    }
}
