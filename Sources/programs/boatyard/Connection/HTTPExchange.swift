import OutboundHTTP
import Primitives
import Synchronization

/// Requests and answers, one at a time.
struct HTTPExchange: Sendable {
    /// Before the path of every request; empty over the Unix socket.
    let base: String
    /// Of the daemon, for messages: an address, or the path of its socket.
    let place: String
    /// Over the Unix socket.
    let isLocal: Bool

    /// In seconds: longer than the daemon takes for anything.
    private static let timeout: Double = 180
    /// In seconds: how long a server may keep silent before it is asked whether it is alive, how long it may take to say so,
    /// and how long it may pause in an answer.
    private let patience: Double
    /// How many times in a row a server may fail to answer that before a request that changes something is given up: it goes
    /// on there, and its outcome is then unknown.
    private static let failedProbes = 3
    /// A document set may be large, an answer no larger than what the daemon takes in.
    private static let answerLimit = 256 << 20
    private let client: OutboundClient

    init(socket: String) {
        patience = 10
        client = Self.client(authorities: nil)
        base = ""
        place = socket
        isLocal = true
    }

    /// - Parameter authorities: whom certificates are trusted of, as `OutboundClient.Configuration` has it.
    init(base: String, authorities: String? = nil, patience: Double = 10) {
        self.patience = patience
        client = Self.client(authorities: authorities)
        self.base = base
        place = base
        isLocal = false
    }

    /// By whom they trust; each lives as long as the program.
    private static let clients = Mutex<[String: OutboundClient]>([:])

    /// Says at once that nobody is there instead of trying until its time is up.
    private static func client(authorities: String?) -> OutboundClient {
        clients.withLock { clients in
            if let client = clients[authorities ?? ""] { return client }
            let client = OutboundClient(.init(connectTimeout: 10, retriesConnecting: false, authorities: authorities))
            clients[authorities ?? ""] = client
            return client
        }
    }

    func logIn(_ login: Login) async throws -> Daemon.Response {
        let address = isLocal ? Login.ownTokensPath : login.tokensURL(base: base)
        let answer = try await send(
            "POST", address, contentType: "application/json", body: Array(login.body.json(.compact).utf8),
            isRepeatable: true)
        guard answer.status < 400 else { throw Failure(status: answer.status, body: answer.value) }
        guard answer.subjectToken != nil else { throw Failure("Error: the login was answered without a token.") }
        return answer
    }

    /// - Parameters:
    ///   - address: begins with `base`, but for a login elsewhere.
    ///   - isRepeatable: whether sending it again does no harm; nil where the method tells.
    /// - Throws: `Failure`, which says where the outcome of a request is unknown.
    func send(
        _ method: String, _ address: String, token: String? = nil, headers: [(String, String)] = [],
        contentType: String? = nil, body: [UInt8]? = nil, isRepeatable: Bool? = nil
    ) async throws -> Daemon.Response {
        let isRepeatable = isRepeatable ?? ["GET", "HEAD"].contains(method)
        do {
            var request = try request(method, address)
            request.headers = headers.map { (name: $0.0, value: $0.1) }
            if let contentType { request.headers.append(("Content-Type", contentType)) }
            if let token { request.secretHeaders = [("X-Auth-Token", token)] }
            request.body = body
            let probe = OutboundRequest("GET", request.address.root)
            let response = try await whileAlive(probe, failures: isRepeatable ? 1 : Self.failedProbes) {
                [client, request, patience] in
                try await client.send(
                    request,
                    limits: .init(
                        time: Self.timeout, size: Self.answerLimit, redirects: 5, pause: patience))
            }
            return Daemon.Response(
                status: response.status, contentType: response.header("Content-Type") ?? "", bytes: response.body,
                subjectToken: response.header("X-Subject-Token"))
        } catch let failure as FailedProbe {
            throw unreachable(failure.error, isOutcomeUnknown: !isRepeatable)
        } catch let error as OutboundError {
            throw unreachable(error, isOutcomeUnknown: !isRepeatable && error.mayHaveReachedServer)
        }
    }

    private func unreachable(_ error: OutboundError, isOutcomeUnknown: Bool) -> Failure {
        let trouble = ConnectionTrouble(
            place: place, isSocket: isLocal, error: error, isOutcomeUnknown: isOutcomeUnknown)
        return Failure("Error: \(trouble.text)", exitCode: Failure.unreachable)
    }

    private func request(_ method: String, _ address: String) throws -> OutboundRequest {
        isLocal
            ? OutboundRequest(method, RemoteAddress(socket: place, target: address))
            : try OutboundRequest(method, address)
    }

    /// The server does not answer others either.
    private struct FailedProbe: Error { var error: OutboundError }

    /// Runs `exchange` for as long as the server answers `probe`, whatever it answers: it may be long at work, or hang.
    ///
    /// - Parameter failures: how many probes in a row have to fail before it is given up.
    /// - Throws: what `exchange` throws, and `FailedProbe`.
    private func whileAlive(
        _ probe: OutboundRequest, failures: Int, _ exchange: @escaping @Sendable () async throws -> OutboundResponse
    ) async throws -> OutboundResponse {
        try await withThrowingTaskGroup(of: OutboundResponse.self) { group in
            group.addTask { try await exchange() }
            group.addTask { [client, patience] in
                var failed = 0
                while true {
                    try await Task.sleep(for: .seconds(patience))
                    do {
                        _ = try await client.send(probe, limits: .init(time: patience, size: 1 << 20))
                        failed = 0
                    } catch let error as OutboundError {
                        // Whatever a response says, the server answers.
                        failed = error.status == nil ? failed + 1 : 0
                        if failed >= failures { throw FailedProbe(error: error) }
                    }
                }
            }
            defer { group.cancelAll() }
            guard let response = try await group.next() else { throw CancellationError() }
            return response
        }
    }
}
