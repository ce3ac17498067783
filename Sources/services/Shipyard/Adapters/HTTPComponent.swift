import OrderedCollections
import OutboundHTTP
import Primitives

/// An Airship component that is reached by its REST API.
package struct HTTPComponent: SoftwareComponent {
    /// The name of the component in messages: `Armada`, `Promenade`.
    package let name: String
    private let endpoint: String
    private let token: TokenSource
    private var origin: RequestOrigin?
    private static let client = OutboundClient()

    /// The most that an answer may have, in bytes.
    private static let limit = 64 << 20
    private static let redirects = 5

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - endpoint: the base address, `http://promenade-api.ucp.svc.cluster.local:80/api/v1.0`; a query of it stays the
    ///     address's.
    ///   - token: returns the token that is sent as `X-Auth-Token`; nil sends none.
    package init(name: String, endpoint: String, token: @escaping TokenSource = { _ in nil }) {
        self.name = name
        self.endpoint = endpoint
        self.token = token
    }

    package func asked(by origin: RequestOrigin) -> HTTPComponent {
        var component = self
        component.origin = origin
        return component
    }

    /// Asks for `/health` and accepts any status.
    ///
    /// - Throws: `OutboundError` where the component cannot be reached within 30 s.
    package func checkHealth() async throws {
        do {
            _ = try await Self.client.send(
                OutboundRequest("GET", RemoteAddress.text(endpoint, below: "/health")),
                limits: .init(time: 30, size: 1 << 20, redirects: Self.redirects))
        } catch let error as OutboundError where error.kind == .tooLarge {
            // It has answered.
        }
    }

    /// Asks the component to validate a design (`docs/reference/shipyard.md` §5.3).
    ///
    /// - Returns: the body of the answer, whose status is 400 at most, without secrets.
    /// - Throws: `OutboundError` where the component cannot be reached; `StepError` for another status or an answer
    ///   that is no JSON.
    package func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        let body: Value = ["rel": "design", "href": .string(reference), "type": "application/x-yaml"]
        // A 400 has the findings in its body.
        return LogRedactor.redact(
            try await send("POST", "/validatedesign", body, timeout: timeout, refusedFrom: 401))
    }

    /// One exchange of JSON. A token that is refused is replaced once.
    ///
    /// - Parameters:
    ///   - timeout: in seconds, for each request.
    ///   - bound: the least status that is a failure.
    /// - Throws: `StepError` for an answer of `bound` or beyond, or without JSON; what the source of tokens throws.
    func send(
        _ method: String, _ path: String, _ body: Value? = nil, timeout: Double, refusedFrom bound: Int = 400
    ) async throws -> Value {
        let own = try await token(nil)
        var response = try await answer(to: method, path, body, own, timeout: timeout)
        if response.status == 401, let own {
            response = try await answer(to: method, path, body, try await token(own), timeout: timeout)
        }
        guard response.status < bound else {
            throw StepError(
                "\(name) answers \(response.status) \(LogRedactor.redact(response.reasonPhrase)) to \(path)")
        }
        if response.body.isEmpty, method == "PUT" { return .null }
        do {
            return try Value(json: response.body)
        } catch {
            throw StepError("\(name) answers no JSON to \(path): \(LogRedactor.redact(error.inWords))")
        }
    }

    private func answer(
        to method: String, _ path: String, _ body: Value?, _ token: Secret<String>?, timeout: Double
    ) async throws -> OutboundResponse {
        var request = try OutboundRequest(method, RemoteAddress.text(endpoint, below: path))
        if let token { request.secretHeaders = [("X-Auth-Token", token.reveal())] }
        request.headers = origin?.headers ?? []
        if let body {
            request.headers.append(("Content-Type", "application/json"))
            request.body = Array(body.json(.compact).utf8)
        }
        return try await Self.client.send(
            request, limits: .init(time: timeout, size: Self.limit, redirects: Self.redirects))
    }
}

/// Returns a token of the daemon's own account; nil where it has none.
///
/// - Parameter refused: a token of this source that was not taken, which is replaced; nil for the first one.
package typealias TokenSource = @Sendable (_ refused: Secret<String>?) async throws -> Secret<String>?

extension HTTPComponent {
    /// Sets the labels of a Kubernetes node (`docs/reference/drydock.md` §18).
    ///
    /// - Parameter labels: an object of texts.
    /// - Throws: as `designStatus(_:timeout:)`, also for a 400.
    package func setLabels(_ labels: Value, ofNode node: String) async throws {
        _ = try await send("PUT", "/node-labels/\(PercentCoding.encode(node))", labels, timeout: 60)
    }
}

/// A client of Armada, which deploys charts.
package struct ArmadaClient: SoftwareDeployer {
    /// Always `Armada`.
    package let name = "Armada"
    private var component: HTTPComponent

    /// - Parameter endpoint: `http://armada-api.ucp.svc.cluster.local:8000/api/v1.0`
    package init(endpoint: String, token: @escaping TokenSource = { _ in nil }) {
        component = HTTPComponent(name: "Armada", endpoint: endpoint, token: token)
    }

    package func asked(by origin: RequestOrigin) -> ArmadaClient {
        var client = self
        client.component = component.asked(by: origin)
        return client
    }

    /// As `HTTPComponent.checkHealth()`.
    package func checkHealth() async throws { try await component.checkHealth() }

    package func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        try await component.designStatus(reference, timeout: timeout)
    }

    /// Applies the charts of a manifest.
    ///
    /// - Parameter timeout: in seconds.
    /// - Returns: the member `message` of the answer: the names of charts under `install`, `upgrade` and so on.
    /// - Throws: as `designStatus(_:timeout:)`, also for a 400.
    package func apply(design: String, manifest: String, timeout: Double) async throws -> Value {
        let answer = try await component.send(
            "POST", "/apply?target_manifest=\(PercentCoding.encode(manifest))",
            ["hrefs": [.string(design)], "overrides": []],
            timeout: timeout)
        guard let message = answer["message"] else { throw StepError("Armada answers no message to an apply") }
        return LogRedactor.redact(message)
    }

    package func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] {
        let answer = try await component.send("GET", "/releases", timeout: timeout)
        guard let releases = answer["releases"]?.objectValue else { return [] }
        return releases.map { namespace, names in
            (namespace, (names.arrayValue ?? []).compactMap(\.stringValue))
        }
    }

    /// Runs the tests of a release.
    ///
    /// - Returns: whether they passed.
    /// - Throws: as `designStatus(_:timeout:)`, also for a 400.
    package func test(release: String) async throws -> Bool {
        let answer = try await component.send("GET", "/test/\(PercentCoding.encode(release))", timeout: 300)
        return answer["result"]?.stringValue?.lowercased().hasPrefix("pass") ?? false
    }
}
