import Cryptography
import Primitives

/// The bytes of an answer, and a name for exactly these bytes.
package struct CachedRendering: Sendable {
    package enum Format: Hashable, Sendable {
        case yaml
        case json
    }

    package struct Form: Hashable, Sendable {
        package let format: Format
        package let isRedacted: Bool

        package init(_ format: Format, isRedacted: Bool) {
            self.format = format
            self.isRedacted = isRedacted
        }
    }

    package let bytes: [UInt8]
    /// With its quotes, as the `ETag` header has it.
    package let tag: String

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        tag = "\"" + Hash.sha256(bytes).hex.prefix(32) + "\""
    }
}
