import HTTPTypes

/// Why the route table, or a handler, refuses a request. Each controller answers it in its own form of errors.
package enum RequestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// 401: the route needs a caller and there is none.
    case unauthenticated
    /// 403: the caller does not satisfy this rule.
    case forbidden(rule: String)
    /// 404: the path matches a template, but names nothing.
    case notFound
    /// 405: methods that are allowed, sorted; the route table sets `Allow` itself.
    case methodNotAllowed(allow: [String])
    /// 413: the body is longer than the route takes, in bytes.
    case bodyTooLarge(limit: Int)
    /// 400: the body did not come whole.
    case bodyIncomplete(BodyFault)
    /// 400: a query parameter that cannot be read; the text is the whole sentence of falcon's `HTTPInvalidParam`.
    case invalidParameter(String)
    /// 415: the body is of another type than the route takes, which is this one.
    case unsupportedMediaType(wanted: String)
    /// 503: the bodies of other requests take all the memory that there is for them.
    case overloaded
    /// 503: who the caller is cannot be found out now; the text says why.
    case identityUnavailable(String)

    /// The HTTP status that belongs to the error.
    package var status: HTTPResponse.Status {
        switch self {
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .bodyTooLarge: .contentTooLarge
        case .bodyIncomplete, .invalidParameter: .badRequest
        case .unsupportedMediaType: .unsupportedMediaType
        case .overloaded, .identityUnavailable: .serviceUnavailable
        }
    }

    package var description: String { message }

    /// A sentence for clients.
    package var message: String {
        switch self {
        case .unauthenticated: "Credentials are not established"
        case .forbidden: "Credentials do not permit access"
        case .notFound: "There is nothing at this path"
        case .methodNotAllowed(let allow): "This path answers \(allow.joined(separator: ", ")) only"
        case .bodyTooLarge(0): "This path takes no body"
        case .bodyTooLarge(let limit): "The body is longer than the \(limit) bytes this path takes"
        case .bodyIncomplete(let fault): fault.message
        case .unsupportedMediaType(let wanted):
            "This path takes a body of the type \(wanted) only: send it with 'Content-Type: \(wanted)', or without that header"
        case .overloaded: "Too many large requests are under way; send this one again later"
        case .invalidParameter(let text), .identityUnavailable(let text): text
        }
    }
}
