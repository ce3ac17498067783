/// Says whose tokens are: this daemon by its own users, or a Keystone elsewhere.
package protocol TokenAuthority: Sendable {
    /// What it throws while it cannot say.
    associatedtype Trouble: Error

    /// Nil where the token is not valid.
    func caller(of token: String) async throws -> Caller?

    /// Looks at a token now and whenever it may have become another, until `look` throws.
    ///
    /// - Parameter look: gets nil once the token is not valid any more, and has to throw then.
    func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never

    /// What the client is told of its trouble.
    static func requestError(_ trouble: Trouble) -> RequestError
}

extension TokenAuthority {
    /// Callers by the token in `X-Auth-Token`.
    package var authenticator: Authenticator {
        { request in
            guard let token = request.header("X-Auth-Token") else { return nil }
            do { return try await caller(of: token) } catch let trouble as Trouble { throw Self.requestError(trouble) }
        }
    }

    /// Learns of tokens that end, as soon as the authority does.
    package var watch: CallerWatch {
        { request, look in
            let token = request.header("X-Auth-Token") ?? ""
            do {
                try await follow(callerOf: token, look)
            } catch let trouble as Trouble {
                throw Self.requestError(trouble)
            }
        }
    }
}
