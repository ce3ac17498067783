import Deckhand
import OrderedCollections

/// What may be done to a buffer that is not empty (`docs/reference/shipyard.md` §4).
package enum BufferMode: String, Sendable {
    /// Nothing.
    case rejectOnContents = "rejectoncontents"
    /// Collections may be added that it does not have yet.
    case append
    /// It is given up first.
    case replace

    /// - Parameter text: any case; nil and empty mean `rejectoncontents`. Nil for an unknown mode.
    package init?(parameter text: String?) {
        self.init(rawValue: (text ?? "").isEmpty ? Self.rejectOnContents.rawValue : (text ?? "").lowercased())
    }
}

/// What the buffer holds, as differences from what is committed.
package struct BufferContents: Sendable, Hashable {
    /// What became of each collection; empty where there is no buffer.
    package var changes: OrderedDictionary<String, BucketChange>

    package init(changes: OrderedDictionary<String, BucketChange>) { self.changes = changes }

    package var isEmpty: Bool { changes.values.allSatisfy { $0 == .unmodified } }

    package func holds(_ collection: String) -> Bool {
        changes[collection].map { $0 != .unmodified } ?? false
    }

    /// Whether `collection` may be written; with `replace` only after the buffer has been given up.
    package func isWritable(_ collection: String, _ mode: BufferMode) -> Bool {
        if isEmpty { return true }
        switch mode {
        case .rejectOnContents: return false
        case .append: return !holds(collection)
        case .replace: return true
        }
    }
}
