import API
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import Primitives

/// What all connections of a listener share.
struct HTTPService: Sendable {
    let table: RouteTable
    let listener: ListenerName
    let callers: CallerSource
    let scheme: String
    let limits: ConnectionLimits
    let registry: ConnectionRegistry
    let log: AccessLog
}

/// Serves one connection, one request after the other.
struct HTTPConnection: Sendable {
    typealias Stream = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    let service: HTTPService
    let stream: Stream

    func run() async {
        let peer = await ConnectionPeer.identify(stream.channel, by: service.callers)
        // What is thrown here is the client's going away; there is nobody left to tell.
        try? await stream.executeThenClose { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            do {
                while case .head(let head)? = try await parts.next() {
                    guard try await exchange(head, &parts, outbound, peer) else { break }
                }
            } catch let error as HTTPParserError {
                try await refuse(error == .headerOverflow ? 431 : 400, outbound)
            }
            outbound.finish()
            try await linger(&parts)
        }
    }

    /// Reads a request and answers it; false if the connection ends with that.
    private func exchange(
        _ head: HTTPRequestHead, _ parts: inout RequestParts, _ outbound: ResponseParts, _ peer: ConnectionPeer
    ) async throws -> Bool {
        let started = ContinuousClock.now
        let parsed = RequestParser.request(
            head, id: UUIDv4(), listener: service.listener, caller: peer.caller, peer: peer.text,
            scheme: service.scheme)
        guard var request = parsed else {
            try await refuse(400, outbound)
            return false
        }
        var answer = Answer(response: FaceResponse(.ok))
        switch await service.table.plan(for: request) {
        case .answer(let response): answer = Answer(response: response)
        case .call(let call):
            request.caller = call.caller
            answer = try await perform(call, head, &parts, outbound)
        }
        let closes =
            !head.isKeepAlive || service.registry.isDraining || head.asksForAnotherProtocol
            || answer.breaksFraming(head, service.limits) || (answer.isStream && head.version.minor == 0)
        let length = try await write(answer, to: head, closes: closes, outbound)
        service.log.record(request, answer.response, length: length, duration: .now - started)
        if closes { return false }
        if !answer.hasReadBody { try await RequestBody.skip(&parts) }
        return true
    }

    /// Reads the body and runs the handler.
    private func perform(
        _ call: Call, _ head: HTTPRequestHead, _ parts: inout RequestParts, _ outbound: ResponseParts
    ) async throws -> Answer {
        do {
            let announced = RequestBody.announcedLength(head)
            let mayFollow = announced.map { $0 > 0 && $0 <= call.readLimit } ?? true
            if mayFollow, head.version.minor > 0, head.headers[canonicalForm: "expect"].contains("100-continue") {
                try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
            }
            let body = try await RequestBody.read(head, for: call, from: &parts)
            var answer = Answer(response: await call.perform(body: body), hasReadBody: true)
            if case .file(let path) = answer.response.body {
                do {
                    answer.file = try await FileBody.open(path)
                } catch {
                    answer.response = call.refuse(Refusal.notFound)
                    answer.response.cause = error
                }
            }
            return answer
        } catch let refusal as Refusal {
            let isBroken = if case .bodyIncomplete = refusal { true } else { false }
            return Answer(response: call.refuse(refusal), isBroken: isBroken)
        }
    }

    /// Sends head and body; answers the number of bytes of the body.
    private func write(
        _ answer: Answer, to request: HTTPRequestHead, closes: Bool, _ outbound: ResponseParts
    ) async throws -> Int {
        if case .stream(let body) = answer.response.body {
            let head = ResponseHeads.head(
                answer.response, length: nil, closes: closes, version: request.version, now: .now())
            let length = try await service.registry.withStream(limit: service.limits.streams) {
                try await outbound.write(.head(head))
                let isWanted = request.method != .HEAD
                let length = isWanted ? try await BodyStream(body, to: stream.channel, outbound).run() : 0
                try await outbound.write(.end(nil))
                return length
            }
            if let length { return length }
            var busy = FaceResponse.text(
                "As many streams as this listener takes are open already; try again later.\n",
                status: .serviceUnavailable)
            busy.headers[.retryAfter] = "10"
            return try await write(Answer(response: busy), to: request, closes: closes, outbound)
        }
        let bytes: [UInt8] = if case .bytes(let bytes) = answer.response.body { bytes } else { [] }
        let length = answer.file?.length ?? bytes.count
        let head = ResponseHeads.head(
            answer.response, length: length, closes: closes, version: request.version, now: .now())
        // Together they are one packet, or few.
        var parts: [HTTPServerResponsePart] = [.head(head)]
        if request.method != .HEAD, service.scheme == "http", let file = answer.file, length > 0,
            length <= FileBody.regionSize
        {
            let region = try file.region()
            defer { try? region.fileHandle.close() }
            // Past the writer, which does not tell when the file has been sent and may be closed.
            stream.channel.write(HTTPServerResponsePart.head(head), promise: nil)
            try await stream.channel.writeAndFlush(HTTPServerResponsePart.body(.fileRegion(region))).get()
            try await outbound.write(.end(nil))
            return length
        }
        if request.method != .HEAD {
            // Piece by piece, so that every piece that is taken counts as the client's being alive.
            var offset = 0
            while offset < length {
                let piece =
                    try await answer.file?.piece(at: offset)
                    ?? ByteBuffer(bytes: bytes[offset..<min(offset + FileBody.pieceSize, length)])
                offset += piece.readableBytes
                parts.append(.body(.byteBuffer(piece)))
                if offset < length {
                    try await outbound.write(contentsOf: parts)
                    parts = []
                }
            }
        }
        parts.append(.end(nil))
        try await outbound.write(contentsOf: parts)
        return length
    }

    /// An answer without a face, for what is no HTTP.
    private func refuse(_ status: Int, _ outbound: ResponseParts) async throws {
        let response = FaceResponse(.init(code: status))
        let head = ResponseHeads.head(response, length: 0, closes: true, version: .http1_1, now: .now())
        try await outbound.write(.head(head))
        try await outbound.write(.end(nil))
    }

    /// Reads on until the client closes or its time is up. Closing with unread bytes resets the connection, and the
    /// client may lose the answer.
    private func linger(_ parts: inout RequestParts) async throws {
        while try await parts.next() != nil {}
        try await stream.channel.closeFuture.get()
    }
}

extension HTTPRequestHead {
    /// The decoder reads nothing more after such a request, although it is answered like any other.
    fileprivate var asksForAnotherProtocol: Bool { method == .CONNECT || headers.contains(name: "Upgrade") }
}

/// What is about to be sent.
private struct Answer: Sendable {
    var response: FaceResponse
    var file: FileBody?
    var hasReadBody = false
    /// The body never ended: nothing can follow on this connection.
    var isBroken = false

    var isStream: Bool { if case .stream = response.body { true } else { false } }

    /// Whether the connection cannot be used further, since too much of the request is still to come.
    func breaksFraming(_ head: HTTPRequestHead, _ limits: ConnectionLimits) -> Bool {
        if isBroken { return true }
        if hasReadBody { return false }
        return RequestBody.announcedLength(head).map { $0 > limits.refusedBodySize } ?? true
    }
}
