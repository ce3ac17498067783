import JSONSchema
import Primitives

/// The data schemas that apply to the documents of one rendering (`docs/reference/deckhand.md` §6.3).
struct DataSchemas {
    struct Entry {
        let schema: Value
        /// The DataSchema document; nil for a schema that every site has.
        let document: DocumentIdentity?
    }

    private var entries: [String: Entry]

    /// - Parameters:
    ///   - latest: the DataSchema documents of the newest revision.
    ///   - rendered: all documents of the rendering; its own DataSchemas come before those of the same identity.
    init(latest: [StoredDocument], rendered: [RenderedDocument]) {
        entries = BuiltInSchemas.data.mapValues { Entry(schema: $0, document: nil) }
        let own = rendered.filter { $0.schema.hasPrefix(DocumentKind.dataSchema) }
        let ownNames = Set(own.map(\.name))
        for document in latest where !ownNames.contains(document.name) {
            register(document.payload, of: document.identity)
        }
        for document in own { register(document.data, of: document.source.identity) }
        // A site that brings its own schemas of Shipyard's documents, as those of Airship do, is held to those.
        for (kind, schema) in BuiltInSchemas.shipyard where entries[kind] == nil {
            entries[kind] = Entry(schema: schema, document: nil)
        }
    }

    func entry(for schema: String) -> Entry? { entries[schema] }

    private mutating func register(_ schema: Value, of document: DocumentIdentity) {
        guard entries[document.name] == nil, Self.isSchemaName(document.name), !schema.isFalsy else { return }
        entries[document.name] = Entry(schema: schema, document: document)
    }

    /// Whether it is `letters/letters/vN`.
    private static func isSchemaName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 3, let version = parts.last, version.first == UInt8(ascii: "v") else { return false }
        let isLetters = parts.prefix(2).allSatisfy { part in
            !part.isEmpty && part.allSatisfy { (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) }
        }
        let number = version.dropFirst()
        return isLetters && !number.isEmpty && number.allSatisfy { (0x30...0x39).contains($0) }
    }
}
