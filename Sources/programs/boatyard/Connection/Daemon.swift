import OutboundHTTP
import Primitives
import YAML

/// The daemon, over its Unix socket or over HTTP.
struct Daemon: Sendable {
    private let exchange: HTTPExchange
    private let tokens: TokenSource
    private let verbosity: [(String, String)]
    private let marker: [(String, String)]

    struct Response {
        var status: Int
        var contentType: String
        var bytes: [UInt8]
        /// Of a login.
        var subjectToken: String?

        var text: String { String(decoding: bytes, as: UTF8.self) }

        /// The body as data; nil where it is neither JSON nor YAML.
        var value: Value? {
            if let value = try? Value(json: bytes) { return value }
            return try? YAML.load(bytes).first
        }

        /// The body as data; null where it is empty.
        ///
        /// - Parameter request: what was asked for, such as `GET revisions`.
        /// - Throws: `Failure` for a body that can be read neither as JSON nor as YAML: nothing may be concluded of it.
        func data(of request: String) throws -> Value {
            if let value = try? Value(json: bytes) { return value }
            do {
                return try YAML.load(bytes).first ?? .null
            } catch {
                throw Failure("Error: the answer to \(request) cannot be read: \(Text.line("\(error)"))")
            }
        }
    }

    init(_ options: GlobalOptions) throws {
        verbosity = options.verbosity.map { [("verbosity", "\($0)")] } ?? []
        marker = options.contextMarker.map { [("X-Context-Marker", $0)] } ?? []
        let environmentURL = options.socket == nil ? GlobalOptions.environment("BOATYARD_URL") : nil
        if let url = options.url ?? environmentURL {
            guard RemoteAddress(url) != nil else {
                throw Failure(
                    "Error: \(url) is no http or https address. One looks like http://seed:9000.",
                    exitCode: Failure.usage)
            }
            let base = url.hasSuffix("/") ? String(url.dropLast()) : url
            exchange = HTTPExchange(base: base, authorities: try Self.authorities(options))
        } else {
            let path = options.socket ?? GlobalOptions.environment("BOATYARD_SOCKET") ?? GlobalOptions.defaultSocket
            exchange = HTTPExchange(socket: path)
        }
        // Over the socket everybody who can connect is an administrator already.
        let login = exchange.isLocal ? nil : Login.fromEnvironment
        tokens = TokenSource(
            token: options.token ?? GlobalOptions.environment("OS_AUTH_TOKEN"), login: login
        ) { [exchange] in try await exchange.logIn($0).subjectToken ?? "" }
    }

    /// - Throws: `Failure` for what holds no certificates.
    private static func authorities(_ options: GlobalOptions) throws -> String? {
        guard let path = options.cacert ?? GlobalOptions.environment("OS_CACERT") else { return nil }
        if FolderContents.isFolder(path) { return path }
        let source = options.cacert == nil ? "OS_CACERT" : "--cacert"
        let contents: [UInt8]
        do {
            contents = try FileContents.read(path, limit: 16 << 20)
        } catch {
            throw Failure("Error: \(source): \(error.message)", exitCode: Failure.usage)
        }
        guard String(decoding: contents, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else {
            throw Failure(
                "Error: \(source): \(path) holds no certificates; a PEM file is expected, whose certificates begin with "
                    + "-----BEGIN CERTIFICATE-----.", exitCode: Failure.usage)
        }
        return path
    }

    /// Sends one request, to a path below `/api/v1.0/` or, where it begins with a slash, to that path. An answer of 400
    /// or more becomes a `Failure` with the daemon's own words.
    func send(
        _ method: String, _ path: String, query: [(String, String)] = [], headers: [(String, String)] = [],
        contentType: String? = nil, body: [UInt8]? = nil
    ) async throws -> Response {
        var address = exchange.base + (path.hasPrefix("/") ? path : "/api/v1.0/" + path)
        // Of a repeated parameter the last counts: what the command itself asks for.
        for (index, (name, value)) in (verbosity + query).enumerated() {
            address += (index == 0 ? "?" : "&") + name + "=" + PercentCoding.encode(value)
        }
        let token = try await tokens.next()
        var answer = try await exchange.send(
            method, address, token: token, headers: marker + headers, contentType: contentType, body: body)
        // Whoever waits for an action may wait longer than a token lives.
        if answer.status == 401, let token, let fresh = try await tokens.next(after: token) {
            answer = try await exchange.send(
                method, address, token: fresh, headers: marker + headers, contentType: contentType, body: body)
        }
        guard answer.status < 400 else { throw Failure(status: answer.status, body: answer.value) }
        return answer
    }

    func send(_ method: String, _ path: String, json body: Value) async throws -> Response {
        try await send(method, path, contentType: "application/json", body: Array(body.json(.compact).utf8))
    }

    func get(_ path: String, query: [(String, String)] = []) async throws -> Value {
        try await send("GET", path, query: query).data(of: "GET \(path)")
    }

    /// Logs in, whatever token there is already.
    func logIn(_ login: Login) async throws -> Response { try await exchange.logIn(login) }
}
