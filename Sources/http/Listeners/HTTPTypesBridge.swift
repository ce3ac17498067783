import API
import HTTPTypes
import NIOCore
import NIOHTTP1
import Primitives

/// The head of a request, as a controller wants it.
package enum RequestParser {
    /// What is answered to a head that is none, and the connection ends.
    package struct BadHead: Error, CustomStringConvertible {
        package let status: Int
        /// A sentence for the client.
        package let message: String

        init(status: Int, _ message: String) {
            self.status = status
            self.message = message
        }

        package var description: String { message }

        /// RFC 9112 requires 400.
        static func malformed(_ message: String) -> BadHead { BadHead(status: 400, message) }
    }

    package static func request(
        _ head: HTTPRequestHead, id: UUIDv4, listener: ListenerName, caller: Caller?, peer: String, scheme: String
    ) throws(BadHead) -> APIRequest {
        guard let method = HTTPRequest.Method(head.method.rawValue) else { throw .malformed("The method is no token") }
        var headers = HTTPFields()
        headers.reserveCapacity(head.headers.count)
        var hosts: [String] = []
        for (name, written) in head.headers {
            let value = trimmed(written)
            guard let fieldName = HTTPField.Name(name) else { throw .malformed("The name of a field is no token") }
            guard HTTPField.isValidValue(value), !CombiningCharacters.exceedLimit(value) else {
                throw .malformed(
                    "The value of \(fieldName.rawName) has characters that HTTP does not allow, or more than "
                        + "\(CombiningCharacters.limit) combining characters in a row")
            }
            if fieldName.canonicalName == "host" { hosts.append(value) }
            headers.append(HTTPField(name: fieldName, value: value))
        }
        guard hosts.count == 1 || (hosts.isEmpty && head.version.minor == 0) else {
            throw .malformed(hosts.isEmpty ? "The request has no Host" : "The request has more than one Host")
        }
        let target = try target(head.uri, method: method)
        try checkCodings(head.headers["Transfer-Encoding"], version: head.version)
        return APIRequest(
            method: method, target: target, headers: headers, authority: hosts.first, caller: caller, requestID: id,
            listener: listener, peer: peer, scheme: scheme)
    }

    /// The path and query of what a request line has between method and version.
    static func target(_ written: String, method: HTTPRequest.Method) throws(BadHead) -> String {
        guard let target = path(of: written, method: method) else {
            throw .malformed("The target of the request is neither a path nor an address with http:// or https://")
        }
        guard
            target.utf8.count <= CombiningCharacters.limit
                || !CombiningCharacters.exceedLimit(PercentCoding.decode(target[...]))
        else {
            throw .malformed(
                "The target of the request has more than \(CombiningCharacters.limit) combining characters in a row")
        }
        return target
    }

    /// White space around a value is no part of it (RFC 9110 §5.5).
    static func trimmed(_ value: String) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard value.utf8.first.map(isBlank) ?? false || value.utf8.last.map(isBlank) ?? false else { return value }
        let rest = value.utf8.drop(while: isBlank)
        return rest.lastIndex { !isBlank($0) }.map { String(Substring(rest[...$0])) } ?? ""
    }

    /// A body may come in chunks, and in no other coding. HTTP/1.0 knows none: whoever says so has been misunderstood on
    /// the way, and what follows may be a request of somebody else (RFC 9112 §6.1, §6.3).
    private static func checkCodings(_ fields: [String], version: HTTPVersion) throws(BadHead) {
        guard !fields.isEmpty else { return }
        let codings = fields.flatMap { $0.split(separator: ",", omittingEmptySubsequences: true) }
            .map { trimmed(String($0)).lowercased() }.filter { !$0.isEmpty }
        guard version.minor > 0, codings.last == "chunked", codings.count(where: { $0 == "chunked" }) == 1 else {
            throw .malformed(
                "Transfer-Encoding is chunked or absent in HTTP/1.1, and absent in HTTP/1.0; chunked comes last, and once"
            )
        }
        // RFC 9112 §6.1
        guard codings.count == 1 else {
            throw BadHead(
                status: 501, "The body is coded in a way that is not known here: Transfer-Encoding is chunked")
        }
    }

    /// The path of a target in origin form, absolute form (proxies) or asterisk form.
    private static func path(of target: String, method: HTTPRequest.Method) -> String? {
        if target.hasPrefix("/") { return target }
        if target == "*", method == .options { return target }
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            guard let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
            return rest[end] == "/" ? String(rest[end...]) : "/" + rest[end...]
        }
        return nil
    }
}

/// The head of an answer: the controller's headers, and what HTTP itself needs.
struct ResponseHead {
    let response: APIResponse
    /// The length of the body in bytes; nil where it is not known yet. HTTP/1.0 has no chunks, so that such a body ends
    /// with its connection.
    let length: Int?
    let closes: Bool
    /// The client's.
    let version: HTTPVersion

    func part(now: Timestamp) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(response.headers.count + 4)
        for field in response.headers where field.name != .contentLength && field.name != .connection {
            headers.add(name: field.name.rawName, value: field.value)
        }
        // 204 and 304 have no body by definition, and a length with them misleads (RFC 9110 §8.6).
        if let length, response.status.code != 204, response.status.code != 304 {
            headers.add(name: "Content-Length", value: String(length))
        }
        headers.add(name: "Date", value: HTTPDate.text(now))
        // A browser takes a body for what Content-Type says, and for nothing else.
        if !headers.contains(name: "X-Content-Type-Options") {
            headers.add(name: "X-Content-Type-Options", value: "nosniff")
        }
        if closes {
            headers.add(name: "Connection", value: "close")
        } else if version.minor == 0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        let status = HTTPResponseStatus(statusCode: response.status.code, reasonPhrase: response.status.reasonPhrase)
        return HTTPResponseHead(version: length == nil ? version : .http1_1, status: status, headers: headers)
    }
}
