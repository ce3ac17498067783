import API
import HTTPTypes
import NIOHTTP1

/// What is about to be sent.
struct PendingResponse: Sendable {
    var response: APIResponse
    /// The opened file, where the body is one.
    var file: FileBody?
    var hasReadBody = false
    /// The body never ended: nothing can follow on this connection.
    var isBroken = false

    var stream: StreamedBody? { if case .stream(let body) = response.body { body } else { nil } }

    /// What of the body is sent; nil for all of it.
    private var selected: Range<Int>?

    init(response: APIResponse, hasReadBody: Bool = false, isBroken: Bool = false) {
        self.response = response
        self.hasReadBody = hasReadBody
        self.isBroken = isBroken
    }

    /// What of a body that is no stream is sent.
    var range: Range<Int> { selected ?? 0..<length }

    /// Sends what the client asks for of what has a tag: nothing where it has that already, or wants another one (RFC 9110 §13),
    /// or the part that it names (§14).
    ///
    /// - Parameter inParts: whether parts are sent.
    mutating func select(for request: APIRequest, inParts: Bool) {
        guard request.method == .get || request.method == .head, response.status == .ok,
            let tag = response.headers[.eTag]
        else { return }
        if let status = request.unmetCondition(for: tag) { return send(nothingBut: status) }
        guard inParts, length > 0 else { return }
        response.headers[.acceptRanges] = "bytes"
        guard request.method == .get, let field = request.header(.range) else { return }
        if let condition = request.header(.ifRange), condition != tag { return }
        switch ByteRange.select(field, length: length) {
        case .whole: break
        case .part(let range):
            selected = range
            response.status = .partialContent
            response.headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(length)"
        case .unsatisfiable:
            response.headers[.contentRange] = "bytes */\(length)"
            send(nothingBut: .rangeNotSatisfiable)
        }
    }

    private mutating func send(nothingBut status: HTTPResponse.Status) {
        response.status = status
        response.headers[.contentType] = nil
        response.body = .none
        file = nil
    }

    /// In bytes: of a body that is no stream.
    private var length: Int {
        switch response.body {
        case .bytes(let bytes): bytes.count
        case .pieces(let body): body.length
        case .file: file?.length ?? 0
        case .none, .stream: 0
        }
    }

    /// Whether the connection cannot be used further, since too much of the request is still to come.
    func breaksFraming(_ head: HTTPRequestHead, _ limits: ConnectionLimits) -> Bool {
        if isBroken { return true }
        if hasReadBody { return false }
        return RequestBody.announcedLength(head).map { $0 > limits.refusedBodySize } ?? true
    }
}
