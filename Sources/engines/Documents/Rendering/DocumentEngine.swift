import Primitives

/// The document engine: raw documents in, rendered documents out.
package enum DocumentEngine {
    /// How much one rendering may produce and copy on the way, in bytes of text and sixteen for each value.
    package static let defaultSizeLimit = 256 << 20

    /// Layers, substitutes and replaces (`docs/reference/deckhand.md` §7).
    ///
    /// - Parameters:
    ///   - documents: the content of a revision, in the order in which their identities first appeared.
    ///   - policyFallback: the LayeringPolicy that applies where `documents` has none.
    /// - Returns: the concrete documents that no other replaces, each after those that it is made from.
    /// - Throws: the errors of §7 and §14.
    package static func render(
        _ documents: [StoredDocument], policyFallback: StoredDocument? = nil, sizeLimit: Int = defaultSizeLimit
    ) throws(DocumentError) -> [RenderedDocument] {
        try remarkedRendering(documents, policyFallback: policyFallback, sizeLimit: sizeLimit).documents
    }

    /// As `render`, with what was noticed on the way.
    package static func remarkedRendering(
        _ documents: [StoredDocument], policyFallback: StoredDocument? = nil, sizeLimit: Int = defaultSizeLimit
    ) throws(DocumentError) -> (documents: [RenderedDocument], remarks: CombinationRemarks) {
        let graph = try DocumentGraph(content(documents, policyFallback: policyFallback))
        var renderer = Renderer(graph, sizeLimit: sizeLimit)
        let rendered = try renderer.render()
        return (rendered, CombinationRemarks(renderer))
    }

    static func content(_ documents: [StoredDocument], policyFallback: StoredDocument?) -> [StoredDocument] {
        guard let policyFallback else { return documents }
        let hasPolicy = documents.contains { $0.schema.hasPrefix(DocumentKind.layeringPolicy) }
        return hasPolicy ? documents : documents + [policyFallback]
    }
}
