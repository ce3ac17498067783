import Cryptography
import Documents
import Primitives
import YAML

/// All rendered documents of one revision in the bytes that clients get, and a name for exactly these bytes.
package struct CachedRendering: Sendable {
    package enum Format: Hashable, Sendable {
        case yaml
        case json

        /// A stream of documents; in JSON a list, with sorted keys.
        package func encode(_ documents: [Value]) -> [UInt8] {
            switch self {
            case .yaml: YAML.dumpBytes(documents)
            case .json: Array(Value.array(documents).json(.spaced, sortedKeys: true).utf8)
            }
        }
    }

    package struct Form: Hashable, Sendable {
        package let format: Format
        /// Hides what encrypted documents hold.
        package let isRedacted: Bool

        package init(_ format: Format, isRedacted: Bool) {
            self.format = format
            self.isRedacted = isRedacted
        }
    }

    package let bytes: [UInt8]
    /// With its quotes, as the `ETag` header has it.
    package let tag: String

    init(_ rendered: RenderedRevision, _ form: Form) {
        bytes = form.format.encode(rendered.documents.map { DocumentView($0, redacted: form.isRedacted).value })
        tag = "\"" + Hash.sha256(bytes).hex.prefix(32) + "\""
    }
}
