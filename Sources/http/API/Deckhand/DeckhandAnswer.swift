import Deckhand
import Documents
import HTTPTypes
import Primitives
import YAML

extension APIRequest {
    /// JSON where the client names it, and YAML not at all or less gladly; otherwise YAML.
    var wantedFormat: CachedRendering.Format {
        let accepted = AcceptedValues(header(.accept) ?? "")
        let yaml = ["application/x-yaml", "application/yaml", "text/yaml", "text/x-yaml"].compactMap {
            accepted.named($0)
        }
        return accepted.named("application/json") ?? 0 > yaml.max() ?? 0 ? .json : .yaml
    }

    /// One value, in the format that the client wants.
    func answer(_ value: Value, status: HTTPResponse.Status = .ok) -> APIResponse {
        switch wantedFormat {
        case .yaml: .bytes(YAML.dumpBytes([value]), status: status, contentType: DeckhandController.yamlType)
        case .json:
            .text(value.json(.spaced, sortedKeys: true), status: status, contentType: "application/json")
        }
    }

    /// A stream of documents; in JSON a list.
    func answer(documents: [Value]) -> APIResponse {
        answer(bytes: wantedFormat.encode(documents))
    }

    func answer(bytes: [UInt8]) -> APIResponse {
        .bytes(bytes, contentType: wantedFormat == .yaml ? DeckhandController.yamlType : "application/json")
    }

    /// The body as one YAML document; nil where it is empty.
    func document() throws -> Value? {
        guard !body.isEmpty else { return nil }
        do {
            return try YAML.loadOne(body)
        } catch {
            throw DocumentStream.malformed(error)
        }
    }
}

extension DeckhandController {
    /// Runs `body`; an unknown revision is reported as a route's (`docs/reference/deckhand.md` §14).
    static func asRoute<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as DocumentError where error.problem == .revisionMissing {
            throw DeckhandFailure(.notFound, .string(error.message))
        }
    }
}
