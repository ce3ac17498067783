import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Primitives

/// Requests and answers, one at a time.
struct HTTPExchange: Sendable {
    let base: String
    /// For messages.
    let place: String
    /// A document set may be large, an answer no larger than what the daemon takes in.
    private static let answerLimit = 256 << 20
    /// Says at once that nobody is there instead of trying until its time is up.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(10)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Over the Unix socket.
    var isLocal: Bool { base.hasPrefix("http+unix:") }

    func logIn(_ login: Login) async throws -> Daemon.Response {
        let answer = try await send(
            "POST", login.tokensURL(base: base), contentType: "application/json",
            body: Array(login.body.json(.compact).utf8))
        guard answer.status < 400 else { throw Failure(status: answer.status, body: answer.value) }
        guard answer.subjectToken != nil else { throw Failure("Error: the login was answered without a token.") }
        return answer
    }

    func send(
        _ method: String, _ address: String, token: String? = nil, headers: [(String, String)] = [],
        contentType: String? = nil, body: [UInt8]? = nil
    ) async throws -> Daemon.Response {
        var request = HTTPClientRequest(url: address)
        request.method = .init(rawValue: method)
        // Over the Unix socket the name would be the escaped path, which is no host.
        if isLocal { request.headers.add(name: "Host", value: "localhost") }
        if let token { request.headers.add(name: "X-Auth-Token", value: token) }
        if let contentType { request.headers.add(name: "Content-Type", value: contentType) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        do {
            let response = try await Self.client.execute(request, timeout: .minutes(6))
            let buffer = try await response.body.collect(upTo: Self.answerLimit)
            return Daemon.Response(
                status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type") ?? "",
                bytes: Array(buffer.readableBytesView), subjectToken: response.headers.first(name: "X-Subject-Token"))
        } catch {
            let trouble = ConnectionTrouble(place: place, isSocket: isLocal, error: error)
            throw Failure("Error: \(trouble.text)", exitCode: Failure.unreachable)
        }
    }
}
