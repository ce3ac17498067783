/// Identifies a raw document. In a later revision the same identity is a newer version of the document.
package struct DocumentIdentity: Hashable, Sendable, CustomStringConvertible {
    /// How many characters schema, layer and name may have each (`docs/reference/deckhand.md` §3.2).
    package static let longestText = 64

    /// The schema, such as `promenade/Node/v1`.
    package let schema: String
    /// The layer; nil for a control document without one.
    package let layer: String?
    /// The value of `metadata.name`.
    package let name: String

    package init(schema: String, layer: String?, name: String) {
        self.schema = schema
        self.layer = layer
        self.name = name
    }

    /// `[schema, layer] name`, the form of every message that names a raw document.
    package var description: String { "[\(schema), \(layer ?? "None")] \(name)" }
}

/// Identifies a rendered document, and the source of a substitution.
package struct RenderedIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The schema, such as `promenade/Node/v1`.
    package let schema: String
    /// The value of `metadata.name`.
    package let name: String

    package init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// `[schema] name`.
    package var description: String { "[\(schema)] \(name)" }
}
