import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OrderedCollections
import Primitives

/// An Airship component behind its REST API.
package struct HTTPComponent: SoftwareComponent {
    package let name: String
    private let endpoint: String
    private let client: HTTPClient

    /// The most that an answer may have, in bytes.
    private static let limit = 64 << 20

    /// - Parameter endpoint: `http://promenade-api.ucp.svc.cluster.local:80/api/v1.0`
    package init(name: String, endpoint: String, client: HTTPClient = .shared) {
        self.name = name
        self.endpoint = endpoint
        self.client = client
    }

    package func checkHealth() async throws {
        _ = try await client.execute(HTTPClientRequest(url: endpoint + "/health"), timeout: .seconds(30))
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
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body.json(.compact)))
        }
        let response = try await client.execute(request, timeout: .milliseconds(Int64(timeout * 1000)))
        let bytes = Array(try await response.body.collect(upTo: Self.limit).readableBytesView)
        guard response.status.code <= 400 else {
            throw StepError("\(name) answers \(response.status.code) \(response.status.reasonPhrase) to \(path)")
        }
        do {
            return try Value(json: bytes)
        } catch {
            throw StepError("\(name) answers no JSON to \(path): \(error)")
        }
    }
}

/// Armada, which deploys charts.
package struct ArmadaClient: SoftwareDeployer {
    package let name = "Armada"
    private let component: HTTPComponent

    /// - Parameter endpoint: `http://armada-api.ucp.svc.cluster.local:8000/api/v1.0`
    package init(endpoint: String, client: HTTPClient = .shared) {
        component = HTTPComponent(name: "Armada", endpoint: endpoint, client: client)
    }

    package func checkHealth() async throws { try await component.checkHealth() }

    package func designStatus(_ reference: String) async throws -> Value {
        try await component.designStatus(reference)
    }

    package func apply(design: String, manifest: String, timeout: Double) async throws -> Value {
        let answer = try await component.send(
            .POST, "/apply?target_manifest=\(Self.escaped(manifest))", ["hrefs": [.string(design)], "overrides": []],
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
        let answer = try await component.send(.GET, "/test/\(Self.escaped(release))", timeout: 300)
        return answer["result"]?.stringValue?.lowercased().hasPrefix("pass") ?? false
    }

    /// Percent-encodes what is not unreserved (RFC 3986 §2.3).
    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + [byte].hex.uppercased()
            }
        }
        return result
    }
}
