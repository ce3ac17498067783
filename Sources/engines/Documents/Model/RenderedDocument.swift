import OrderedCollections
import Primitives

/// A concrete document after layering and substitution.
package struct RenderedDocument: Sendable {
    /// The raw document that it came from; of a replacement, the replacing one.
    package let source: StoredDocument
    /// Layered and substituted, secrets resolved, keys in the order in which they were written.
    package let data: Value
    /// Whether `data` may hold something that came from an encrypted document, by substitution or from its parent.
    package let holdsSecret: Bool
    /// Which entries of `metadata.substitutions` brought something secret.
    package let secretSubstitutions: Set<Int>

    package init(
        source: StoredDocument, data: Value, holdsSecret: Bool = false, secretSubstitutions: Set<Int> = []
    ) {
        self.source = source
        self.data = data
        self.holdsSecret = holdsSecret
        self.secretSubstitutions = secretSubstitutions
    }

    /// The schema of the document.
    package var schema: String { source.schema }
    /// The name of the document.
    package var name: String { source.name }
    /// The `metadata` section of the source.
    package var metadata: Value { source.metadata }
    /// Schema and name, by which substitutions and readers find it.
    package var identity: RenderedIdentity { RenderedIdentity(schema: schema, name: name) }

    /// The document as clients of the API receive it, which is with sorted keys.
    package var value: Value {
        ["data": data.sortedByKey(), "metadata": metadata.sortedByKey(), "schema": .string(schema)]
    }
}

extension Value {
    /// The same value, the keys of every mapping in the order of their code points.
    package func sortedByKey() -> Value {
        switch self {
        case .array(let elements): .array(elements.map { $0.sortedByKey() })
        case .object(let members): .object(members.sortedByKey())
        default: self
        }
    }
}

extension Value.Object {
    fileprivate func sortedByKey() -> Value.Object {
        var sorted = Value.Object(minimumCapacity: count)
        for key in keys.sorted(by: { $0.precedesInUTF8($1) }) {
            sorted[key] = self[key]?.sortedByKey()
        }
        return sorted
    }
}
