import API
import NIOCore
import NIOHTTP1

typealias RequestParts = NIOAsyncChannelInboundStream<HTTPServerRequestPart>.AsyncIterator
typealias ResponseParts = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

/// Reading what follows a head.
enum RequestBody {
    /// The length that the head announces: nil for none known beforehand (chunked).
    static func announcedLength(_ head: HTTPRequestHead) -> Int? {
        if head.headers.contains(name: "Transfer-Encoding") { return nil }
        return head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
    }

    /// The whole body. No more than `limit` bytes are ever kept.
    ///
    /// Throws `Refusal.bodyTooLarge` as soon as that is known, `Refusal.bodyIncomplete` if the body ends early,
    /// stalls or breaks its framing.
    static func read(_ head: HTTPRequestHead, limit: Int, from parts: inout RequestParts) async throws -> [UInt8] {
        let announced = announcedLength(head)
        if let announced, announced > limit { throw Refusal.bodyTooLarge(limit: limit) }
        var body: [UInt8] = []
        body.reserveCapacity(announced ?? 0)
        while let part = try await next(&parts) {
            switch part {
            case .body(let buffer):
                guard buffer.readableBytes <= limit - body.count else { throw Refusal.bodyTooLarge(limit: limit) }
                body.append(contentsOf: buffer.readableBytesView)
            case .end: return body
            case .head: throw Refusal.bodyIncomplete
            }
        }
        throw Refusal.bodyIncomplete
    }

    /// Reads the rest of a request that was refused, so that the next one can follow.
    static func skip(_ parts: inout RequestParts) async throws {
        while let part = try await parts.next() {
            if case .end = part { return }
        }
    }

    private static func next(_ parts: inout RequestParts) async throws -> HTTPServerRequestPart? {
        do {
            return try await parts.next()
        } catch is HTTPParserError {
            throw Refusal.bodyIncomplete
        } catch is BodyStalled {
            throw Refusal.bodyIncomplete
        }
    }
}
