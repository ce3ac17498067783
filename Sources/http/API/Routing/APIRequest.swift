import HTTPTypes
import Primitives

/// A request as a handler gets it: parsed, bounded in size, and with its caller.
package struct APIRequest: Sendable {
    /// The HTTP method.
    package var method: HTTPRequest.Method
    /// The path without the query, percent-decoded. A decoded `/` separates segments, so that no parameter contains
    /// one.
    package var path: String
    /// Path parameters by the names in the route's template, percent-decoded.
    package var parameters: [String: String] = [:]
    /// The parameters of the query.
    package var query: QueryItems
    /// The headers except `Host`, which is `authority`.
    package var headers: HTTPFields
    /// The value of `Host`; nil where the request has none.
    package var authority: String?
    /// The whole body, which is never longer than the route's limit.
    package var body: [UInt8] = []
    /// The caller, whom the listener or the token identified; nil where neither did.
    package var caller: Caller?
    /// The id of the request, which the answer and the journal have as well.
    package var requestID: UUIDv4
    /// The listener that the request came in by.
    package var listener: ListenerName
    /// The other end of the connection: `203.0.113.7:51944`, or `pid 812 uid 0` on the Unix socket.
    package var peer: String
    /// `http`, or `https` on a listener with TLS.
    package var scheme: String
    /// Whether nobody on the way can read it: it came over TLS, or from this host. The listener sets it.
    package var isPrivate = false
    /// Whether it came by the page, below `/ui/`. The route table sets it.
    var isOfPage = false
    /// Checks policy rules. The route table sets it; handlers call `require(_:target:)`.
    package var authorizer: Authorizer = AccessControl.administratorsOnly.authorizer

    /// Returns only by throwing a `RequestError`, once the caller no longer satisfies the rule of the route or one of
    /// `rules`. The route table sets it for callers with a token. It is nil for callers whose rights cannot change.
    package var watch: (@Sendable (_ rules: [String]) async throws -> Never)?
    /// Returns once the client has closed its connection or its sending half. The listener sets it.
    package var departure: (@Sendable () async -> Void)?

    /// Makes a request.
    ///
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

    /// A parameter of the path. Every name in the route's template has a value, which may be empty.
    package func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// A header by its name, in any case.
    package func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { header($0) } }

    /// A header by its name. Values of several fields with this name are joined with commas.
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

    /// Checks a further rule inside a handler, such as `action_deploy_site`.
    ///
    /// - Parameter target: the values that the rule may refer to; nil for the parameters of the path.
    /// - Throws: `RequestError.unauthenticated` without a caller, `RequestError.forbidden` for one who does not satisfy
    ///   the rule.
    package func require(_ rule: String, target: [String: String]? = nil) throws {
        guard let caller else { throw RequestError.unauthenticated }
        guard authorizer(caller, rule, target ?? parameters) else { throw RequestError.forbidden(rule: rule) }
    }

    /// Whether the caller satisfies a rule that only narrows the answer, such as `list_encrypted_documents`.
    package func permits(_ rule: String) -> Bool { caller.map { authorizer($0, rule, parameters) } ?? false }
}
