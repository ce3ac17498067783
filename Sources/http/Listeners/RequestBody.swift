import API
import NIOCore
import NIOHTTP1

/// What a client sends, in its order: nil where it has said all it will say.
typealias RequestParts = NIOAsyncChannelInboundStream<RequestPart>.AsyncIterator

typealias ResponseParts = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

/// Reading what follows a head.
enum RequestBody {
    /// In bytes: what is announced takes no memory before it comes.
    private static let firstReservation = 64 << 10

    /// The length that the head announces: nil for none known beforehand (chunked).
    static func announcedLength(_ head: HTTPRequestHead) -> Int? {
        if head.headers.contains(name: "Transfer-Encoding") { return nil }
        // The parser has seen to it that it is a number, of whatever size.
        return head.headers.first(name: "Content-Length").map { Int(RequestParser.trimmed($0)) ?? .max } ?? 0
    }

    /// The whole body, or nothing of it where the call wants none. No more than the call's limit is ever kept.
    ///
    /// - Parameter share: is charged for what is kept.
    ///
    /// Throws `RequestError.overloaded` where there is no room for it, `RequestError.bodyTooLarge` as soon as that is known, `RequestError.bodyIncomplete` if the body ends early,
    /// comes too slowly or breaks its framing.
    static func read(
        _ head: HTTPRequestHead, for call: Call, from parts: inout RequestParts, _ share: inout BodyBudget.Share
    ) async throws -> [UInt8] {
        let announced = announcedLength(head)
        if let announced, announced > call.readLimit { throw RequestError.bodyTooLarge(limit: call.bodyLimit) }
        var body: [UInt8] = []
        body.reserveCapacity(call.bodyLimit == 0 ? 0 : min(announced ?? 0, firstReservation))
        var length = 0
        do {
            while let part = try await parts.next()?.get() {
                switch part {
                case .body(let buffer):
                    length += buffer.readableBytes
                    guard length <= call.readLimit else { throw RequestError.bodyTooLarge(limit: call.bodyLimit) }
                    guard call.bodyLimit > 0 else { continue }
                    try share.take(buffer.readableBytes)
                    body.append(contentsOf: buffer.readableBytesView)
                case .end: return body
                case .head: throw RequestError.bodyIncomplete(.malformed)
                }
            }
        } catch HTTPParserError.invalidEOFState {
            // The connection has ended.
        } catch is HTTPParserError {
            throw RequestError.bodyIncomplete(.malformed)
        } catch let stall as BodyStalled {
            throw RequestError.bodyIncomplete(stall.fault)
        }
        throw RequestError.bodyIncomplete(.ended(received: length, announced: announced))
    }
}
