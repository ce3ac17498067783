import DocumentSchemas
import JSONSchema
import Primitives

/// Schemas of the `data` of design documents, one for each kind (`docs/reference/drydock.md` §5).
enum DesignSchemas {
    private static let compiled: [DesignKind: Result<CompiledSchema, any Error>] = Dictionary(
        uniqueKeysWithValues: DesignKind.allCases.map { kind in (kind, Result { try CompiledSchema(source(of: kind)) })
        })

    /// - Throws: what makes the schema itself wrong.
    static func schema(of kind: DesignKind) throws -> CompiledSchema {
        guard let result = compiled[kind] else { return try CompiledSchema(source(of: kind)) }
        return try result.get()
    }

    private static func source(of kind: DesignKind) -> Value { DocumentSchema.named(kind.schema)?.bareData ?? [:] }
}
