import OrderedCollections
import Primitives

/// A revision without its documents.
package struct RevisionSummary: Sendable, Hashable {
    package let id: Int
    package let createdAt: Timestamp
    /// The buckets that the revision itself wrote, sorted.
    package let buckets: [String]
    /// Sorted by name.
    package let tags: OrderedDictionary<String, Value>
    /// The ValidationPolicies that the revision itself wrote.
    package let validationPolicies: [ValidationPolicyReference]

    /// How a list of revisions shows it (`docs/reference/deckhand.md` §4).
    package var listed: Value {
        [
            "buckets": Value(buckets), "createdAt": .string(createdAt.formatted(.isoNaive)), "id": .int(id),
            "tags": Value(Array(tags.keys)),
        ]
    }

    /// How the revision shows itself.
    package var value: Value {
        [
            "buckets": Value(buckets), "createdAt": .string(createdAt.formatted(.isoNaive)), "id": .int(id),
            "status": validationPolicies.isEmpty ? "success" : "failed", "tags": .object(tags),
            "url": .string(Self.address(id)), "validationPolicies": .array(validationPolicies.map(\.value)),
        ]
    }

    fileprivate static func address(_ number: Int) -> String { "https://deckhand/api/v1.0/revisions/\(number)" }
}

package struct ValidationPolicyReference: Sendable, Hashable {
    package let name: String
    /// The number of the document.
    package let document: Int

    fileprivate var value: Value {
        ["name": .string(name), "status": "unknown", "url": .string(RevisionSummary.address(document))]
    }
}
