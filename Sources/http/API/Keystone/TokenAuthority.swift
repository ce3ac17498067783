import Primitives

/// Identifies callers by their tokens: `IdentityService` for tokens of this daemon, `ExternalKeystone` for those of a
/// Keystone elsewhere.
package protocol TokenAuthority: Sendable {
    /// The caller that a token belongs to; nil where it is not valid.
    ///
    /// - Throws: a `TypedError` that concerns the state, or is `unreachable`, where that cannot be found out now.
    func caller(of token: String) async throws -> Caller?

    /// Calls `look` with the caller of a token now, and whenever that may have changed, until `look` throws.
    ///
    /// - Parameter look: gets nil once the token is not valid any more, and has to throw then.
    /// - Throws: what `look` throws; what `caller(of:)` throws.
    func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never

    /// The message of the 503 that a client gets while tokens cannot be validated.
    ///
    /// - Parameter reason: the message of the error.
    static func explanation(_ reason: String) -> String
}

extension TokenAuthority {
    /// Identifies callers by the token in `X-Auth-Token`.
    package var authenticator: Authenticator {
        { request in
            guard let token = request.header("X-Auth-Token") else { return nil }
            do { return try await caller(of: token) } catch { throw Self.translated(error) }
        }
    }

    /// Follows the token in `X-Auth-Token` for as long as a request lasts.
    package var watch: CallerWatch {
        { request, look in
            let token = request.header("X-Auth-Token") ?? ""
            do { try await follow(callerOf: token, look) } catch { throw Self.translated(error) }
        }
    }

    private static func translated(_ error: any Error) -> any Error {
        guard let typed = error as? any TypedError, typed.kind.concernsState || typed.kind == .unreachable else {
            return error
        }
        return RequestError.identityUnavailable(explanation(typed.message))
    }
}
