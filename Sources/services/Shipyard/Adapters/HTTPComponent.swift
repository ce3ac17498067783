import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OrderedCollections
import Primitives

/// An Airship component behind its REST API.
package struct HTTPComponent: SoftwareComponent {
    package let name: String
    private let endpoint: String
    private let token: TokenSource
    private let client: HTTPClient

    /// The most that an answer may have, in bytes.
    private static let limit = 64 << 20

    /// - Parameters:
    ///   - endpoint: `http://promenade-api.ucp.svc.cluster.local:80/api/v1.0`
    ///   - token: what the component is shown as `X-Auth-Token`; nil shows none.
    package init(
        name: String, endpoint: String, token: @escaping TokenSource = { nil }, client: HTTPClient = .shared
    ) {
        self.name = name
        self.endpoint = endpoint
        self.token = token
        self.client = client
    }

    package func checkHealth() async throws {
        let response = try await client.execute(HTTPClientRequest(url: endpoint + "/health"), timeout: .seconds(30))
        // An answer that is not read keeps its connection from being used again.
        _ = try? await response.body.collect(upTo: 1 << 20)
    }

    /// - Throws: where the component cannot be reached, and for an answer beyond 400 or without JSON
    ///   (`spec/shipyard.md` §5.3).
    package func designStatus(_ reference: String) async throws -> Value {
        let body: Value = ["rel": "design", "href": .string(reference), "type": "application/x-yaml"]
        return try await send(.POST, "/validatedesign", body, timeout: 300)
    }

    /// One exchange of JSON.
    ///
    /// - Parameter timeout: in seconds.
    /// - Throws: `StepError` for an answer beyond 400 or without JSON.
    func send(_ method: HTTPMethod, _ path: String, _ body: Value? = nil, timeout: Double) async throws -> Value {
        var request = HTTPClientRequest(url: endpoint + path)
        request.method = method
        request.headers.add(name: "User-Agent", value: "boatyard")
        if let token = try await token() { request.headers.add(name: "X-Auth-Token", value: token.reveal()) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body.json(.compact)))
        }
        let response = try await client.execute(request, timeout: .milliseconds(Int64(timeout * 1000)))
        let bytes = Array(try await response.body.collect(upTo: Self.limit).readableBytesView)
        guard response.status.code <= 400 else {
            throw StepError("\(name) answers \(response.status.code) \(response.status.reasonPhrase) to \(path)")
        }
        if bytes.isEmpty, method == .PUT { return .null }
        do {
            return try Value(json: bytes)
        } catch {
            throw StepError("\(name) answers no JSON to \(path): \(error)")
        }
    }
}

/// Where a token of the daemon's own comes from.
package typealias TokenSource = @Sendable () async throws -> Secret<String>?

extension HTTPComponent {
    /// Sets the labels of a Kubernetes node (`spec/drydock.md` §18).
    package func setLabels(_ labels: Value, ofNode node: String) async throws {
        _ = try await send(.PUT, "/node-labels/\(PercentCoding.encode(node))", labels, timeout: 60)
    }
}

/// Armada, which deploys charts.
package struct ArmadaClient: SoftwareDeployer {
    package let name = "Armada"
    private let component: HTTPComponent

    /// - Parameter endpoint: `http://armada-api.ucp.svc.cluster.local:8000/api/v1.0`
    package init(endpoint: String, token: @escaping TokenSource = { nil }, client: HTTPClient = .shared) {
        component = HTTPComponent(name: "Armada", endpoint: endpoint, token: token, client: client)
    }

    package func checkHealth() async throws { try await component.checkHealth() }

    package func designStatus(_ reference: String) async throws -> Value {
        try await component.designStatus(reference)
    }

    package func apply(design: String, manifest: String, timeout: Double) async throws -> Value {
        let answer = try await component.send(
            .POST, "/apply?target_manifest=\(PercentCoding.encode(manifest))",
            ["hrefs": [.string(design)], "overrides": []],
            timeout: timeout)
        guard let message = answer["message"] else { throw StepError("Armada answers no message to an apply") }
        return message
    }

    package func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] {
        let answer = try await component.send(.GET, "/releases", timeout: timeout)
        guard let releases = answer["releases"]?.objectValue else { return [] }
        return releases.map { namespace, names in
            (namespace, (names.arrayValue ?? []).compactMap(\.stringValue))
        }
    }

    package func test(release: String) async throws -> Bool {
        let answer = try await component.send(.GET, "/test/\(PercentCoding.encode(release))", timeout: 300)
        return answer["result"]?.stringValue?.lowercased().hasPrefix("pass") ?? false
    }
}
