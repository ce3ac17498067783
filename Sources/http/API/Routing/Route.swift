import HTTPTypes

/// What a route asks of its caller.
package enum Policy: Hashable, Sendable {
    /// Nothing: there need be no caller.
    case open
    /// A caller who satisfies this rule: 401 without a caller, 403 otherwise.
    case rule(String)
    /// A caller, and this rule once the handler knows the target it refers to, and requires it: 401 without a caller.
    case targeted(String)
    /// A secret of the machine itself (boot token, boot action key), which the handler checks.
    case nodeKey
}

/// The spellings of a path that match beside the exact one.
package enum SlashRule: Hashable, Sendable {
    case exact
    /// One slash more at the end.
    case trailing
    /// Any number of slashes anywhere.
    case any
}

/// One HTTP method on one path.
package struct Route: Sendable {
    /// Checks the head of a request before its body is read. The request has an empty body. Throws where it is refused.
    package typealias HeadCheck = @Sendable (APIRequest) async throws -> Void
    /// Answers a request. Errors that it throws are answered by the controller.
    package typealias Handler = @Sendable (APIRequest) async throws -> APIResponse

    /// The HTTP method.
    package let method: HTTPRequest.Method
    /// The template of the path: `/actions/{id}/steps/{step}`.
    package let path: String
    /// What is asked of the caller.
    package let policy: Policy
    /// The listeners that have the route.
    package let listeners: ListenerSet
    /// The greatest length of the body, in bytes. With 0 the handler gets no body.
    package let bodyLimit: Int
    package let slashes: SlashRule
    package let headCheck: HeadCheck?
    /// What the OpenAPI document says of the route; nil for a route that is not in it, whose handler gets any query.
    package let operation: Operation?
    /// Answers the requests.
    package let handler: Handler

    /// The limit of a body that carries documents, in bytes.
    package static let documents = 64 << 20

    /// How many bytes of a body are read and dropped on a route that takes none.
    package static let ignoredBody = 64 << 10

    /// - Parameters:
    ///   - path: a template: `/actions/{id}/steps/{step}`; `{rest...}` as the last segment takes all that follows.
    ///   - bodyLimit: in bytes; a longer body is refused with 413 and never buffered. With 0 a body of up to
    ///     `ignoredBody` bytes is read and dropped, as falcon does.
    ///   - headCheck: runs before anything of the body is read.
    ///   - operation: every route of the daemon has one, but those of the web page.
    package init(
        _ method: HTTPRequest.Method, _ path: String, policy: Policy, on listeners: ListenerSet, bodyLimit: Int = 0,
        slashes: SlashRule = .exact, headCheck: HeadCheck? = nil, about operation: Operation? = nil,
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.policy = policy
        self.listeners = listeners
        self.bodyLimit = bodyLimit
        self.slashes = slashes
        self.headCheck = headCheck
        self.operation = operation
        self.handler = handler
    }
}
