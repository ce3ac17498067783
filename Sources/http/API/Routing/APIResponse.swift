import HTTPTypes
import Primitives

/// An answer, before the listener adds `Date` and the length.
package struct APIResponse: Sendable {
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Bytes that are too many to be held at once.
        case pieces(PiecedBody)
        /// A file that the listener sends piece by piece.
        case file(path: String)
        /// Whatever comes, without a length known beforehand.
        case stream(StreamedBody)
    }

    /// A body whose length is known and which is had piece by piece, the next one once the client has taken the last.
    package struct PiecedBody: Sendable {
        package var length: Int
        /// The bytes from an offset on: as many as suit its source, at least one. Throws where they cannot be had; then the
        /// connection is cut.
        package var piece: @Sendable (_ offset: Int) async throws -> [UInt8]

        package init(length: Int, piece: @escaping @Sendable (_ offset: Int) async throws -> [UInt8]) {
            self.length = length
            self.piece = piece
        }
    }

    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: Body
    /// The error that the controller turned into this answer; the listener logs it once if the status is 500 or above.
    package var cause: (any Error)?

    package init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// - Parameter contentType: sent even where the text is empty; nil sends none.
    package static func text(
        _ text: String, status: HTTPResponse.Status = .ok, contentType: String? = "text/plain; charset=utf-8"
    ) -> APIResponse {
        bytes(Array(text.utf8), status: status, contentType: contentType)
    }

    package static func bytes(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, contentType: String?
    ) -> APIResponse {
        var response = APIResponse(status, body: .bytes(bytes))
        response.headers[.contentType] = contentType
        return response
    }

    /// JSON in Python's default spacing, which is what the services answer.
    package static func json(
        _ value: Value, status: HTTPResponse.Status = .ok, style: Value.JSONStyle = .spaced
    ) -> APIResponse {
        text(value.json(style), status: status, contentType: "application/json")
    }

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
    /// The status of a number, with its phrase where it has one here; a bare number otherwise.
    package static func numbered(_ code: Int) -> HTTPResponse.Status {
        phrased.first { $0.code == code } ?? HTTPResponse.Status(code: code)
    }

    private static let phrased: [HTTPResponse.Status] = [
        .ok, .created, .accepted, .noContent, .badRequest, .unauthorized, .forbidden, .notFound, .methodNotAllowed,
        .conflict, .contentTooLarge, .unsupportedMediaType, .expectationFailed, .internalServerError,
        .serviceUnavailable,
    ]

    /// `404 Not Found`
    package var line: String { reasonPhrase.isEmpty ? "\(code)" : "\(code) \(reasonPhrase)" }
}
