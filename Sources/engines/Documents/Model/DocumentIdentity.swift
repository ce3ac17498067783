/// What makes a raw document itself: the same identity in a later revision is a newer version of it.
package struct DocumentIdentity: Hashable, Sendable, CustomStringConvertible {
    /// `promenade/Node/v1`
    package let schema: String
    /// Nil for control documents without a layer.
    package let layer: String?
    /// `metadata.name`
    package let name: String

    package init(schema: String, layer: String?, name: String) {
        self.schema = schema
        self.layer = layer
        self.name = name
    }

    /// `[schema, layer] name`, the form of every message that names a raw document.
    package var description: String { "[\(schema), \(layer ?? "None")] \(name)" }
}

/// What makes a rendered document itself, and what a substitution names as its source.
package struct RenderedIdentity: Hashable, Sendable, CustomStringConvertible {
    package let schema: String
    package let name: String

    package init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// `[schema] name`.
    package var description: String { "[\(schema)] \(name)" }
}
