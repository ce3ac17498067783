import OutboundHTTP
import Primitives

/// Requests and answers, one at a time.
struct HTTPExchange: Sendable {
    /// Before the path of every request; empty over the Unix socket.
    let base: String
    /// Of the daemon, for messages: an address, or the path of its socket.
    let place: String
    /// Over the Unix socket.
    let isLocal: Bool

    /// In seconds: longer than the daemon holds a request back.
    private static let timeout: Double = 360
    /// A document set may be large, an answer no larger than what the daemon takes in.
    private static let answerLimit = 256 << 20
    /// Says at once that nobody is there instead of trying until its time is up.
    private static let client = OutboundClient(.init(connectTimeout: 10, retriesConnecting: false))

    init(socket: String) {
        base = ""
        place = socket
        isLocal = true
    }

    init(base: String) {
        self.base = base
        place = base
        isLocal = false
    }

    func logIn(_ login: Login) async throws -> Daemon.Response {
        let address = isLocal ? Login.ownTokensPath : login.tokensURL(base: base)
        let answer = try await send(
            "POST", address, contentType: "application/json", body: Array(login.body.json(.compact).utf8))
        guard answer.status < 400 else { throw Failure(status: answer.status, body: answer.value) }
        guard answer.subjectToken != nil else { throw Failure("Error: the login was answered without a token.") }
        return answer
    }

    /// - Parameter address: begins with `base`, but for a login elsewhere.
    func send(
        _ method: String, _ address: String, token: String? = nil, headers: [(String, String)] = [],
        contentType: String? = nil, body: [UInt8]? = nil
    ) async throws -> Daemon.Response {
        do {
            var request: OutboundRequest
            if isLocal {
                request = OutboundRequest(method, RemoteAddress(socket: place, target: address))
            } else {
                request = try OutboundRequest(method, address)
            }
            request.headers = headers.map { (name: $0.0, value: $0.1) }
            if let contentType { request.headers.append(("Content-Type", contentType)) }
            if let token { request.secretHeaders = [("X-Auth-Token", token)] }
            request.body = body
            let response = try await Self.client.send(
                request, limits: .init(time: Self.timeout, size: Self.answerLimit, redirects: 5))
            return Daemon.Response(
                status: response.status, contentType: response.header("Content-Type") ?? "", bytes: response.body,
                subjectToken: response.header("X-Subject-Token"))
        } catch let error as OutboundError {
            let trouble = ConnectionTrouble(place: place, isSocket: isLocal, error: error)
            throw Failure("Error: \(trouble.text)", exitCode: Failure.unreachable)
        }
    }
}
