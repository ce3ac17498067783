import HTTPTypes

/// What a caller must satisfy.
package enum Policy: Hashable, Sendable {
    /// Nothing.
    case open
    /// A caller who satisfies this rule: 401 without a caller, 403 otherwise.
    case rule(String)
    /// A caller, and this rule once the handler knows the target it refers to, and requires it: 401 without a caller.
    case targeted(String)
    /// A secret of the machine itself (boot token, boot action key), which the handler checks.
    case nodeKey
}

/// How a path may be written besides its exact spelling.
package enum SlashRule: Hashable, Sendable {
    case exact
    /// One slash more at the end.
    case trailing
    /// Any number of slashes anywhere.
    case any
}

/// One method on one path.
package struct Route: Sendable {
    /// Throws where the head alone shows that a request must be refused.
    package typealias Gate = @Sendable (APIRequest) async throws -> Void
    package typealias Handler = @Sendable (APIRequest) async throws -> APIResponse
    /// What the handler would answer, where that is at hand: nothing is waited for or worked out, since the connection's
    /// own thread is what asks. Nil, and whatever is thrown, leaves it to the handler.
    package typealias Shortcut = @Sendable (APIRequest) throws -> APIResponse?

    package let method: HTTPRequest.Method
    package let path: String
    package let policy: Policy
    package let listeners: ListenerSet
    package let bodyLimit: Int
    package let slashes: SlashRule
    package let gate: Gate?
    package let shortcut: Shortcut?
    package let handler: Handler

    /// The limit of a body that carries documents, in bytes.
    package static let documents = 64 << 20

    /// In bytes: what is dropped of a body that nobody asked for.
    package static let ignoredBody = 64 << 10

    /// - Parameters:
    ///   - path: a template: `/actions/{id}/steps/{step}`; `{rest...}` as the last segment takes all that follows.
    ///   - bodyLimit: in bytes; a longer body is refused with 413 and never buffered. With 0 a body of up to
    ///     `ignoredBody` bytes is read and dropped, as falcon does.
    ///   - gate: looks at the head before anything of the body is read.
    ///   - shortcut: for requests without a body, on routes that the machine's own secret opens.
    package init(
        _ method: HTTPRequest.Method, _ path: String, policy: Policy, on listeners: ListenerSet, bodyLimit: Int = 0,
        slashes: SlashRule = .exact, gate: Gate? = nil, shortcut: Shortcut? = nil, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.policy = policy
        self.listeners = listeners
        self.bodyLimit = bodyLimit
        self.slashes = slashes
        self.gate = gate
        self.shortcut = policy == .nodeKey ? shortcut : nil
        self.handler = handler
    }
}
