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
    let bodies: BodyBudget
    let log: AccessLog
    let counts: RequestCounts
    /// Nil where nobody wants to know.
    let observer: RequestObserver?
}

/// Serves one connection, one request after the other.
struct HTTPConnection: Sendable {
    typealias Stream = NIOAsyncChannel<RequestPart, HTTPServerResponsePart>

    /// In bytes: how much of a body in memory is handed over at once. Each piece costs a round through encoder and socket;
    /// a client that takes nothing costs one.
    private static let pieceSize = 512 << 10

    let service: HTTPService
    let stream: Stream
    let standing: ConnectionStanding

    func run() async {
        let peer = await ConnectionPeer.identify(stream.channel, by: service.callers)
        if let caller = peer.caller { service.registry.recognize(standing, as: caller.principal) }
        // Open until the channel is closed, or the next one has left: the kernel may still read it.
        var sent: FileBody?
        defer { sent = nil }
        // Errors here mean that the client has gone.
        try? await stream.executeThenClose { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            do {
                while case .head(let head)? = try await parts.next()?.get() {
                    guard try await exchange(head, from: peer, &parts, outbound, &sent) else { break }
                }
            } catch let error as UnreadableHead {
                try await refuse(error, from: peer, outbound)
            } catch let error as HTTPParserError {
                try await refuse(UnreadableHead(fault: error).badHead(service.limits), outbound)
            }
            outbound.finish()
            try await linger(&parts)
        }
    }

