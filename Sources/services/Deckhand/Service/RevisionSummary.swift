import OrderedCollections
import Primitives

/// A revision without its documents.
package struct RevisionSummary: Sendable, Hashable {
    /// The number of the revision, from 1.
    package let id: Int
    package let createdAt: Timestamp
    /// The buckets that the revision itself wrote, sorted.
    package let buckets: [String]
    /// The data of the tags by their names, which are sorted.
    package let tags: OrderedDictionary<String, Value>
    /// The ValidationPolicies that the revision itself wrote.
    package let validationPolicies: [ValidationPolicyReference]

    /// An element of the list of revisions (`docs/reference/deckhand.md` §4).
    package var listed: Value {
        [
            "buckets": Value(buckets), "createdAt": .string(createdAt.formatted(.isoNaive)), "id": .int(id),
            "tags": Value(Array(tags.keys)),
        ]
    }

    /// The answer about one revision (`docs/reference/deckhand.md` §4).
    package var value: Value {
        [
            "buckets": Value(buckets), "createdAt": .string(createdAt.formatted(.isoNaive)), "id": .int(id),
            "status": validationPolicies.isEmpty ? "success" : "failed", "tags": .object(tags),
            "url": .string(Self.address(id)), "validationPolicies": .array(validationPolicies.map(\.value)),
        ]
    }

    fileprivate static func address(_ number: Int) -> String { "https://deckhand/api/v1.0/revisions/\(number)" }
}

/// A ValidationPolicy that a revision wrote, for the answer about the revision.
package struct ValidationPolicyReference: Sendable, Hashable {
    /// The name of the document.
    package let name: String
    /// The number of the document's row.
    package let document: Int

    fileprivate var value: Value {
        ["name": .string(name), "status": "unknown", "url": .string(RevisionSummary.address(document))]
    }
}
