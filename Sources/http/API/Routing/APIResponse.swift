import HTTPTypes
import Primitives

/// An answer, to which the listener adds `Date` and `Content-Length`.
package struct APIResponse: Sendable {
    /// The body of an answer.
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// A body of a known length that is too large to be held in memory.
        case pieces(PiecedBody)
        /// A file, which the listener sends in pieces.
        case file(path: String)
        /// A body without a length, which ends when its source does.
        case stream(StreamedBody)
    }

    /// A body of a known length that is read in pieces. The next piece is read once the client has taken the last one.
    package struct PiecedBody: Sendable {
        /// In bytes.
        package var length: Int
        /// Reads the bytes from an offset on: at least one, and as many as suit the source. Where it throws, the
        /// connection is closed.
        package var piece: @Sendable (_ offset: Int) async throws -> [UInt8]

        package init(length: Int, piece: @escaping @Sendable (_ offset: Int) async throws -> [UInt8]) {
            self.length = length
            self.piece = piece
        }
    }

    /// The HTTP status.
    package var status: HTTPResponse.Status
    /// The headers without `Date` and `Content-Length`.
    package var headers: HTTPFields
    /// The body.
    package var body: Body
    /// The error that the controller answered with this response. The listener logs it where the status is 500 or
    /// above.
    package var cause: (any Error)?
    /// Whom the handler has verified by a secret of the machine itself; nil where it has verified nobody.
    package var principal: Principal?
    /// What the request has made or changed, for the audit, where its path does not say it; nil where it does.
    package var subject: String?

    package init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer of text in UTF-8.
    ///
    /// - Parameter contentType: is sent also where the text is empty; nil sends none.
    package static func text(
        _ text: String, status: HTTPResponse.Status = .ok, contentType: String? = "text/plain; charset=utf-8"
    ) -> APIResponse {
        bytes(Array(text.utf8), status: status, contentType: contentType)
    }

    /// An answer of bytes.
    ///
    /// - Parameter contentType: nil sends none.
    package static func bytes(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, contentType: String?
    ) -> APIResponse {
        var response = APIResponse(status, body: .bytes(bytes))
        response.headers[.contentType] = contentType
        return response
    }

    /// An answer of JSON in the default spacing of Python, which Airship's services use.
    package static func json(
        _ value: Value, status: HTTPResponse.Status = .ok, style: Value.JSONStyle = .spaced
    ) -> APIResponse {
        text(value.json(style), status: status, contentType: "application/json")
    }

    /// An answer of a file. It is a 404 where the file does not exist.
    ///
    /// - Parameter contentType: nil sends none.
    package static func file(_ path: String, contentType: String?) -> APIResponse {
        var response = APIResponse(.ok, body: .file(path: path))
        response.headers[.contentType] = contentType
        return response
    }

    /// Sets a header by name; nil removes it.
    package mutating func set(_ name: String, _ value: String?) {
        guard let name = HTTPField.Name(name) else { return }
        headers[name] = value
    }
}

extension HTTPResponse.Status {
    /// The status with this number, with its phrase where HTTPTypes knows one.
    package static func numbered(_ code: Int) -> HTTPResponse.Status {
        phrased.first { $0.code == code } ?? HTTPResponse.Status(code: code)
    }

    private static let phrased: [HTTPResponse.Status] = [
        .ok, .created, .accepted, .noContent, .badRequest, .unauthorized, .forbidden, .notFound, .methodNotAllowed,
        .conflict, .contentTooLarge, .unsupportedMediaType, .expectationFailed, .internalServerError,
        .serviceUnavailable,
    ]

    /// Number and phrase: `404 Not Found`.
    package var line: String { reasonPhrase.isEmpty ? "\(code)" : "\(code) \(reasonPhrase)" }
}
