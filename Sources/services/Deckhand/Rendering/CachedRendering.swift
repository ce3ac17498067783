import Cryptography
import Documents
import Primitives
import YAML

/// All rendered documents of one revision, encoded for clients, with an entity tag for these bytes.
package struct CachedRendering: Sendable {
    /// The notation of an answer.
    package enum Format: Hashable, Sendable {
        case yaml
        case json

        /// The documents in this notation: in YAML a stream of documents, in JSON a list with sorted keys, both in
        /// UTF-8.
        package func encode(_ documents: [Value]) -> [UInt8] {
            switch self {
            case .yaml: YAML.dumpBytes(documents)
            case .json: Array(Value.array(documents).json(.spaced, sortedKeys: true).utf8)
            }
        }
    }

    /// What answers about one revision can differ in.
    package struct Form: Hashable, Sendable {
        /// The notation of the answer.
        package let format: Format
        /// Whether the data of encrypted documents is replaced by hashes.
        package let isRedacted: Bool

        package init(_ format: Format, isRedacted: Bool) {
            self.format = format
            self.isRedacted = isRedacted
        }
    }

    /// The body of the answer.
    package let bytes: [UInt8]
    /// The value of the `ETag` header, with its quotes.
    package let tag: String

    init(_ rendered: RenderedRevision, _ form: Form) {
        bytes = form.format.encode(rendered.documents.map { DocumentView($0, redacted: form.isRedacted).value })
        tag = "\"" + Hash.sha256(bytes).hex.prefix(32) + "\""
    }
}
