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
    typealias Stream = NIOAsyncChannel<RequestPart, HTTPServerResponsePart>

    let service: HTTPService
    let stream: Stream

    func run() async {
        let peer = await ConnectionPeer.identify(stream.channel, by: service.callers)
        // What is thrown here is the client's going away; there is nobody left to tell.
        try? await stream.executeThenClose { inbound, outbound in
            var parts = RequestParts(inbound)
            do {
                while case .head(let head)? = try await parts.next() {
                    guard try await exchange(head, from: peer, &parts, outbound) else { break }
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
        _ head: HTTPRequestHead, from peer: ConnectionPeer, _ parts: inout RequestParts, _ outbound: ResponseParts
    ) async throws -> Bool {
        let started = ContinuousClock.now
        let parsed = RequestParser.request(
            head, id: UUIDv4(), listener: service.listener, caller: peer.caller, peer: peer.text,
            scheme: service.scheme)
        guard var request = parsed else {
            try await refuse(400, outbound)
            return false
        }
        var answer = PendingResponse(response: APIResponse(.ok))
        try await Self.elsewhere {
            switch await service.table.plan(for: request) {
            case .answer(let response): answer = PendingResponse(response: response)
            case .call(let call):
                request.caller = call.caller
                answer = try await perform(call, head, &parts, outbound)
            }
        }
        let closes =
            !head.isKeepAlive || service.registry.isDraining || head.asksForAnotherProtocol
            || answer.breaksFraming(head, service.limits) || (answer.isStream && head.version.minor == 0)
        let length = try await write(answer, to: head, closes: closes, outbound)
        service.log.record(request, answer.response, length: length, duration: .now - started)
        if closes { return false }
        if !answer.hasReadBody { try await parts.skipRequest() }
        return true
    }

    /// Runs `work` on threads that have no connections of their own.
    fileprivate static func elsewhere<Result>(_ work: () async throws -> Result) async throws -> Result {
        try await withTaskExecutorPreference(globalConcurrentExecutor, operation: work)
    }

    /// Reads the body and runs the handler.
    private func perform(
        _ call: Call, _ head: HTTPRequestHead, _ parts: inout RequestParts, _ outbound: ResponseParts
    ) async throws -> PendingResponse {
        do {
            let announced = RequestBody.announcedLength(head)
            let mayFollow = announced.map { $0 > 0 && $0 <= call.readLimit } ?? true
            if mayFollow, head.version.minor > 0, head.headers[canonicalForm: "expect"].contains("100-continue") {
                try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
            }
            let body = try await RequestBody.read(head, for: call, from: &parts)
            let departure: @Sendable () async -> Void = { [stream] in await ClientDeparture.of(stream.channel) }
            var answer = PendingResponse(
                response: await call.perform(body: body, departure: departure), hasReadBody: true)
            if case .file(let path) = answer.response.body {
                do {
                    answer.file = try await FileBody.open(path)
                } catch {
                    answer.response = call.refuse(RequestError.notFound)
                    answer.response.cause = error
                }
            }
            return answer
        } catch let error as RequestError {
            let isBroken = if case .bodyIncomplete = error { true } else { false }
            return PendingResponse(response: call.refuse(error), isBroken: isBroken)
        }
    }

    /// Sends head and body; answers the number of bytes of the body.
    private func write(
        _ answer: PendingResponse, to request: HTTPRequestHead, closes: Bool, _ outbound: ResponseParts
    ) async throws -> Int {
        if case .stream(let body) = answer.response.body {
            let head = ResponseHead(response: answer.response, length: nil, closes: closes, version: request.version)
                .part(now: .now())
            let length = try await service.registry.withStream(limit: service.limits.streams) {
                try await outbound.write(.head(head))
                let isWanted = request.method != .HEAD
                let length =
                    isWanted
                    ? try await Self.elsewhere { try await BodyStream(body, to: stream.channel, outbound).run() } : 0
                try await outbound.write(.end(nil))
                return length
            }
            if let length { return length }
            var busy = APIResponse.text(
                "As many streams as this listener takes are open already; try again later.\n",
                status: .serviceUnavailable)
            busy.headers[.retryAfter] = "10"
            return try await write(PendingResponse(response: busy), to: request, closes: closes, outbound)
        }
        let content = answer.content
        let head = ResponseHead(
            response: answer.response, length: content.length, closes: closes, version: request.version
        ).part(now: .now())
        // Together they are one packet, or few.
        var parts: [HTTPServerResponsePart] = [.head(head)]
        var offset = 0
        while request.method != .HEAD, offset < content.length {
            // Piece by piece, so that every piece that is taken counts as the client's being alive.
            let piece = try await content.piece(at: offset)
            offset += piece.readableBytes
            parts.append(.body(.byteBuffer(piece)))
            if offset < content.length || piece.readableBytes > FileBody.pieceSize {
                try await outbound.write(contentsOf: parts)
                parts = []
            }
        }
        // Waits until the last piece is nearly sent: an answer that is on its way is not over.
        parts.append(.end(nil))
        try await outbound.write(contentsOf: parts)
        return content.length
    }

    /// An answer without a controller, for what is no HTTP.
    private func refuse(_ status: Int, _ outbound: ResponseParts) async throws {
        let response = APIResponse(.init(code: status))
        let head = ResponseHead(response: response, length: 0, closes: true, version: .http1_1).part(now: .now())
        try await outbound.write(.head(head))
        try await outbound.write(.end(nil))
    }

    /// Reads on until the client closes or its time is up. Closing with unread bytes resets the connection, and the
    /// client may lose the answer.
    private func linger(_ parts: inout RequestParts) async throws {
        try await parts.skipAll()
        try await stream.channel.closeFuture.get()
    }
}

/// What is about to be sent.
private struct PendingResponse: Sendable {
    var response: APIResponse
    var file: FileBody?
    var hasReadBody = false
    /// The body never ended: nothing can follow on this connection.
    var isBroken = false

    var isStream: Bool { if case .stream = response.body { true } else { false } }

    /// Of a body that is no stream.
    var content: Content {
        if let file { return .file(file) }
        return switch response.body {
        case .bytes(let bytes): .bytes(bytes)
        case .pieces(let body): .pieces(body)
        case .none, .file, .stream: .bytes([])
        }
    }

    /// Whether the connection cannot be used further, since too much of the request is still to come.
    func breaksFraming(_ head: HTTPRequestHead, _ limits: ConnectionLimits) -> Bool {
        if isBroken { return true }
        if hasReadBody { return false }
        return RequestBody.announcedLength(head).map { $0 > limits.refusedBodySize } ?? true
    }
}

/// A body whose length is known.
enum Content {
    /// In bytes: how much of bytes in memory is handed over at once. Each piece costs a round through encoder and socket;
    /// a client that takes nothing costs one.
    static let pieceSize = 512 << 10

    case bytes([UInt8])
    case pieces(APIResponse.PiecedBody)
    case file(FileBody)

    var length: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .pieces(let body): body.length
        case .file(let file): file.length
        }
    }

    /// The bytes from `offset` on, at least one.
    func piece(at offset: Int) async throws -> ByteBuffer {
        switch self {
        case .bytes(let bytes): return ByteBuffer(bytes: bytes[offset..<min(offset + Self.pieceSize, bytes.count)])
        case .pieces(let body):
            return try await HTTPConnection.elsewhere { ByteBuffer(bytes: try await body.piece(offset)) }
        case .file(let file): return try await file.piece(at: offset)
        }
    }
}
