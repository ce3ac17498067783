import OutboundHTTP
import Primitives

/// HTTP as firmware and installer speak it: patient while the daemon is away, strict about what it answers.
struct NodeClient: Sendable {
    /// All machines of a site ask the same daemon.
    private static let http = OutboundClient(.init(connectTimeout: 5, connectionsPerHost: 256))

    /// In seconds: longer than the daemon holds a request back.
    private static let timeout: Double = 90
    private static let bodyLimit = 64 << 20

    /// Sends until there is an answer. A refused or broken connection is tried again four times a second, as installers
    /// do while a daemon restarts; only cancellation (the power going off) ends it.
    ///
    /// - Throws: `RehearsalError` for what is no address, and for an answer that is too long; `CancellationError`.
    func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: Value? = nil
    ) async throws -> OutboundResponse {
        guard let address = RemoteAddress(url) else { throw RehearsalError("'\(url)' is no address of a server.") }
        var request = OutboundRequest(method, address, headers: headers.map { (name: $0.0, value: $0.1) })
        if let body {
            request.headers.append(("Content-Type", "application/json"))
            request.body = Array(body.json(.compact).utf8)
        }
        while true {
            do {
                return try await Self.http.send(
                    request, limits: .init(time: Self.timeout, size: Self.bodyLimit, redirects: 5))
            } catch let error as OutboundError where error.kind == .tooLarge {
                throw RehearsalError("\(url) answers more than \(Self.bodyLimit) bytes.")
            } catch is OutboundError {
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    func get(_ url: String, headers: [(String, String)] = []) async throws -> [UInt8] {
        let answer = try await send("GET", url, headers: headers)
        guard answer.status == 200 else { throw RehearsalError("GET \(url) answers \(answer.status).") }
        return answer.body
    }
}
