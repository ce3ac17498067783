import API
import HTTPTypes
import NIOCore
import NIOHTTP1
import Primitives

/// The head of a request, as a controller wants it; nil where RFC 9112 requires 400.
package enum RequestParser {
    /// Nil where the head is to be answered with 400.
    package static func request(
        _ head: HTTPRequestHead, id: UUIDv4, listener: ListenerName, caller: Caller?, peer: String, scheme: String
    ) -> APIRequest? {
        guard let method = HTTPRequest.Method(head.method.rawValue) else { return nil }
        var headers = HTTPFields()
        headers.reserveCapacity(head.headers.count)
        var hosts: [String] = []
        for (name, value) in head.headers {
            guard let fieldName = HTTPField.Name(name), HTTPField.isValidValue(value) else { return nil }
            if fieldName.canonicalName == "host" { hosts.append(value) }
            headers.append(HTTPField(name: fieldName, value: value))
        }
        guard hosts.count == 1 || (hosts.isEmpty && head.version.minor == 0) else { return nil }
        guard let target = path(of: head.uri, method: method) else { return nil }
        return APIRequest(
            method: method, target: target, headers: headers, authority: hosts.first, caller: caller, requestID: id,
            listener: listener, peer: peer, scheme: scheme)
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
    /// Of the body, in bytes; nil where nobody knows it yet. HTTP/1.0 knows no chunks, so such a body ends with its
    /// connection.
    let length: Int?
    let closes: Bool
    /// The client's.
    let version: HTTPVersion

    func part(now: Timestamp) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(response.headers.count + 3)
        for field in response.headers where field.name != .contentLength && field.name != .connection {
            headers.add(name: field.name.rawName, value: field.value)
        }
        // 204 and 304 have no body by definition, and a length with them misleads (RFC 9110 §8.6).
        if let length, response.status.code != 204, response.status.code != 304 {
            headers.add(name: "Content-Length", value: String(length))
        }
        headers.add(name: "Date", value: HTTPDate.text(now))
        if closes {
            headers.add(name: "Connection", value: "close")
        } else if version.minor == 0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        let status = HTTPResponseStatus(statusCode: response.status.code, reasonPhrase: response.status.reasonPhrase)
        return HTTPResponseHead(version: length == nil ? version : .http1_1, status: status, headers: headers)
    }
}
