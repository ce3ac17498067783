import Primitives
import TestSupport
import YAML

extension Conformance {
    static let hasDesigns = has("drydock/README.md")

    /// - Parameter mark: read only the documents that have it in their text, which saves most of a site's time.
    static func documents(_ path: String, about mark: String? = nil) throws -> [Value] {
        let bytes = try bytes(path)
        guard let mark else { return try YAML.load(bytes) }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return try lines.split(separator: "---", omittingEmptySubsequences: true).flatMap { lines in
            let text = "\n" + lines.filter { $0 != "..." }.joined(separator: "\n")
            return text.contains(mark) ? try YAML.load(text) : []
        }
    }
}
