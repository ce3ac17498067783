import OutboundHTTP
import Primitives
import Synchronization
import YAML

/// The daemon, over its Unix socket or over HTTP.
struct Daemon: Sendable {
    /// Before the path of every request; empty over the Unix socket.
    let base: String
    /// For messages: an address, or the path of the socket.
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
    let client: OutboundClient
    /// Nil for requests that have no token.
    private var tokens: TokenSource?
    private var verbosity: [(String, String)] = []
    private var marker: [(String, String)] = []
    /// On standard error, each with the status of its answer.
    private var tellsRequests = false

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
                throw Failure("Error: the answer to \(request) cannot be read: \(Text.line(error.inWords))")
            }
        }
    }

    /// Over the Unix socket, without a token.
    init(socket: String) {
        patience = 10
        client = Self.client(authorities: nil)
        base = ""
        place = socket
        isLocal = true
    }

    /// Over HTTP, without a token.
    ///
    /// - Parameter authorities: whom certificates are trusted of, as `OutboundClient.Configuration` has it.
    init(base: String, authorities: String? = nil, patience: Double = 10) {
        self.patience = patience
        client = Self.client(authorities: authorities)
        self.base = base
        place = AddressCredentials.removed(from: base)
        isLocal = false
    }

    init(_ options: GlobalOptions) throws { try self.init(options.connection) }

    init(_ options: ConnectionOptions) throws {
        let environmentURL = options.socket == nil ? GlobalOptions.environment("BOATYARD_URL") : nil
        if let url = options.url ?? environmentURL {
            guard RemoteAddress(url) != nil else {
                throw Failure(
                    "Error: \(AddressCredentials.removed(from: url)) is no http or https address. One looks like http://seed:9000.",
                    exitCode: Failure.usage)
            }
            let base = url.hasSuffix("/") ? String(url.dropLast()) : url
            self.init(base: base, authorities: try Self.authorities(options))
        } else {
            self.init(
                socket: options.socket ?? GlobalOptions.environment("BOATYARD_SOCKET")
                    ?? ConnectionOptions.defaultSocket)
        }
        // Over the socket everybody who can connect is an administrator already.
        let login = isLocal ? nil : options.login.login
        tokens = TokenSource(
            token: options.token ?? (options.login.isGiven ? nil : GlobalOptions.environment("OS_AUTH_TOKEN")),
            login: login
        ) { [self] in try await logIn($0).subjectToken ?? "" }
        verbosity = options.verbosity.map { [("verbosity", "\($0)")] } ?? []
        marker = options.contextMarker.map { [("X-Context-Marker", $0)] } ?? []
        tellsRequests = options.debug
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

    /// - Throws: `Failure` for what holds no certificates.
    private static func authorities(_ options: ConnectionOptions) throws -> String? {
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

    /// Sends one request, and once more where its token is over.
    ///
    /// - Parameters:
    ///   - path: below `/api/v1.0/`, or with a slash before it the whole path.
    ///   - address: of another server, in place of the path; nil for the daemon.
    ///   - isRepeatable: whether sending it again does no harm; nil where the method tells.
    /// - Throws: `Failure`: with the daemon's own words for an answer of 400 or more; where there is none, it says so where
    ///   the outcome of the request is unknown.
    func send(
        _ method: String, _ path: String, at address: String? = nil, query: [(String, String)] = [],
        headers: [(String, String)] = [], contentType: String? = nil, body: [UInt8]? = nil, isRepeatable: Bool? = nil
    ) async throws -> Response {
        try Self.checkNames(in: path)
        let isRepeatable = isRepeatable ?? ["GET", "HEAD"].contains(method)
        let failures = isRepeatable ? 1 : Self.failedProbes
        let limits = OutboundClient.Limits(time: Self.timeout, size: Self.answerLimit, redirects: 5, pause: patience)
        let first = try await tokens?.next()
        var token = first
        do {
            var request = try request(method, address ?? target(path, verbosity + query))
            request.headers = (marker + headers).map { (name: $0.0, value: $0.1) }
            if let contentType { request.headers.append(("Content-Type", contentType)) }
            request.body = body
            while true {
                request.secretHeaders = token.map { [("X-Auth-Token", $0)] } ?? []
                let answer = try await withThrowingTaskGroup(of: OutboundResponse.self) { group in
                    group.addTask { [client, request] in try await client.send(request, limits: limits) }
                    group.addTask { [address = request.address] in try await watch(address, failures: failures) }
                    defer { group.cancelAll() }
                    guard let answer = try await group.next() else { throw CancellationError() }
                    return answer
                }
                if tellsRequests { Console.printError(Text.line("\(method) \(path): \(answer.status)")) }
                // Whoever waits for an action may wait longer than a token lives.
                if answer.status == 401, let first, token == first, let fresh = try await tokens?.next(after: first),
                    fresh != first
                {
                    token = fresh
                    continue
                }
                let response = Response(answer)
                guard answer.status < 400 else { throw Failure(status: answer.status, body: response.value) }
                return response
            }
        } catch let failure as FailedProbe {
            throw unreachable(failure.error, isOutcomeUnknown: !isRepeatable)
        } catch let error as OutboundError {
            throw unreachable(error, isOutcomeUnknown: !isRepeatable && error.mayHaveReachedServer)
        }
    }

    /// The API takes an escaped slash for one between two names, and a name without a character for none: it would answer that there
    /// is no such route.
    static func checkNames(in path: String) throws(Failure) {
        let names = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(path.hasPrefix("/") ? 1 : 0)
        if let name = names.first(where: { $0.contains("%2F") }) {
            throw Failure(
                "Error: '\(PercentCoding.decode(name))' has a slash, which no name has.", exitCode: Failure.usage)
        }
        if names.contains("") { throw Failure("Error: the name is empty.", exitCode: Failure.usage) }
    }

    func send(_ method: String, _ path: String, json body: Value) async throws -> Response {
        try await send(method, path, contentType: "application/json", body: Array(body.json(.compact).utf8))
    }

    func get(_ path: String, query: [(String, String)] = []) async throws -> Value {
        try await send("GET", path, query: query).data(of: "GET \(path)")
    }

    /// Logs in, whatever token there is already.
    func logIn(_ login: Login) async throws -> Response {
        var anonymous = self
        anonymous.tokens = nil
        anonymous.verbosity = []
        anonymous.marker = []
        let response = try await anonymous.send(
            "POST", Login.ownTokensPath, at: isLocal ? nil : login.tokensURL(base: base),
            contentType: "application/json", body: Array(login.body.json(.compact).utf8), isRepeatable: true)
        guard response.subjectToken != nil else { throw Failure("Error: the login was answered without a token.") }
        return response
    }
}

extension Daemon {
    /// - Parameter query: of a repeated parameter the last counts: what the command itself asks for.
    private func target(_ path: String, _ query: [(String, String)]) -> String {
        var target = base + (path.hasPrefix("/") ? path : "/api/v1.0/" + path)
        for (index, (name, value)) in query.enumerated() {
            target += (index == 0 ? "?" : "&") + name + "=" + PercentCoding.encode(value)
        }
        return target
    }

    /// Of a stream, with a token where there is one.
    func streamRequest(_ path: String, _ query: [(String, String)]) async throws -> OutboundRequest {
        try Self.checkNames(in: path)
        var request = try request("GET", target(path, query))
        request.headers = marker.map { (name: $0.0, value: $0.1) }
        request.secretHeaders = try await tokens?.next().map { [("X-Auth-Token", $0)] } ?? []
        return request
    }

    private func request(_ method: String, _ address: String) throws -> OutboundRequest {
        isLocal
            ? OutboundRequest(method, RemoteAddress(socket: place, target: address))
            : try OutboundRequest(method, address)
    }

    func unreachable(_ error: OutboundError, isOutcomeUnknown: Bool) -> Failure {
        let trouble = ConnectionTrouble(
            place: place, isSocket: isLocal, error: error, isOutcomeUnknown: isOutcomeUnknown)
        return Failure("Error: \(trouble.text)", exitCode: Failure.unreachable)
    }

    /// The server does not answer others either.
    private struct FailedProbe: Error, CustomStringConvertible {
        var error: OutboundError
        var description: String { error.description }
    }

    /// Asks the server again and again whether it is alive, whatever it answers: it may be long at work, or hang.
    ///
    /// - Parameter failures: how many questions in a row have to be left without an answer.
    /// - Throws: `FailedProbe` then; it does not return.
    private func watch(_ address: RemoteAddress, failures: Int) async throws -> Never {
        let probe = OutboundRequest("GET", address.root)
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
}

extension Daemon.Response {
    fileprivate init(_ answer: OutboundResponse) {
        self.init(
            status: answer.status, contentType: answer.header("Content-Type") ?? "", bytes: answer.body,
            subjectToken: answer.header("X-Subject-Token"))
    }
}
