import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Primitives

/// HTTP with a Keystone.
struct KeystoneClient: Sendable {
    struct KeystoneResponse: Sendable {
        var status: Int
        var subjectToken: String?
        var value: Value?
    }

    let configuration: KeystoneConfiguration

    /// A redirection would carry tokens to whoever it names.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(5)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static let answerLimit = 1 << 20

    func login() async throws -> KeystoneResponse {
        var request = HTTPClientRequest(url: configuration.url + "/auth/tokens?nocatalog")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: configuration.loginBody.json(.compact)))
        return try await send(request)
    }

    func validate(_ token: String, as caller: String) async throws -> KeystoneResponse {
        var request = HTTPClientRequest(url: configuration.url + "/auth/tokens?nocatalog")
        request.headers.add(name: "X-Auth-Token", value: caller)
        request.headers.add(name: "X-Subject-Token", value: token)
        return try await send(request)
    }

    /// - Throws: `IdentityUnavailable` where there is no answer.
    private func send(_ request: HTTPClientRequest) async throws -> KeystoneResponse {
        var request = request
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "boatyard")
        do {
            let response = try await Self.client.execute(
                request, timeout: .milliseconds(Int64(configuration.timeout * 1000)))
            let body = try await response.body.collect(upTo: Self.answerLimit)
            return KeystoneResponse(
                status: Int(response.status.code), subjectToken: response.headers.first(name: "X-Subject-Token"),
                value: try? Value(json: Array(body.readableBytesView)))
        } catch {
            throw IdentityUnavailable(reason: "Keystone does not answer at \(configuration.url): \(error)")
        }
    }
}

/// Who a caller is cannot be found out now: the Keystone elsewhere does not answer, or not usably.
package struct IdentityUnavailable: TypedError {
    /// For people: what was asked, and what happened.
    package var reason: String

    package var kind: ErrorKind { .unreachable }
    package var code: String { "identity.unreachable" }
    package var message: String { reason }
}
