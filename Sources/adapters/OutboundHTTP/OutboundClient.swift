import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Primitives
import Synchronization

/// The HTTP client for all requests of the daemon and its programs. Nothing else uses AsyncHTTPClient.
///
/// A client keeps its connections, and lives as long as the process.
package struct OutboundClient: Sendable {
    /// How a client connects.
    package struct Configuration: Sendable {
        /// The seconds that an address may take to accept a connection.
        package var connectTimeout: Double
        /// Whether a connection that fails is tried again until the time of the request is up.
        package var retriesConnecting: Bool
        /// How many connections to one host are open at once. Further requests wait for one.
        package var connectionsPerHost: Int
        /// PEM: a file of the authorities that certificates must be signed by, or a folder as `c_rehash` makes them. Nil
        /// trusts those of the system.
        package var authorities: String?
        /// Judges the certificate of the other side in the place of authorities, host name and validity; nil leaves it to
        /// those. Such a client talks TLS only.
        package var certificateCheck: CertificateCheck?

        package init(
            connectTimeout: Double = 10, retriesConnecting: Bool = true, connectionsPerHost: Int = 8,
            authorities: String? = nil, certificateCheck: CertificateCheck? = nil
        ) {
            self.connectTimeout = connectTimeout
            self.retriesConnecting = retriesConnecting
            self.connectionsPerHost = connectionsPerHost
            self.authorities = authorities
            self.certificateCheck = certificateCheck
        }
    }

    /// The limits of one exchange.
    package struct Limits: Sendable {
        /// In seconds, from the first connection to the last byte of the body, with all redirects.
        package let time: Double
        /// The greatest length of the body of a response, in bytes.
        package var size: Int
        /// How many redirects are followed. With 0 a redirect is returned like any other response.
        package var redirects: Int
        /// In seconds: how long a body may pause; once twice that is over, it comes with `rate` at least. Nil sets no bound
        /// but that of the whole exchange.
        package var pause: Double?
        /// In bytes a second: what a body comes with on average.
        package static let rate = 1024.0

        /// Makes limits.
        ///
        /// - Parameter time: may come from a configuration or a document. A year stands for a longer time, and for what
        ///   is no number.
        package init(time: Double, size: Int, redirects: Int = 0, pause: Double? = nil) {
            let year = 31_536_000.0
            self.time = time.isFinite ? min(max(time, 0), year) : year
            self.size = size
            self.redirects = redirects
            self.pause = pause
        }
    }

    /// The `HOST:PORT` that is asked over plain HTTP in place of an address; nil asks the address. Throws where the
    /// address must not be asked.
    package typealias Substitute = @Sendable (RemoteAddress) throws -> String?

    let http: HTTPClient

    package init(_ configuration: Configuration = Configuration()) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorities = configuration.authorities { tls.trustRoots = .file(authorities) }
        var library = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        library.http1_1ConnectionDebugInitializer = StatusGuard.add
        // A connection of HTTP/2 would be without the guard.
        library.httpVersion = .http1Only
        if let check = configuration.certificateCheck { library.judgeCertificates(by: check) }
        library.timeout.connect = Self.amount(configuration.connectTimeout)
        library.connectionPool.retryConnectionEstablishment = configuration.retriesConnecting
        library.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionsPerHost
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: library)
    }

    /// Ends the connections. The client sends nothing any more.
    package func close() async { try? await http.shutdown() }

    /// Sends a request and reads the whole response, following redirects.
    ///
    /// No redirect leads from HTTPS to HTTP. To another authority neither body nor credentials are sent. As in
    /// browsers, a `POST` becomes a `GET` after 301 and 302, and any method after 303 (RFC 9110 §15.4).
    ///
    /// - Parameter substitute: is asked for the address of the request and of each redirect.
    /// - Throws: `OutboundError`; `CancellationError` where the task is cancelled; what `substitute` throws.
    package func send(
        _ request: OutboundRequest, limits: Limits, substitute: @escaping Substitute = { _ in nil }
    ) async throws -> OutboundResponse {
        let deadline = NIODeadline.now() + Self.amount(limits.time)
        var step = Step(request)
        var status: Int?
        do {
            for _ in 0...limits.redirects {
                let response = try await http.execute(step.request(substitute), deadline: deadline)
                status = Int(response.status.code)
                guard limits.redirects > 0, let next = try step.next(response.status, response.headers) else {
                    let body = try await Self.body(
                        of: response, isHead: request.method == "HEAD", limits, until: deadline)
                    return OutboundResponse(status: response.status, headers: response.headers, body: body)
                }
                step = next
            }
            throw OutboundError(.redirect, "it redirects more than \(limits.redirects) times", status: status)
        } catch let error as Substitution {
            throw error.cause
        } catch {
            try Task.checkCancellation()
            throw Self.failure(error, limits, status: status)
        }
    }

    /// The library's own deadline ends with the head of a response; a body may trickle for ever.
    private static func body(
        of response: HTTPClientResponse, isHead: Bool, _ limits: Limits, until deadline: NIODeadline
    ) async throws -> [UInt8] {
        let tooLarge = OutboundError(
            .tooLarge, "it answers more than the \(limits.size) bytes that are read", status: Int(response.status.code))
        let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        // What a GET would have.
        guard isHead || announced <= limits.size else { throw tooLarge }
        let progress = BodyProgress()
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var body: [UInt8] = []
                for try await piece in response.body {
                    guard body.count + piece.readableBytes <= limits.size else { throw tooLarge }
                    body.append(contentsOf: piece.readableBytesView)
                    progress.add(piece.readableBytes)
                }
                return body
            }
            group.addTask {
                try await Task.sleep(for: Duration(deadline - .now()))
                throw HTTPClientError.deadlineExceeded
            }
            if let pause = limits.pause { group.addTask { try await progress.watch(pause: pause) } }
            defer { group.cancelAll() }
            guard let body = try await group.next() else { throw CancellationError() }
            return body
        }
    }

    /// What a failed exchange is told as.
    ///
    /// - Parameter status: of the response, where its head has come.
    static func failure(_ error: any Error, _ limits: Limits, status: Int? = nil) -> OutboundError {
        if let error = error as? OutboundError { return error }
        let failure = OutboundError(error)
        guard failure.kind == .timeout else { return failure }
        return OutboundError(.timeout, "it has not answered in full within \(text(limits.time)) s", status: status)
    }

    static func amount(_ seconds: Double) -> TimeAmount { .milliseconds(Int64(seconds * 1000)) }

    /// Without a fraction where it is none.
    static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }
}

