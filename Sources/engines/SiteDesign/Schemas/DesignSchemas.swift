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

    static func source(of kind: DesignKind) -> Value {
        switch kind {
        case .region: region
        case .rack: rack
        case .networkLink: networkLink
        case .network: network
        case .hardwareProfile: hardwareProfile
        case .hostProfile: SchemaParts.closed(.object(hostMembers()))
        case .baremetalNode: baremetalNode
        case .bootAction: bootAction
        }
    }
}
