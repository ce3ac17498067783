import OutboundHTTP
import Primitives
import Synchronization

/// HTTP as firmware and installer of one machine speak it: patient while the daemon is away, strict about what it answers,
/// and from an address of the machine's own.
struct NodeClient: Sendable {
    /// Each machine keeps a connection of its own.
    private static let http = OutboundClient(.init(connectTimeout: 5, connectionsPerHost: 8))

    /// In seconds: longer than the daemon holds a request back.
    private static let timeout: Double = 90
    private static let bodyLimit = 64 << 20

    /// How many requests were sent to the daemon.
    final class Counter: Sendable {
        private let sent = Mutex(0)

        var count: Int { sent.withLock { $0 } }
        fileprivate func increase() { sent.withLock { $0 += 1 } }
    }

    /// `127.1.0.7`; nil leaves it to the system.
    let localAddress: String?
    let requests = Counter()

    /// Sends until there is an answer. A refused or broken connection is tried again after longer and longer pauses, as
    /// installers do while a daemon restarts; only cancellation (the power going off) ends it.
    ///
    /// - Throws: `RehearsalError` for what is no address, and for an answer that is too long; `CancellationError`.
    func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: Value? = nil
    ) async throws -> OutboundResponse {
        guard let address = RemoteAddress(url) else {
            throw RehearsalError("'\(AddressCredentials.removed(from: url))' is no address of a server.")
        }
        var request = OutboundRequest(method, address, headers: headers.map { (name: $0.0, value: $0.1) })
        request.localAddress = localAddress
        if let body {
            request.headers.append(("Content-Type", "application/json"))
            request.body = Array(body.json(.compact).utf8)
        }
        var pace = Pace(first: 0.25, longest: 4)
        while true {
            do {
                requests.increase()
                return try await Self.http.send(
                    request, limits: .init(time: Self.timeout, size: Self.bodyLimit, redirects: 5))
            } catch let error as OutboundError where error.kind == .tooLarge {
                throw RehearsalError(
                    "\(AddressCredentials.removed(from: url)) answers more than \(Self.bodyLimit) bytes.")
            } catch is OutboundError {
                try await pace.rest()
            }
        }
    }

    func get(_ url: String, headers: [(String, String)] = []) async throws -> [UInt8] {
        let answer = try await send("GET", url, headers: headers)
        guard answer.status == 200 else {
            throw RehearsalError("GET \(AddressCredentials.removed(from: url)) answers \(answer.status).")
        }
        return answer.body
    }
}

/// The pauses of somebody who tries again: each twice as long as the one before, up to the longest.
struct Pace: Sendable, Equatable {
    /// In seconds.
    let first: Double
    let longest: Double
    private(set) var next: Double

    init(first: Double, longest: Double) {
        self.first = first
        self.longest = longest
        next = first
    }

    /// The pause that is due, in seconds: as long as whoever answered asks for, if that is longer.
    mutating func take(asked: Double = 0) -> Double {
        defer { next = min(next * 2, longest) }
        return max(next, asked)
    }

    /// It has worked: the next pause is the first again.
    mutating func reset() { next = first }

    /// - Throws: `CancellationError`.
    mutating func rest(asked: Double = 0) async throws {
        try await Task.sleep(for: .seconds(take(asked: asked)))
    }
}

extension OutboundResponse {
    /// What `Retry-After` asks for, in seconds: at most a minute, 0 where it asks for nothing.
    var retryAfter: Double { min(Double(header("Retry-After").flatMap { UInt16($0) } ?? 0), 60) }
}
