import OrderedCollections
import Primitives

/// What one kind of document may say: its schema with the meaning of every member, who reads it, and an example
/// (`boatyard schema`, `docs/documents`).
package struct DocumentSchema: Sendable {
    /// `drydock/BaremetalNode/v1`
    package let schema: String
    /// What such a document is for, in sentences.
    package let summary: String
    /// Who reads it, in a sentence.
    package let readers: String
    /// The `data` of a document as YAML.
    package let example: String
    /// JSON Schema draft 4 of `data`. `description`, `default` and `examples` tell what members mean.
    package let data: Value
    /// Whether its `metadata` is that of `metadata/Control/v1`, which has no layer.
    package let isControl: Bool

    init(
        _ schema: String, _ summary: String, readers: String, isControl: Bool = false, example: String, data: Value
    ) {
        self.schema = schema
        self.summary = summary
        self.readers = readers
        self.isControl = isControl
        self.example = example
        self.data = data
    }

    /// `BaremetalNode`
    package var kind: String { String(schema.split(separator: "/").dropFirst().first ?? "") }

    /// `data` without what its members mean: what accepts and refuses.
    package var bareData: Value { SchemaPart.bare(data) }

    /// Every kind that the daemon reads, in the order in which a site is written.
    package static let all: [DocumentSchema] = [
        layeringPolicy, region, rack, networkLink, network, hardwareProfile, hostProfile, baremetalNode, bootAction,
        deploymentConfiguration, deploymentStrategy, passphrase, certificate, certificateKey, certificateAuthority,
        certificateAuthorityKey, publicKey, privateKey, dataSchema, validationPolicy,
    ]

    private static let bySchema = Dictionary(
        all.map { ($0.schema, $0) }, uniquingKeysWith: { first, _ in first })

    /// The kind with a name such as `BaremetalNode`, in any case, or `drydock/BaremetalNode/v1`; nil where it is none of these.
    package static func named(_ name: String) -> DocumentSchema? {
        bySchema[name] ?? all.first { $0.kind.lowercased() == name.lowercased() }
    }
}
