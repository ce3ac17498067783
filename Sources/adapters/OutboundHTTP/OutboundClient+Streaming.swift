import AsyncHTTPClient
import NIOCore
import Synchronization

extension OutboundClient {
    /// Sends a request and hands over the body of the response piece by piece. Redirects are returned like any other
    /// response.
    ///
    /// - Parameters:
    ///   - limits: `time` is that of everything, the work of `take` included; `pause` is that of the server alone, the
    ///     head of its response included.
    ///   - accept: sees status and headers, before the body. Where it returns false the body is not read.
    ///   - take: gets each piece. The next one is read after it has returned, so that no more than a few of them are in
    ///     memory.
    /// - Returns: the response, with an empty body.
    /// - Throws: `OutboundError`; `CancellationError` where the task is cancelled; what `accept` and `take` throw.
    package func stream(
        _ request: OutboundRequest, limits: Limits, accept: @escaping @Sendable (OutboundResponse) throws -> Bool,
        take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> OutboundResponse {
        let deadline = NIODeadline.now() + Self.amount(limits.time)
        let silence = ServerSilence()
        do {
            return try await withThrowingTaskGroup(of: OutboundResponse.self) { group in
                group.addTask {
                    try await pass(request, limits, deadline, silence, accept, take)
                }
                group.addTask {
                    try await Task.sleep(for: Duration(deadline - .now()))
                    throw HTTPClientError.deadlineExceeded
                }
                if let pause = limits.pause { group.addTask { try await silence.watch(pause: pause) } }
                defer { group.cancelAll() }
                guard let response = try await group.next() else { throw CancellationError() }
                return response
            }
        } catch let error as Taken {
            throw error.cause
        } catch {
            try Task.checkCancellation()
            throw Self.failure(error, limits)
        }
    }

    private func pass(
        _ request: OutboundRequest, _ limits: Limits, _ deadline: NIODeadline, _ silence: ServerSilence,
        _ accept: @Sendable (OutboundResponse) throws -> Bool, _ take: @Sendable ([UInt8]) async throws -> Void
    ) async throws -> OutboundResponse {
        silence.begin()
        let response = try await http.execute(Step(request).request { _ in nil }, deadline: deadline)
        silence.end()
        let head = OutboundResponse(status: response.status, headers: response.headers, body: [])
        do {
            guard try accept(head) else { return head }
        } catch {
            throw Taken(cause: error)
        }
        var count = 0
        var pieces = response.body.makeAsyncIterator()
        while true {
            silence.begin()
            guard let piece = try await pieces.next() else { return head }
            silence.end()
            count += piece.readableBytes
            guard count <= limits.size else {
                throw OutboundError(
                    .tooLarge, "it answers more than the \(limits.size) bytes that are read", status: head.status)
            }
            do { try await take(Array(piece.readableBytesView)) } catch { throw Taken(cause: error) }
        }
    }
}

/// What the caller's own work threw, which is no failure of the exchange.
private struct Taken: Error, CustomStringConvertible {
    var description: String { "whoever takes the answer has refused it" }

    var cause: any Error
}

/// Since when a server has kept us waiting.
private final class ServerSilence: Sendable {
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    func begin() { since.withLock { $0 = .now } }

    func end() { since.withLock { $0 = nil } }

    /// Returns only by throwing, once the server has been silent for so many seconds.
    func watch(pause: Double) async throws -> OutboundResponse {
        while true {
            let now = ContinuousClock.now
            let last = since.withLock { $0 } ?? now
            guard last + .seconds(pause) > now else {
                throw OutboundError(.timeout, "it paused in its answer for more than \(OutboundClient.text(pause)) s")
            }
            try await Task.sleep(until: last + .seconds(pause))
        }
    }
}
