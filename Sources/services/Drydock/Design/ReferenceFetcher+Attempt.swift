import OutboundHTTP
import Primitives
import RehearsalMap

extension ReferenceFetcher {
    /// Lives as long as the process. A refused connection is an answer: trying again is decided by `timeouts`.
    private static let client = OutboundClient(.init(connectTimeout: 16, retriesConnecting: false))

    /// How often an answer may point elsewhere.
    private static let redirects = 5

    /// One try to fetch something, wherever it is redirected to.
    ///
    /// - Throws: `FetchFailure`; `DrydockError` `.invalid` for what is too large.
    func fetchOnce(_ address: RemoteAddress, token: Secret<String>?) async throws -> [UInt8] {
        var request = OutboundRequest("GET", address)
        if let token { request.secretHeaders = [("X-Auth-Token", token.reveal())] }
        let response: OutboundResponse
        do {
            response = try await Self.client.send(
                request, limits: .init(time: timeouts.read, size: limit, redirects: Self.redirects)
            ) { try substitute(for: $0) }
        } catch let error as OutboundError where error.kind == .tooLarge {
            throw DrydockError(
                .invalid, "\(address.shown) has more than the \(limit) bytes that are read.")
        } catch let error as OutboundError {
            throw FetchFailure(error)
        }
        guard (200..<300).contains(response.status) else {
            throw FetchFailure(
                status: response.status, reason: "it answers \(response.status) \(response.reasonPhrase)")
        }
        return response.body
    }

    /// The address that a rehearsal asks in place of the server of an address.
    private func substitute(for address: RemoteAddress) throws -> String? {
        guard let rehearsal else { return nil }
        if let substitute = rehearsal.hosts[address.authority] ?? rehearsal.hosts[address.host] { return substitute }
        guard ["127.0.0.1", "localhost"].contains(address.host) else {
            throw FetchFailure(
                isPassing: false,
                reason: "the rehearsal map has no stand-in for \(address.host), and a rehearsal reaches nobody else")
        }
        return nil
    }
}

/// Why something could not be fetched.
struct FetchFailure: Error, Sendable, CustomStringConvertible {
    /// Of the answer, where there was one.
    var status: Int?
    var reason: String
    /// Whether asking again may help.
    var isPassing: Bool
    var address = ""
    /// What to do about it, a sentence with a blank before it.
    var remedy = ""

    init(isPassing: Bool, reason: String) {
        self.isPassing = isPassing
        self.reason = reason
    }

    init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
        // Not where the answer was that we ask for the wrong thing.
        isPassing = status >= 500 || [408, 425, 429].contains(status)
    }

    init(_ error: OutboundError) {
        status = error.status
        reason = error.message
        isPassing = error.kind != .invalidAddress && error.kind != .redirect
    }

    /// What it means to who named the address.
    var kind: ErrorKind {
        if status == 404 || status == 410 { return .missing }
        return isPassing ? .unreachable : .invalid
    }

    var description: String { "\(address) cannot be fetched: \(LogRedactor.redact(reason)).\(remedy)" }
}
