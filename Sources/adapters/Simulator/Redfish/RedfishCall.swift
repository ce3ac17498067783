import NIOHTTP1
import OrderedCollections
import Primitives

/// A request to a BMC over HTTP.
package struct RedfishCall: Sendable {
    let method: String
    /// Without query, and without a slash at the end.
    let path: String
    let query: Substring
    let headers: HTTPHeaders
    let body: [UInt8]

    /// - Parameter target: of the request line: `/redfish/v1/Systems?only`.
    package init(method: String, target: String, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.method = method
        let end = target.firstIndex(of: "?") ?? target.endIndex
        let path = target[..<end]
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : String(path)
        query = target[end...].dropFirst()
        self.headers = headers
        self.body = body
    }

    var isRead: Bool { method == "GET" || method == "HEAD" }

    func header(_ name: String) -> String? { headers.first(name: name) }

    /// Whether an answer of this media type is wanted (RFC 9110 §12.5.1), without regard to weights.
    func accepts(_ mediaType: String) -> Bool {
        let ranges = headers[canonicalForm: "Accept"].map { $0.prefix { $0 != ";" }.lowercased() }
        let kind = mediaType.prefix { $0 != "/" }
        return ranges.isEmpty || ranges.contains { [mediaType, "\(kind)/*", "*/*"].contains($0.trimmed) }
    }

    /// The body as an object.
    func object() throws(RedfishRequestError) -> Value.Object {
        if body.isEmpty { return [:] }
        if let type = header("Content-Type")?.prefix(while: { $0 != ";" }), type.lowercased() != "application/json" {
            throw RedfishRequestError(415, .headerInvalid("Content-Type: \(type.prefix(64))"))
        }
        guard let value = try? Value(json: body, depthLimit: 16), let object = value.objectValue else {
            throw RedfishRequestError(400, .malformedJSON)
        }
        return object
    }
}

/// What a BMC answers.
package struct RedfishReply: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []

    static func json(_ value: Value, status: Int = 200, headers: [(name: String, value: String)] = []) -> RedfishReply {
        RedfishReply(
            status: status, headers: [("Content-Type", "application/json;charset=utf-8")] + headers,
            body: value.jsonBytes(.compact))
    }
}

/// Why a request is not carried out.
struct RedfishRequestError: Error, Sendable, CustomStringConvertible {
    let status: Int
    let messages: [BaseMessage]
    var headers: [(name: String, value: String)] = []

    init(_ status: Int, _ messages: BaseMessage..., headers: [(name: String, value: String)] = []) {
        self.init(status, messages, headers: headers)
    }

    init(_ status: Int, _ messages: [BaseMessage], headers: [(name: String, value: String)] = []) {
        self.status = status
        self.messages = messages
        self.headers = headers
    }

    var description: String { messages.map(\.text).joined(separator: " ") }

    /// DSP0266 §8.6.
    var reply: RedfishReply {
        let first = messages.first ?? .generalError
        let error: Value = [
            "code": .string(first.identifier), "message": .string(first.text),
            "@Message.ExtendedInfo": .array(messages.map(\.value)),
        ]
        return .json(["error": error], status: status, headers: headers)
    }
}
