import OrderedCollections
import Primitives

/// What changed between two sets of rendered documents, in the form of Deckhand's `deepdiff`
/// (`docs/reference/deckhand.md` §11).
package enum DocumentDifference {
    /// - Returns: `document_added`, `document_deleted` and `document_changed`, each only where there is something.
    package static func between(_ before: [RenderedDocument], _ after: [RenderedDocument]) -> Value {
        let old = Dictionary(before.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
        let new = Dictionary(after.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
        var answer: Value.Object = [:]
        let added = after.map(\.identity).filter { old[$0] == nil }
        if !added.isEmpty { answer["document_added"] = listed(added) }
        let deleted = before.map(\.identity).filter { new[$0] == nil }
        if !deleted.isEmpty { answer["document_deleted"] = listed(deleted) }
        var changed: Value.Object = [:]
        for document in after {
            guard let previous = old[document.identity] else { continue }
            if previous.data.isSame(as: document.data), previous.metadata.isSame(as: document.metadata) { continue }
            // An encrypted document may not show what changed in it, whichever side of the change is encrypted.
            let isSecret = document.holdsSecret || previous.holdsSecret
            changed[key(document.identity)] = [
                "data_changed": isSecret
                    ? ["encrypted": true] : ValueDifference.between(previous.data, document.data),
                "metadata_changed": ValueDifference.between(previous.metadata, document.metadata),
            ]
        }
        if !changed.isEmpty {
            answer["document_changed"] = ["count": .int(changed.count), "details": .object(changed)]
        }
        return .object(answer)
    }

    private static func listed(_ identities: [RenderedIdentity]) -> Value {
        let details = identities.map { identity -> Value in [.string(identity.schema), .string(identity.name)] }
        return ["count": .int(identities.count), "details": .array(details)]
    }

    /// A Python tuple as text.
    private static func key(_ identity: RenderedIdentity) -> String {
        "(\(Value.string(identity.schema).pythonRepr), \(Value.string(identity.name).pythonRepr))"
    }
}
