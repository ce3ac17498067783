import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import Primitives
import YAML

/// The daemon, over its Unix socket or over HTTP.
struct Daemon: Sendable {
    private let base: String
    private let place: String
    private let token: String?
    /// A document set may be large, an answer no larger than what the daemon takes in.
    private static let answerLimit = 256 << 20
    /// Says at once that nobody is there instead of trying until its time is up.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(10)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    struct Answer {
        var status: Int
        var contentType: String
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }

        /// The body as data; nil where it is neither JSON nor YAML.
        var value: Value? {
            if let value = try? Value(json: bytes) { return value }
            return try? YAML.load(bytes).first
        }
    }

    init(_ options: GlobalOptions) throws {
        token = options.token ?? GlobalOptions.environment("OS_AUTH_TOKEN")
        let environmentURL = options.socket == nil ? GlobalOptions.environment("BOATYARD_URL") : nil
        if let url = options.url ?? environmentURL {
            guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
                throw Failure("Error: \(url) is no http or https address.", exitCode: Failure.usage)
            }
            base = url.hasSuffix("/") ? String(url.dropLast()) : url
            place = base
        } else {
            let path = options.socket ?? GlobalOptions.environment("BOATYARD_SOCKET") ?? "/run/boatyard/api.sock"
            base = "http+unix://" + PercentEncoding.encode(path)
            place = path
        }
    }

    /// Sends one request. An answer of 400 or more becomes a `Failure` with the daemon's own words.
    func send(
        _ method: String, _ path: String, query: [(String, String)] = [], contentType: String? = nil,
        body: [UInt8]? = nil
    ) async throws -> Answer {
        let answer = try await sendUnchecked(method, path, query: query, contentType: contentType, body: body)
        guard answer.status < 400 else { throw Failure(status: answer.status, body: answer.value) }
        return answer
    }

    func get(_ path: String, query: [(String, String)] = []) async throws -> Value {
        try await send("GET", path, query: query).value ?? .null
    }

    private func sendUnchecked(
        _ method: String, _ path: String, query: [(String, String)], contentType: String?, body: [UInt8]?
    ) async throws -> Answer {
        var address = base + "/api/v1.0/" + path
        for (index, (name, value)) in query.enumerated() {
            address += (index == 0 ? "?" : "&") + name + "=" + PercentEncoding.encode(value)
        }
        var request = HTTPClientRequest(url: address)
        request.method = .init(rawValue: method)
        // Over the Unix socket the name would be the escaped path, which is no host.
        if base.hasPrefix("http+unix:") { request.headers.add(name: "Host", value: "localhost") }
        if let token { request.headers.add(name: "X-Auth-Token", value: token) }
        if let contentType { request.headers.add(name: "Content-Type", value: contentType) }
        if let body { request.body = .bytes(body) }
        do {
            let response = try await Self.client.execute(request, timeout: .minutes(6))
            let buffer = try await response.body.collect(upTo: Self.answerLimit)
            return Answer(
                status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type") ?? "",
                bytes: Array(buffer.readableBytesView))
        } catch {
            throw Failure(
                "Error: boatyardd does not answer at \(place): \(Self.explain(error))", exitCode: Failure.unreachable)
        }
    }

    private static func explain(_ error: any Error) -> String {
        let system = (error as? IOError)?.errnoCode
        switch system {
        case ENOENT: return "there is no such socket. Is boatyardd running? (systemctl status boatyard)"
        case ECONNREFUSED: return "the connection is refused. Is boatyardd running? (systemctl status boatyard)"
        case EACCES: return "permission denied. Be root or a member of the group boatyard."
        default: return "\(error)"
        }
    }
}

enum PercentEncoding {
    /// Everything but unreserved characters (RFC 3986 §2.3).
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + [byte].hex.uppercased()
            }
        }
        return encoded
    }
}
