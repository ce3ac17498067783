import Documents
import Primitives
import SiteDesign

/// Documents from files as the daemon would make a design of them, without a daemon.
enum DesignStream {
    /// Layers, substitutes and validates raw documents, as a revision that held nothing else.
    ///
    /// - Throws: `DocumentError`.
    static func render(_ documents: [Value]) throws -> [DesignDocument] {
        var seen: Set<DocumentIdentity> = []
        var stored: [StoredDocument] = []
        for (index, document) in documents.enumerated() where !document.isNull {
            let draft = try DocumentDraft(document)
            guard seen.insert(draft.identity).inserted else {
                throw DocumentError(.duplicate, "There are two documents \(draft.identity)")
            }
            stored.append(
                StoredDocument(
                    id: index, bucket: "", revision: 1, identity: draft.identity, metadata: draft.metadata,
                    data: draft.data))
        }
        let rendered = try DocumentEngine.render(stored)
        try DocumentEngine.validate(
            rendered, latestSchemas: stored.filter { $0.schema.hasPrefix(DocumentKind.dataSchema) },
            cache: DataSchemaCache())
        return rendered.compactMap { DesignDocument($0.value) }
    }

    /// Documents that are rendered already. Those of the form before Deckhand's (`apiVersion`, `kind`, `spec`) are read,
    /// too.
    static func read(_ documents: [Value]) -> [DesignDocument] {
        documents.compactMap { DesignDocument($0) ?? LegacyFormat.document($0) }
    }
}
