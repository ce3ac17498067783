import Deckhand
import OrderedCollections

/// What a request may do to a buffer that is not empty (`docs/reference/shipyard.md` §4).
package enum BufferMode: String, Sendable {
    /// The request is refused.
    case rejectOnContents = "rejectoncontents"
    /// The request may add a collection that the buffer does not hold.
    case append
    /// The buffer is given up first.
    case replace

    /// Reads the parameter `buffermode`.
    ///
    /// - Parameter text: in any case. Nil and an empty text mean `rejectoncontents`.
    /// - Returns: nil for an unknown mode.
    package init?(parameter text: String?) {
        self.init(rawValue: (text ?? "").isEmpty ? Self.rejectOnContents.rawValue : (text ?? "").lowercased())
    }
}

/// The collections of the buffer that differ from the committed ones.
package struct BufferContents: Sendable, Hashable {
    /// How each collection differs; empty where there is no buffer.
    package var changes: OrderedDictionary<String, BucketChange>

    package init(changes: OrderedDictionary<String, BucketChange>) { self.changes = changes }

    package var isEmpty: Bool { changes.values.allSatisfy { $0 == .unmodified } }

    /// Whether the buffer differs from the committed revision in this collection.
    package func holds(_ collection: String) -> Bool {
        changes[collection].map { $0 != .unmodified } ?? false
    }

    /// Whether a request with this mode may write `collection`; with `replace` only after the buffer was given up.
    package func isWritable(_ collection: String, _ mode: BufferMode) -> Bool {
        if isEmpty { return true }
        switch mode {
        case .rejectOnContents: return false
        case .append: return !holds(collection)
        case .replace: return true
        }
    }
}
