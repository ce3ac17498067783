import OrderedCollections
import Primitives

/// Which documents of a revision are asked for (`docs/reference/deckhand.md` §10). All criteria must hold; within one,
/// any value.
package struct DocumentFilter: Sendable, Hashable {
    /// A whole schema, or if it is the only one, `namespace/Kind` or `namespace`.
    package var schemas: [String] = []
    /// `metadata.name`; empty admits all, as for the other lists.
    package var names: [String] = []
    /// Layers by name.
    package var layers: [String] = []
    /// Buckets by name.
    package var buckets: [String] = []
    /// `true` or `false` in any case; anything else matches nothing.
    package var abstract: [String] = []
    /// `key=value` each, all of which must hold.
    package var labels: [String] = []

    package init(buckets: [String] = []) { self.buckets = buckets }

    /// Whether the document satisfies every condition.
    package func admits(_ document: DocumentView) -> Bool {
        let layering = document.metadata["layeringDefinition"]
        return admitsSchema(document.schema)
            && Self.admits(names, document.metadata["name"]?.stringValue)
            && Self.admits(layers, layering?["layer"]?.stringValue)
            && Self.admits(buckets, document.bucket)
            && admitsAbstract(layering?["abstract"]?.boolValue ?? false)
            && labels.allSatisfy { Self.has(document.metadata["labels"], label: $0) }
    }

    private static func admits(_ wanted: [String], _ actual: String?) -> Bool {
        guard !wanted.isEmpty else { return true }
        return actual.map(wanted.contains) ?? false
    }

    private func admitsSchema(_ schema: String) -> Bool {
        guard let only = schemas.first, schemas.count == 1 else { return Self.admits(schemas, schema) }
        return schema == only || schema.hasPrefix(only + "/")
    }

    private func admitsAbstract(_ isAbstract: Bool) -> Bool {
        guard !abstract.isEmpty else { return true }
        return abstract.contains { $0.lowercased() == (isAbstract ? "true" : "false") }
    }

    private static func has(_ labels: Value?, label: String) -> Bool {
        guard let equals = label.firstIndex(of: "=") else { return false }
        guard let actual = labels?[String(label[..<equals])] else { return false }
        return actual.pythonText == label[label.index(after: equals)...]
    }
}
