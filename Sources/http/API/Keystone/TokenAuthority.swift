import Primitives

/// Says whose tokens are: this daemon by its own users, or a Keystone elsewhere.
package protocol TokenAuthority: Sendable {
    /// Nil where the token is not valid.
    ///
    /// - Throws: a `TypedError` that concerns the state, or is `unreachable`, while it cannot say.
    func caller(of token: String) async throws -> Caller?

    /// Looks at a token now and whenever it may have become another, until `look` throws.
    ///
    /// - Parameter look: gets nil once the token is not valid any more, and has to throw then.
    /// - Throws: what `look` throws; as `caller(of:)` while it cannot say.
    func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never

    /// What the client is told while it cannot say, with the reason.
    static func explanation(_ reason: String) -> String
}

extension TokenAuthority {
    /// Callers by the token in `X-Auth-Token`.
    package var authenticator: Authenticator {
        { request in
            guard let token = request.header("X-Auth-Token") else { return nil }
            do { return try await caller(of: token) } catch { throw Self.translated(error) }
        }
    }

    /// Learns of tokens that end, as soon as the authority does.
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
