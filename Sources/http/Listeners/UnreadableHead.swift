import HTTPTypes
import NIOHTTP1

/// The head of a request that the parser does not read, and what had come of it.
struct UnreadableHead: Error, CustomStringConvertible {
    var description: String { "what came is no head of a request" }

    let fault: HTTPParserError
    /// From the first byte of the head on, and at most what one field may be long. Empty where the head came together
    /// with what is before it.
    var bytes: [UInt8] = []

    /// Method and target, where the parser knows no such method and all else of the first line is as it should be.
    var requestLine: (method: HTTPRequest.Method, target: String)? {
        guard case .invalidMethod = fault else { return nil }
        // Empty lines before a request are passed over (RFC 9112 §2.2).
        let head = bytes.drop { $0 == 0x0d || $0 == 0x0a }
        guard let end = head.firstIndex(of: 0x0a) else { return nil }
        let line = head[..<end].last == 0x0d ? head[..<(end - 1)] : head[..<end]
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0",
            let method = HTTPRequest.Method(words[0]), let target = try? RequestParser.target(words[1], method: method)
        else { return nil }
        return (method, target)
    }

    /// What is answered where nobody knows whose path it is.
    func badHead(_ limits: ConnectionLimits) -> RequestParser.BadHead {
        switch fault {
        case .headerOverflow:
            RequestParser.BadHead(
                status: 431,
                "The request line or a field is longer than \(limits.headerFieldSize) bytes, the fields together are longer "
                    + "than \(limits.headerSize) bytes, or there are more than \(limits.headerCount) of them")
        case .invalidMethod: .malformed("This is no HTTP request: it does not begin with a method")
        case .invalidURL: .malformed("The target of the request has characters that HTTP does not allow there")
        case .invalidVersion, .invalidConstant: .malformed("The request line does not end with HTTP/1.1 or HTTP/1.0")
        case .invalidHeaderToken: .malformed("A field has characters that HTTP does not allow there")
        case .invalidContentLength: .malformed("The value of Content-Length is no number of bytes")
        case .unexpectedContentLength:
            .malformed("The request has more than one Content-Length, or one beside Transfer-Encoding")
        case .invalidEOFState: .malformed("The connection ended within the head of a request")
        case .unknown:
            .malformed("There are both Transfer-Encoding and Content-Length, or a line that does not end with CRLF")
        default: .malformed("The head of the request is not as HTTP wants it")
        }
    }
}
