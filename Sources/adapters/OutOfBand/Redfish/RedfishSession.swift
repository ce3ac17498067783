import Archive
import IPMI
import OutboundHTTP
import Primitives

/// The requests of one command to a BMC, all of them to the address in the design: of whatever address the BMC names, only
/// the path is used.
package actor RedfishSession {
    private enum Authorization {
        case none
        /// Of a session of the BMC, whose path is nil where the BMC did not name it.
        case token(Secret<String>, session: String?)
        case basic
    }

    /// DSP0266 §6.5: it is there, and needs no account.
    private static let rootPath = "/redfish/v1/"
    /// In bytes, of one answer.
    private static let sizeLimit = 1 << 20
    /// In bytes, of all answers of a session.
    private static let totalLimit = 32 << 20
    /// In bytes. Those of BMCs have about 32.
    private static let tokenLimit = 1024
    /// Of one request.
    private static let timeLimit = Duration.seconds(60)
    /// How often an account may be refused in one command: BMCs refuse good ones now and then, and lock accounts out.
    private static let patience = 2

    nonisolated let endpoint: RedfishEndpoint
    nonisolated let time: RedfishClient.Time
    private let credentials: BMCCredentials
    private let http: OutboundClient
    private var authorization = Authorization.none
    private var timesRefused = 0
    /// In bytes, of bodies.
    private var received = 0
    /// How many requests were answered, and the last of them.
    private var answered: (count: Int, last: String) = (0, "")
    /// The service root.
    private(set) var root = RedfishResource(path: rootPath, value: .null)

    init(
        endpoint: RedfishEndpoint, credentials: BMCCredentials, http: OutboundClient, time: RedfishClient.Time
    ) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.http = http
        self.time = time
    }

    /// Reads the service root and logs in.
    func open() async throws {
        root = try await resource(Self.rootPath)
        try await logIn()
    }

    /// Logs out, where there is a session, also where the command's time is over. A cancelled task does not wait for it.
    func close() async {
        guard case .token(_, let path?) = authorization else { return }
        let logout = Task {
            _ = try? await exchange("DELETE", path, body: nil, headers: [], timeLimit: .seconds(5))
            authorization = .none
        }
        if !Task.isCancelled { await logout.value }
    }

    /// Reads a resource, with the account once there is a session.
    package func resource(_ path: String) async throws -> RedfishResource {
        try await request("GET", path).resource(at: path)
    }

    /// Reads a resource of which there are several: where the BMC does not have it, the account may not read it, or what the BMC
    /// answers cannot be read, the others are not lost with it.
    ///
    /// - Parameter missing: gets why it was not read.
    /// - Returns: nil where it was not read.
    func resource(_ path: String, orNote missing: inout [String]) async throws -> RedfishResource? {
        let answer = try await request("GET", path)
        do throws(RedfishError) {
            return try answer.resource(at: path)
        } catch {
            guard error.costsItsResourceAlone else { throw error }
            missing.append(error.message)
            return nil
        }
    }

    /// Sends a request. Where the account or its session is refused, it logs in anew and sends it once more.
    ///
    /// - Returns: the answer, whatever its status.
    func request(
        _ method: String, _ path: String, body: Value? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> RedfishAnswer {
        while true {
            let answer = try await exchange(method, path, body: body, headers: headers)
            guard answer.refusesSession else { return answer }
            try countRefused(answer)
            await close()
            try await logIn()
        }
    }

    /// Opens a session, or goes on with the account in each request where the BMC has none to give.
    private func logIn() async throws {
        let service = root.link("SessionService").map { $0.hasSuffix("/") ? $0 + "Sessions" : $0 + "/Sessions" }
        guard let sessions = root.link("Links", "Sessions") ?? service else {
            authorization = .basic
            return
        }
        authorization = .none
        let body: Value = ["UserName": .string(credentials.user), "Password": .string(credentials.password.reveal())]
        while true {
            let answer = try await exchange("POST", sessions, body: body, headers: [])
            if answer.isSuccess, let token = answer.header("X-Auth-Token") {
                guard token.utf8.count <= Self.tokenLimit else {
                    throw violation(
                        "gives its session a token of \(token.utf8.count) bytes, more than \(Self.tokenLimit)")
                }
                let session = answer.header("Location") ?? answer.value["@odata.id"]?.stringValue
                BMCSecrets.current?.add(token)
                authorization = .token(Secret(token), session: session.flatMap(path))
                return
            }
            if answer.status == 401 || answer.status == 403 {
                try countRefused(answer)
            } else if answer.isSuccess || answer.lacksService || answer.names("SessionLimitExceeded") {
                authorization = .basic
                return
            } else {
                throw answer.failure
            }
        }
    }

    private func countRefused(_ answer: RedfishAnswer) throws {
        timesRefused += 1
        if timesRefused >= Self.patience { throw answer.failure }
    }

    /// The path of an address that the BMC gave.
    nonisolated func path(of address: String) -> String? { RedfishResource.path(of: address) }

    /// One request and its answer. Redirects are followed within the BMC, and where they leave the request as it is.
    private func exchange(
        _ method: String, _ path: String, body: Value?, headers: [(name: String, value: String)],
        timeLimit: Duration? = nil
    ) async throws -> RedfishAnswer {
        var target = path
        for _ in 0..<4 {
            guard target.hasPrefix("/"),
                let address = RemoteAddress("\(endpoint.scheme)://\(endpoint.authority)\(target)")
            else { throw violation("names '\(shown(target))', which is no path") }
            var request = OutboundRequest(method, address, headers: [("Accept", "application/json")])
            request.headers += [("OData-Version", "4.0")] + headers
            if let body {
                request.headers.append(("Content-Type", "application/json"))
                request.body = body.jsonBytes(.compact)
            }
            request.secretHeaders = authorizationHeaders
            let name = "\(method) \(shown(path))"
            var response = try await send(request, name, timeLimit)
            answered = (answered.count + 1, name)
            try unpack(&response, of: method, path)
            received += response.body.count
            guard received <= Self.totalLimit else {
                throw violation("answers more than \(Self.totalLimit >> 20) MiB to one command")
            }
            guard [301, 302, 303, 307, 308].contains(response.status), let location = response.header("Location")
            else {
                return RedfishAnswer(response, to: name, of: "BMC \(endpoint)")
            }
            guard let next = address.redirected(to: location), next.isSameServer(as: address),
                method == "GET" || response.status == 307 || response.status == 308
            else {
                throw violation("redirects \(method) \(shown(path)) to '\(shown(location))', which is not followed")
            }
            target = next.target
        }
        throw violation("redirects \(method) \(shown(path)) too often")
    }

    /// Some BMCs compress what they were not asked to compress.
    private nonisolated func unpack(_ response: inout OutboundResponse, of method: String, _ path: String) throws {
        guard let coding = response.header("Content-Encoding"), coding.lowercased() != "identity" else { return }
        guard ["gzip", "x-gzip"].contains(coding.lowercased()) else {
            throw violation(
                "answers \(method) \(shown(path)) in the coding '\(shown(coding))', which it was not asked for")
        }
        // Of HEAD, and of what has no contents.
        guard !response.body.isEmpty else { return }
        do {
            response.body = try Gzip.decompress(response.body, limit: Self.sizeLimit)
        } catch {
            throw violation("answers \(method) \(shown(path)) with what cannot be unpacked (\(error))")
        }
    }

    /// "has answered 2 requests, the last one GET /redfish/v1/Systems"; nil before the first one.
    private var done: String? {
        switch answered.count {
        case 0: nil
        case 1: "has answered one request, \(answered.last)"
        default: "has answered \(answered.count) requests, the last one \(answered.last)"
        }
    }

    /// - Parameter name: `GET /redfish/v1/Systems`
    private func send(
        _ request: OutboundRequest, _ name: String, _ timeLimit: Duration?
    ) async throws -> OutboundResponse {
        let left: Duration
        do {
            left = try timeLimit ?? time.left()
        } catch let error as BMCTurns.NoTimeLeft {
            guard let done else { throw error }
            throw RedfishError(
                .deadline,
                "BMC \(endpoint) \(done), and there was more to ask when the time that it was given was over; "
                    + RedfishError.slow)
        }
        let limit = min(left, Self.timeLimit)
        do {
            return try await http.send(request, limits: .init(time: limit / .seconds(1), size: Self.sizeLimit))
        } catch let error as OutboundError {
            guard error.kind == .timeout else { throw RedfishError(error, endpoint) }
            throw RedfishError(
                slowAt: name, error, endpoint, within: limit, isLast: left <= Self.timeLimit, done: done)
        }
    }

    private var authorizationHeaders: [(name: String, value: String)] {
        switch authorization {
        case .none: return []
        case .token(let token, _): return [("X-Auth-Token", token.reveal())]
        case .basic:
            return [("Authorization", "Basic \(BMCSecrets.basic(credentials))")]
        }
    }

    nonisolated func violation(_ what: String) -> RedfishError {
        RedfishError(.protocolViolation, "BMC \(endpoint) \(what); update its firmware")
    }

    private nonisolated func shown(_ text: String) -> String {
        RedfishMessage.shown(text, 200)
    }
}

extension RedfishAnswer {
    fileprivate func resource(at path: String) throws(RedfishError) -> RedfishResource {
        guard isSuccess else { throw failure }
        return RedfishResource(path: path, value: try object(), entityTag: header("ETag"))
    }

    /// Of a login: there is nothing that gives sessions.
    fileprivate var lacksService: Bool { [404, 405, 501].contains(status) }
}