    /// Reads a request and answers it; false if the connection ends with that.
    private func exchange(
        _ head: HTTPRequestHead, from peer: ConnectionPeer, _ parts: inout RequestParts, _ outbound: ResponseParts,
        _ sent: inout FileBody?
    ) async throws -> Bool {
        let started = ContinuousClock.now
        var request: APIRequest
        do throws(RequestParser.BadHead) {
            request = try RequestParser.request(
                head, id: UUIDv4(), listener: service.listener, caller: peer.caller, peer: peer.text,
                scheme: service.scheme)
        } catch {
            try await refuse(error, to: head, outbound)
            return false
        }
        request.isPrivate = isPrivate(peer)
        var answer = PendingResponse(response: APIResponse(.ok))
        var route: Route?
        // Other connections share the thread of this one.
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            switch await service.table.plan(for: request) {
            case .answer(let response, let found, let caller):
                answer = PendingResponse(response: response)
                request.caller = request.caller ?? caller
                route = found
            case .call(let call):
                request.caller = call.caller
                route = call.route
                recognize(request, answer.response)
                answer = try await perform(call, head, &parts, outbound)
            }
        }
        recognize(request, answer.response)
        await service.observer?(request, answer.response)
        // What firmware fetches is large, and it may fetch it in parts; so are files, such as the log of a step.
        answer.select(for: request, inParts: service.listener == .node || answer.file != nil)
        let closes =
            !head.isKeepAlive || service.registry.isDraining || head.asksForAnotherProtocol
            || answer.breaksFraming(head, service.limits) || (answer.stream != nil && head.version.minor == 0)
        let length =
            if let body = answer.stream {
                try await stream(body, of: answer.response, to: head, closes: closes, outbound)
            } else {
                try await write(answer, to: head, closes: closes, outbound, &sent)
            }
        let duration = ContinuousClock.now - started
        service.log.record(request, route, answer.response, length: length, duration: duration)
        service.counts.count(
            request.listener, route, status: answer.response.status.code,
            duration: answer.stream == nil ? duration : nil)
        if closes { return false }
        if !answer.hasReadBody { try await skipRequest(&parts) }
        return true
    }

    /// Whether nobody on the way can read along.
    private func isPrivate(_ peer: ConnectionPeer) -> Bool { service.scheme == "https" || peer.isOnThisHost }

    /// Notes who the client is, where a token or the secret of a node's machine was verified.
    private func recognize(_ request: APIRequest, _ response: APIResponse) {
        guard !standing.isKnown, let principal = request.caller?.principal ?? response.principal else { return }
        service.registry.recognize(standing, as: principal)
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
            var share = service.bodies.share(isKnown: standing.isKnown)
            let body = try await RequestBody.read(head, for: call, from: &parts, &share)
            let departure: @Sendable () async -> Void = { [stream] in await ClientDeparture.of(stream.channel) }
            var answer = PendingResponse(
                response: await call.perform(body: body, departure: departure), hasReadBody: true)
            if case .file(let path) = answer.response.body {
                do {
                    let file = try await FileBody.open(path)
                    answer.response.headers[.eTag] = file.tag
                    answer.file = file
                } catch {
                    answer.response = call.refuse(RequestError.notFound)
                    answer.response.cause = error
                }
            }
            return answer
        } catch let error as RequestError {
            let isBroken =
                switch error {
                case .bodyIncomplete, .overloaded: true
                default: false
                }
            return PendingResponse(response: call.refuse(error), isBroken: isBroken)
        }
    }

    /// Sends head and body; answers the number of bytes of the body.
    private func write(
        _ answer: PendingResponse, to request: HTTPRequestHead, closes: Bool, _ outbound: ResponseParts,
        _ sent: inout FileBody?
    ) async throws -> Int {
        if let file = answer.file { sent = file }
        let range = answer.range
        let length = range.count
        let head = ResponseHead(response: answer.response, length: length, closes: closes, version: request.version)
        // Together they are one packet, or few.
        var parts: [HTTPServerResponsePart] = [.head(head.part(now: .now()))]
        var offset = range.lowerBound
        while request.method != .HEAD, offset < range.upperBound {
            // TLS has to encrypt what it sends.
            if let file = answer.file, service.scheme == "http",
                let region = try await file.region(at: offset, until: range.upperBound)
            {
                offset += region.readableBytes
                try await outbound.write(contentsOf: parts + [.body(.fileRegion(region))])
                parts = []
                continue
            }
            // Piece by piece, so that every piece that is taken counts as the client's being alive.
            var piece: ByteBuffer
            if let file = answer.file {
                piece = try await file.piece(at: offset)
            } else if case .bytes(let bytes) = answer.response.body {
                piece = ByteBuffer(bytes: bytes[offset..<min(offset + Self.pieceSize, range.upperBound)])
            } else if case .pieces(let body) = answer.response.body {
                piece = try await withTaskExecutorPreference(globalConcurrentExecutor) {
                    ByteBuffer(bytes: try await body.piece(offset))
                }
            } else {
                break
            }
            piece = piece.readSlice(length: min(piece.readableBytes, range.upperBound - offset)) ?? piece
            offset += piece.readableBytes
            parts.append(.body(.byteBuffer(piece)))
            if offset < range.upperBound || piece.readableBytes > FileBody.pieceSize {
                try await outbound.write(contentsOf: parts)
                parts = []
            }
        }
        // Waits until the last piece is nearly sent: an answer that is on its way is not over.
        parts.append(.end(nil))
        try await outbound.write(contentsOf: parts)
        return length
    }

    /// Sends head and body, piece by piece as the body comes to be; answers the number of bytes of the body.
    private func stream(
        _ body: StreamedBody, of response: APIResponse, to request: HTTPRequestHead, closes: Bool,
        _ outbound: ResponseParts
    ) async throws -> Int {
        let head = ResponseHead(response: response, length: nil, closes: closes, version: request.version)
        let length = try await service.registry.withStream(limit: service.limits.streams) {
            try await outbound.write(.head(head.part(now: .now())))
            var length = 0
            if request.method != .HEAD {
                length = try await withTaskExecutorPreference(globalConcurrentExecutor) {
                    try await BodyStream(body, to: stream.channel, outbound).run()
                }
            }
            try await outbound.write(.end(nil))
            return length
        }
        if let length { return length }
        var busy = APIResponse.text(
            "As many streams as this listener takes are open already; try again later.\n",
            status: .serviceUnavailable)
        busy.headers[.retryAfter] = "10"
        var none: FileBody?
        return try await write(PendingResponse(response: busy), to: request, closes: closes, outbound, &none)
    }

    /// An answer without a controller, for what is no HTTP.
    private func refuse(
        _ fault: RequestParser.BadHead,
        to head: HTTPRequestHead = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), _ outbound: ResponseParts
    ) async throws {
        let response = APIResponse.text(fault.message + ".\n", status: .init(code: fault.status))
        var none: FileBody?
        _ = try await write(PendingResponse(response: response), to: head, closes: true, outbound, &none)
    }

    /// Answers a head that the parser does not read. Where only its method is unknown, that is what the path's controller
    /// says to any method that the path lacks.
    private func refuse(
        _ unreadable: UnreadableHead, from peer: ConnectionPeer, _ outbound: ResponseParts
    ) async throws {
        guard let line = unreadable.requestLine else {
            return try await refuse(unreadable.badHead(service.limits), outbound)
        }
        let started = ContinuousClock.now
        var request = APIRequest(
            method: line.method, target: line.target, headers: [:], authority: nil, caller: peer.caller,
            requestID: UUIDv4(), listener: service.listener, peer: peer.text, scheme: service.scheme)
        request.isPrivate = isPrivate(peer)
        guard case .answer(let response, let route, _) = await service.table.plan(for: request) else {
            return try await refuse(unreadable.badHead(service.limits), outbound)
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: line.target)
        var none: FileBody?
        let length = try await write(PendingResponse(response: response), to: head, closes: true, outbound, &none)
        service.log.record(request, route, response, length: length, duration: .now - started)
    }

    /// Reads on to the end of the request, so that the next one can follow.
    private func skipRequest(_ parts: inout RequestParts) async throws {
        while let part = try await parts.next()?.get() {
            if case .end = part { return }
        }
    }

    /// Reads on until the client closes or its time is up; errors are of no interest any more. Closing with unread bytes
    /// resets the connection, and the client may lose the answer.
    private func linger(_ parts: inout RequestParts) async throws {
        while try await parts.next() != nil {}
        try await stream.channel.closeFuture.get()
    }
}
