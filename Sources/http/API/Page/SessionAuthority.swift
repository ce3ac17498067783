import Identity
import OrderedCollections
import Primitives

/// Somebody who uses the page.
package struct PageSession: Sendable {
    package var caller: Caller
    /// By name; nil where the session has none.
    package var project: String?
    /// Nil where it does not end.
    package var expires: Timestamp?
}

/// Who wants to use the page.
struct PageLogin: Sendable {
    var user: String
    var password: Secret<String>
    /// Of user and project, by name or id; nil for the one that there is by default.
    var domain: String?
    /// By name; nil for the user's default project.
    var project: String?

    /// - Throws: `PageError` for what cannot be read.
    init(_ body: [UInt8]) throws {
        let value: Value
        do {
            value = try Value(uniqueJSON: body)
        } catch {
            throw error.repetition.map(PageError.body) ?? .malformed("The body has to be a JSON object")
        }
        guard let members = value.objectValue else { throw PageError.malformed("The body has to be a JSON object") }
        let known = ["user", "password", "domain", "project"]
        if let unknown = members.keys.first(where: { !known.contains($0) }) {
            let name = Value.string(String(unknown.prefix(100))).json(.compact)
            throw PageError.malformed("The body has \(name), which is not known here")
        }
        func text(_ key: String) throws -> String? {
            switch value[key] {
            case nil, .null: return nil
            case .string(let text): return text
            default: throw PageError.malformed("\"\(key)\" has to be a string")
            }
        }
        guard let user = try text("user"), let password = try text("password") else {
            throw PageError.malformed("The body has to have \"user\" and \"password\"")
        }
        self.user = user
        self.password = Secret(password)
        domain = try text("domain")
        project = try text("project")
    }
}

/// Lets users log in by the page: `IdentityService` with users of this daemon, `ExternalKeystone` with those of a Keystone elsewhere.
package protocol SessionAuthority: TokenAuthority {
    /// Makes a token for a password.
    ///
    /// - Parameters:
    ///   - domain: of user and project; nil for the default one.
    ///   - project: nil for the user's default project.
    ///   - source: the address that the login comes from; nil counts no failures.
    /// - Throws: `IdentityError` of kind `unauthenticated`, `tooMany` or `busy`, and what `caller(of:)` throws.
    func begin(
        user: String, password: Secret<String>, domain: String?, project: String?, source: String?
    ) async throws -> (token: String, session: PageSession)
    /// The session of a token; nil where it is not valid.
    func session(of token: String) async throws -> PageSession?
    /// Revokes a token. One that is not valid any more is none to revoke.
    func end(_ token: String) async throws
}

extension IdentityService: SessionAuthority {
    package func begin(
        user: String, password: Secret<String>, domain: String?, project: String?, source: String?
    ) async throws -> (token: String, session: PageSession) {
        let isHere = domain.map { Domain.matches(id: $0, name: nil) || Domain.matches(id: nil, name: $0) } ?? true
        // A user of a domain that is not here is nobody, which takes as long to find out as a wrong password.
        let (text, token) = try await login(
            .password(user: isHere ? .name(user) : .id(""), password),
            scope: project.map { .project(.name($0)) } ?? .unsaid, source: source)
        return (text, session(token))
    }

    package func session(of token: String) async throws -> PageSession? {
        try await self.token(token).map(session)
    }

    package func end(_ token: String) async throws { _ = try await revoke(token) }

    private func session(_ token: Token) -> PageSession {
        var project: String?
        if case .project(let scope) = token.scope { project = scope.name }
        return PageSession(
            caller: Caller(token, serviceProject: serviceProject), project: project, expires: token.expires)
    }
}

extension ExternalKeystone: SessionAuthority {
    package func begin(
        user: String, password: Secret<String>, domain: String?, project: String?, source: String?
    ) async throws -> (token: String, session: PageSession) {
        let (token, login) = try await logIn(
            user: user, password: password, domain: domain, project: project, source: source)
        return (token, Self.session(login))
    }

    package func session(of token: String) async throws -> PageSession? {
        try await login(of: token).map(Self.session)
    }

    package func end(_ token: String) async throws { try await revoke(token) }

    private static func session(_ login: ExternalLogin) -> PageSession {
        PageSession(caller: Caller(login.subject), project: login.project, expires: login.expires)
    }
}
