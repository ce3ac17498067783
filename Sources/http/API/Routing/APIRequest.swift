import HTTPTypes
import Primitives

/// A request as a controller sees it: parsed, bounded, and with its caller.
package struct APIRequest: Sendable {
    package var method: HTTPRequest.Method
    /// Without query, percent-decoded. A decoded `/` separates segments, so no parameter contains one.
    package var path: String
    /// Path parameters by the names in the route's template, percent-decoded.
    package var parameters: [String: String] = [:]
    package var query: QueryItems
    /// `Host` is not among them: see `authority`.
    package var headers: HTTPFields
    /// The `Host` header.
    package var authority: String?
    /// The whole body; never longer than the route's limit.
    package var body: [UInt8] = []
    package var caller: Caller?
    package var requestID: UUIDv4
    package var listener: ListenerName
    /// The other side: `203.0.113.7:51944`, or `pid 812 uid 0` on the Unix socket.
    package var peer: String
    /// `https` behind TLS.
    package var scheme: String
    /// Set by the route table; handlers call `require`.
    package var authorizer: Authorizer = AccessControl.administratorsOnly.authorizer

    /// Set by the route table for a caller who was let in by a token: returns only by throwing the requestError, once the
    /// caller does not satisfy the route's rule, or one of these, any more. Nil where nothing can change.
    package var watch: (@Sendable (_ rules: [String]) async throws -> Never)?
    /// Set by the listener: returns once the client has gone, or says that it will send nothing more.
    package var departure: (@Sendable () async -> Void)?

    /// - Parameter target: path and query as they were sent, still encoded.
    package init(
        method: HTTPRequest.Method, target: String, headers: HTTPFields = [:], authority: String? = nil,
        body: [UInt8] = [], caller: Caller? = nil, requestID: UUIDv4 = UUIDv4(), listener: ListenerName = .admin,
        peer: String = "", scheme: String = "http"
    ) {
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        self.method = method
        path = PercentCoding.decode(target[..<(mark ?? target.endIndex)])
        query = QueryItems(parsing: mark.map { target[target.index(after: $0)...] } ?? "")
        self.headers = headers
        self.authority = authority
        self.body = body
        self.caller = caller
        self.requestID = requestID
        self.listener = listener
        self.peer = peer
        self.scheme = scheme
    }

    /// A parameter of the route's template; every name in the template has a value, which may be empty.
    package func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// A header by its name, in any case.
    package func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { header($0) } }

    /// A header by its name. Looks for one field, where the subscript of the fields joins all even of one.
    package func header(_ name: HTTPField.Name) -> String? {
        guard let first = headers.firstIndex(where: { $0.name == name }) else { return nil }
        let isOnly = !headers[headers.index(after: first)...].contains { $0.name == name }
        return isOnly ? headers[first].value : headers[name]
    }

    /// The media type without its parameters, in lower case; nil if the header is missing.
    package var mediaType: String? {
        guard let value = headers[.contentType] else { return nil }
        let type = value.prefix { $0 != ";" }.drop { $0 == " " }
        return String(type.prefix { $0 != " " && $0 != "\t" }).lowercased()
    }

    /// Whether a body was announced: a content length above zero, or any transfer encoding.
    package var announcesBody: Bool {
        if headers[.transferEncoding] != nil { return true }
        return headers[.contentLength].map { $0 != "0" } ?? !body.isEmpty
    }

    /// `http://host:port/path`, or the path alone if the client sent no `Host`.
    package func absolute(_ path: String) -> String { authority.map { "\(scheme)://\($0)\(path)" } ?? path }

    /// A second rule inside a handler (`action_deploy_site`). Throws `RequestError`.
    ///
    /// - Parameter target: what the rule may refer to; by default the parameters of the path.
    package func require(_ rule: String, target: [String: String]? = nil) throws {
        guard let caller else { throw RequestError.unauthenticated }
        guard authorizer(caller, rule, target ?? parameters) else { throw RequestError.forbidden(rule: rule) }
    }

    /// Whether the caller satisfies a rule that only narrows an answer (`list_encrypted_documents`).
    package func permits(_ rule: String) -> Bool { caller.map { authorizer($0, rule, parameters) } ?? false }
}
