import OutboundHTTP
import Primitives
import Synchronization

extension Daemon {
    /// In seconds: streams have something to say more often, if only that they are there.
    private static let longestPause = 60.0

    /// Gets an answer that goes on and on, piece by piece, until the daemon ends it.
    ///
    /// - Throws: `Failure` with the daemon's own words for an answer of 400 or more, and where the connection is lost; what
    ///   `take` throws.
    func stream(
        _ path: String, query: [(String, String)], take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let limits = OutboundClient.Limits(time: .infinity, size: .max, pause: Self.longestPause)
        let rejection = Mutex<(isThere: Bool, body: [UInt8])>((false, []))
        do {
            let answer = try await client.stream(try await streamRequest(path, query), limits: limits) { head in
                rejection.withLock { $0.isThere = head.status >= 400 }
                return true
            } take: { piece in
                let isError = rejection.withLock { rejection in
                    if rejection.isThere, rejection.body.count < 1 << 20 { rejection.body += piece }
                    return rejection.isThere
                }
                if !isError { try await take(piece) }
            }
            guard answer.status >= 400 else { return }
            throw Failure(status: answer.status, body: try? Value(json: rejection.withLock { $0.body }))
        } catch let error as OutboundError {
            throw unreachable(error, isOutcomeUnknown: false)
        }
    }
}
