import HTTPTypes

/// A body that is sent as it comes to be: until its source ends, its client goes away, or the daemon stops.
///
/// The source is asked for the next piece once the client has taken the last one, so a slow client holds back its own
/// source and nothing is heaped up in between. A source that others feed (a log, progress) must bound what waits.
package struct StreamedBody: Sendable {
    /// Takes one piece, which is never empty; waits while the client takes no bytes. Throws once it has gone.
    package typealias Sink = @Sendable (_ piece: [UInt8]) async throws -> Void

    /// What is sent whenever `interval` has passed, so that both sides and all in between learn that the other is gone.
    package struct Heartbeat: Sendable {
        package var bytes: [UInt8]
        package var interval: Duration

        package init(_ bytes: [UInt8], every interval: Duration) {
            self.bytes = bytes
            self.interval = interval
        }
    }

    /// Runs once, in a task that is cancelled when the body has to end. Where it throws, the connection is cut, so that
    /// the client does not take the body for complete.
    package let produce: @Sendable (_ sink: @escaping Sink) async throws -> Void
    /// May fall between any two pieces.
    package let heartbeat: Heartbeat?

    package init(
        heartbeat: Heartbeat? = nil, _ produce: @escaping @Sendable (_ sink: @escaping Sink) async throws -> Void
    ) {
        self.heartbeat = heartbeat
        self.produce = produce
    }

    package init<Pieces: AsyncSequence & Sendable>(
        _ pieces: Pieces, heartbeat: Heartbeat? = nil
    ) where Pieces.Element == [UInt8] {
        self.init(heartbeat: heartbeat) { sink in
            for try await piece in pieces where !piece.isEmpty { try await sink(piece) }
        }
    }
}

extension APIResponse {
    package static func stream(_ body: StreamedBody, contentType: String?) -> APIResponse {
        var response = APIResponse(.ok, body: .stream(body))
        response.headers[.contentType] = contentType
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
