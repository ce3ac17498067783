import Primitives

/// One step of a path into an instance or a schema.
package enum PathElement: Sendable, Hashable, CustomStringConvertible {
    case key(String)
    case index(Int)

    package var description: String {
        switch self {
        case .key(let key): key
        case .index(let index): String(index)
        }
    }
}

/// One way in which a value breaks a schema, worded and placed as python-jsonschema does
/// (`docs/reference/deckhand.md` §6.3).
package struct SchemaViolation: Error, Sendable, Hashable, CustomStringConvertible {
    /// `'foo' is not of type 'integer'`, values as Python's `repr` writes them.
    package var message: String
    /// The keyword that failed: `type`, `required`. `$ref` where a reference leads nowhere or round in circles.
    package var keyword: String
    /// From the validated value to the failing part.
    package var instancePath: [PathElement]
    /// From the schema to the failing keyword, through references without a step of their own.
    package var schemaPath: [PathElement]
    /// The failing part.
    package var instance: Value
    /// Of a violation of `additionalProperties`, the keys that are not allowed.
    package var unknownKeys: [String] = []
    /// And those that the schema names, in the order of their code points.
    package var knownKeys: [String] = []
    /// Whether a text was asked for, and nothing else would do.
    package var wantsText = false

    package var description: String { message }
}
