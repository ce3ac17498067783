import Primitives

/// A JSON schema of draft 4, checked and ready to validate any number of values.
///
/// `format`, `$schema` and unknown keywords require nothing; `$ref` overrides its siblings.
package final class CompiledSchema: Sendable {
    private let nodes: [SchemaNode]

    /// - Throws: `JSONSchemaError`, if `schema` breaks the metaschema or has an unusable pattern.
    package convenience init(_ schema: Value) throws(JSONSchemaError) {
        if let violation = Metaschema.compiled?.validate(schema).first {
            throw JSONSchemaError(message: violation.message, path: violation.instancePath)
        }
        try self.init(unchecked: schema)
    }

    init(unchecked schema: Value) throws(JSONSchemaError) {
        nodes = try SchemaCompiler.compile(schema)
    }

    /// Every violation, in the order of the schema's keywords; empty if `value` satisfies the schema.
    ///
    /// A schema that cannot be evaluated (a reference to nowhere or round in circles, a pattern that backtracks without
    /// end) answers with a violation that says so, as the last one.
    package func validate(_ value: Value) -> [SchemaViolation] {
        var evaluation = Evaluation(nodes: nodes)
        if (try? evaluation.isValid(0, value)) == true { return [] }
        var collector = ViolationCollector(nodes: nodes)
        return collector.violations(of: value)
    }

    /// Whether `value` satisfies the schema; faster than `validate`.
    package func isSatisfied(by value: Value) -> Bool {
        var evaluation = Evaluation(nodes: nodes)
        return (try? evaluation.isValid(0, value)) ?? false
    }

    /// Whether `schema` satisfies the metaschema of draft 4 and has only patterns that can be used.
}
