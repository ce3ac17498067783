import Primitives

/// A token of an external Keystone, as far as the daemon knows it.
package struct ExternalLogin: Sendable {
    /// The user with its roles.
    package var subject: PolicySubject
    /// The name of the project of the token's scope; nil where it has none.
    package var project: String?
    package var expires: Timestamp
}

extension ExternalKeystone {
    /// Issues a token of the external Keystone for a password.
    ///
    /// - Parameters:
    ///   - domain: the name of the domain of user and project; nil for those of the daemon's own account.
    ///   - project: by name; nil for the user's default project.
    ///   - source: the address that the login comes from, without port. Nil does not count failures.
    /// - Throws: `IdentityError` of kind `unauthenticated` or `tooMany`, `IdentityUnavailable`.
    package func logIn(
        user: String, password: Secret<String>, domain: String?, project: String?, source: String?
    ) async throws -> (token: String, login: ExternalLogin) {
        let attempt = try limiter.begin(user: "\(domain ?? "")\n\(user.prefix(255))", source: source)
        let answer: KeystoneClient.KeystoneResponse
        do {
            answer = try await validations.withTurn(at: .anything) {
                try await client.logIn(user: user, password: password, domain: domain, project: project)
            }
        } catch is KeyedSemaphore<Anything>.WaitError {
            limiter.end(attempt, isSuccess: false)
            throw IdentityError(.busy, "Too many logins are under way; try again in some seconds.")
        } catch {
            limiter.end(attempt, isSuccess: false)
            throw error
        }
        switch answer.status {
        case 200, 201:
            limiter.end(attempt, isSuccess: true)
            guard let token = answer.subjectToken, let value = answer.value?["token"], let login = login(value) else {
                throw IdentityUnavailable(reason: "Keystone at \(url) answers no token to a login")
            }
            return (token, login)
        case 400..<500: throw IdentityError.unauthorized
        default:
            limiter.end(attempt, isSuccess: false)
            throw IdentityUnavailable(reason: "Keystone at \(url) answers a login with \(answer.status)")
        }
    }

    /// Revokes a token. One that is not valid is none to revoke.
    ///
    /// - Throws: `IdentityUnavailable`.
    package func revoke(_ token: String) async throws {
        forget(token)
        let answer = try await client.revoke(token)
        guard [204, 401, 404].contains(answer.status) else {
            throw IdentityUnavailable(reason: "Keystone at \(url) answers the end of a token with \(answer.status)")
        }
    }
}
