import HTTPTypes

/// A body that is sent while it is made, until its source ends, the client goes, or the daemon stops.
///
/// The source is asked for the next piece once the client has taken the last one. A slow client thus holds back its own
/// source, and nothing piles up in memory. A source that others feed, such as a log, must limit what waits in it.
package struct StreamedBody: Sendable {
    /// Sends one piece, which must not be empty. Waits while the client takes no bytes. Throws once the client has
    /// gone.
    package typealias Sink = @Sendable (_ piece: [UInt8]) async throws -> Void

    /// Bytes that are sent at an interval, so that both ends notice when the other is gone.
    package struct Heartbeat: Sendable {
        /// What is sent.
        package var bytes: [UInt8]
        /// The time between two heartbeats.
        package var interval: Duration

        package init(_ bytes: [UInt8], every interval: Duration) {
            self.bytes = bytes
            self.interval = interval
        }
    }

    /// Makes the body. It runs once, in a task that is cancelled when the body has to end. Where it throws, the
    /// connection is closed, so that the client does not take the body for complete.
    package let produce: @Sendable (_ sink: @escaping Sink) async throws -> Void
    /// Is sent between any two pieces; nil for none.
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
    /// An answer with this body.
    ///
    /// - Parameter contentType: nil sends none.
    package static func stream(_ body: StreamedBody, contentType: String?) -> APIResponse {
        var response = APIResponse(.ok, body: .stream(body))
        response.headers[.contentType] = contentType
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