/// How much of a body has come, and when the last of it.
private final class BodyProgress: Sendable {
    private let state = Mutex((bytes: 0, last: ContinuousClock.now))
    private let began = ContinuousClock.now

    func add(_ bytes: Int) {
        state.withLock { state in
            state.bytes += bytes
            state.last = .now
        }
    }

    /// Returns only by throwing: `OutboundError` once nothing has come for `pause` seconds, or too little.
    func watch(pause: Double) async throws -> Never {
        while true {
            let (bytes, last) = state.withLock { $0 }
            let stalled = last + .seconds(pause)
            let slow = began + .seconds(2 * pause + Double(bytes) / OutboundClient.Limits.rate)
            let now = ContinuousClock.now
            guard now < stalled else {
                throw OutboundError(.timeout, "it paused in its answer for more than \(Int(pause)) s")
            }
            guard now < slow else {
                throw OutboundError(
                    .timeout, "its answer comes with less than \(Int(OutboundClient.Limits.rate)) bytes a second")
            }
            try await Task.sleep(until: min(stalled, slow))
        }
    }
}

/// What a substitute threw, which is not the library's.
private struct Substitution: Error, CustomStringConvertible {
    var cause: any Error
    var description: String { cause.inWords }
}

/// A request on its way from redirect to redirect.
struct Step: Sendable {
    private let original: OutboundRequest
    private var address: RemoteAddress
    private var method: String
    private var body: [UInt8]?

    init(_ request: OutboundRequest) {
        original = request
        address = request.address
        method = request.method
        body = request.body
    }

    /// Whether credentials and body may go to the address.
    private var isHome: Bool { address.isSameServer(as: original.address) }

    func request(_ substitute: OutboundClient.Substitute) throws -> HTTPClientRequest {
        let authority: String?
        do { authority = try substitute(address) } catch { throw Substitution(cause: error) }
        var target = address
        if let authority {
            guard let other = RemoteAddress("http://\(authority)\(address.target)") else {
                throw OutboundError.invalidAddress
            }
            target = other
        }
        var request = HTTPClientRequest(url: target.url)
        request.method = HTTPMethod(rawValue: method)
        request.localAddress = original.localAddress
        if authority != nil { request.headers.add(name: "Host", value: address.authority) }
        // The name would be the escaped path, which is no host.
        if target.isSocket { request.headers.add(name: "Host", value: "localhost") }
        request.headers.add(name: "User-Agent", value: "boatyard")
        for (name, value) in original.headers where body != nil || name.lowercased() != "content-type" {
            request.headers.add(name: name, value: value)
        }
        if isHome {
            if let user = original.address.user { request.setBasicAuth(username: user.name, password: user.password) }
            for (name, value) in original.secretHeaders { request.headers.add(name: name, value: value) }
        }
        if let body { request.body = .bytes(body) }
        return request
    }

    /// Where a response points to; nil where it is no redirect.
    func next(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) throws -> Step? {
        guard [301, 302, 303, 307, 308].contains(status.code), let location = headers.first(name: "Location") else {
            return nil
        }
        var next = self
        if (status.code == 303 && method != "HEAD") || (status.code < 303 && method == "POST") {
            next.method = "GET"
            next.body = nil
        }
        guard let address = address.redirected(to: location) else { throw Self.refused(location, status) }
        next.address = address
        guard next.isHome || next.body == nil else { throw Self.refused(location, status) }
        return next
    }

    private static func refused(_ location: String, _ status: HTTPResponseStatus) -> OutboundError {
        OutboundError(
            .redirect,
            "it redirects to '\(AddressCredentials.removed(from: location).prefix(200))', which is not followed",
            status: Int(status.code))
    }
}
