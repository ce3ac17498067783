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
    /// Throws where the head alone shows that a request must be refused; its `body` is empty.
    package typealias HeadCheck = @Sendable (APIRequest) async throws -> Void
    package typealias Handler = @Sendable (APIRequest) async throws -> APIResponse

    package let method: HTTPRequest.Method
    package let path: String
    package let policy: Policy
    package let listeners: ListenerSet
    package let bodyLimit: Int
    package let slashes: SlashRule
    package let headCheck: HeadCheck?
    package let handler: Handler

    /// The limit of a body that carries documents, in bytes.
    package static let documents = 64 << 20

    /// In bytes: what is dropped of a body that nobody asked for.
    package static let ignoredBody = 64 << 10

    /// - Parameters:
    ///   - path: a template: `/actions/{id}/steps/{step}`; `{rest...}` as the last segment takes all that follows.
    ///   - bodyLimit: in bytes; a longer body is refused with 413 and never buffered. With 0 a body of up to
    ///     `ignoredBody` bytes is read and dropped, as falcon does.
    ///   - headCheck: runs before anything of the body is read.
    package init(
        _ method: HTTPRequest.Method, _ path: String, policy: Policy, on listeners: ListenerSet, bodyLimit: Int = 0,
        slashes: SlashRule = .exact, headCheck: HeadCheck? = nil, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.policy = policy
        self.listeners = listeners
        self.bodyLimit = bodyLimit
        self.slashes = slashes
        self.headCheck = headCheck
        self.handler = handler
    }
}
