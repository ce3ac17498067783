import OrderedCollections
import OutboundHTTP
import Primitives

/// An Airship component behind its REST API.
package struct HTTPComponent: SoftwareComponent {
    package let name: String
    private let endpoint: String
    private let token: TokenSource
    private static let client = OutboundClient()

    /// The most that an answer may have, in bytes.
    private static let limit = 64 << 20
    private static let redirects = 5

    /// - Parameters:
    ///   - endpoint: `http://promenade-api.ucp.svc.cluster.local:80/api/v1.0`
    ///   - token: what the component is shown as `X-Auth-Token`; nil shows none.
    package init(name: String, endpoint: String, token: @escaping TokenSource = { nil }) {
        self.name = name
        self.endpoint = endpoint
        self.token = token
    }

    package func checkHealth() async throws {
        do {
            _ = try await Self.client.send(
                OutboundRequest("GET", endpoint + "/health"),
                limits: .init(time: 30, size: 1 << 20, redirects: Self.redirects))
        } catch let error as OutboundError where error.kind == .tooLarge {
            // It has answered.
        }
    }

    /// - Throws: where the component cannot be reached, and for an answer beyond 400 or without JSON
    ///   (`docs/reference/shipyard.md` §5.3).
    package func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        let body: Value = ["rel": "design", "href": .string(reference), "type": "application/x-yaml"]
        return try await send("POST", "/validatedesign", body, timeout: timeout)
    }

    /// One exchange of JSON.
    ///
    /// - Parameter timeout: in seconds.
    /// - Throws: `StepError` for an answer beyond 400 or without JSON.
    func send(_ method: String, _ path: String, _ body: Value? = nil, timeout: Double) async throws -> Value {
        var request = try OutboundRequest(method, endpoint + path)
        if let token = try await token() { request.secretHeaders = [("X-Auth-Token", token.reveal())] }
        if let body {
            request.headers = [("Content-Type", "application/json")]
            request.body = Array(body.json(.compact).utf8)
        }
        let response = try await Self.client.send(
            request, limits: .init(time: timeout, size: Self.limit, redirects: Self.redirects))
        guard response.status <= 400 else {
            throw StepError("\(name) answers \(response.status) \(response.reasonPhrase) to \(path)")
        }
        if response.body.isEmpty, method == "PUT" { return .null }
        do {
            return try Value(json: response.body)
        } catch {
            throw StepError("\(name) answers no JSON to \(path): \(error)")
        }
    }
}

/// Where a token of the daemon's own comes from.
package typealias TokenSource = @Sendable () async throws -> Secret<String>?

extension HTTPComponent {
    /// Sets the labels of a Kubernetes node (`docs/reference/drydock.md` §18).
    package func setLabels(_ labels: Value, ofNode node: String) async throws {
        _ = try await send("PUT", "/node-labels/\(PercentCoding.encode(node))", labels, timeout: 60)
    }
}

/// Armada, which deploys charts.
package struct ArmadaClient: SoftwareDeployer {
    package let name = "Armada"
    private let component: HTTPComponent

    /// - Parameter endpoint: `http://armada-api.ucp.svc.cluster.local:8000/api/v1.0`
    package init(endpoint: String, token: @escaping TokenSource = { nil }) {
        component = HTTPComponent(name: "Armada", endpoint: endpoint, token: token)
    }

    package func checkHealth() async throws { try await component.checkHealth() }

    package func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        try await component.designStatus(reference, timeout: timeout)
    }

    package func apply(design: String, manifest: String, timeout: Double) async throws -> Value {
        let answer = try await component.send(
            "POST", "/apply?target_manifest=\(PercentCoding.encode(manifest))",
            ["hrefs": [.string(design)], "overrides": []],
            timeout: timeout)
        guard let message = answer["message"] else { throw StepError("Armada answers no message to an apply") }
        return message
    }

    package func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] {
        let answer = try await component.send("GET", "/releases", timeout: timeout)
        guard let releases = answer["releases"]?.objectValue else { return [] }
        return releases.map { namespace, names in
            (namespace, (names.arrayValue ?? []).compactMap(\.stringValue))
        }
    }

    package func test(release: String) async throws -> Bool {
        let answer = try await component.send("GET", "/test/\(PercentCoding.encode(release))", timeout: 300)
        return answer["result"]?.stringValue?.lowercased().hasPrefix("pass") ?? false
    }
}
