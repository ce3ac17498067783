import OrderedCollections
import Primitives

/// A document that takes part in rendering, by its place in the input.
final class GraphDocument: Sendable {
    let stored: StoredDocument
    let metadata: LayeringMetadata

    init(_ stored: StoredDocument) {
        self.stored = stored
        metadata = LayeringMetadata(stored.metadata)
    }

    var identity: DocumentIdentity { stored.identity }
    var rendered: RenderedIdentity { RenderedIdentity(schema: stored.schema, name: stored.name) }
}

/// Which document is made from which others, and in what order (`docs/reference/deckhand.md` §7.1–7.5).
struct DocumentGraph {
    let documents: [GraphDocument]
    /// The layers that have documents, the most general first.
    let layerOrder: [String]
    /// Of each document, the place of its parent.
    let parents: [Int?]
    /// Of each document, the place of the document that replaces it.
    let replacements: [Int?]
    let sources: [RenderedIdentity: Int]
    /// The places of all documents, each after those that it is made from.
    let order: [Int]

    /// - Parameter stored: the content of a revision in the order of first appearance, with its LayeringPolicy.
    init(_ stored: [StoredDocument]) throws(DocumentError) {
        documents = Self.index(stored)
        layerOrder = try Self.layers(of: documents)
        parents = try ParentSelection(documents: documents, layerOrder: layerOrder).parents()
        replacements = try Self.replacements(documents, parents: parents)
        sources = try Self.sources(documents, replacements: replacements)
        order = try Self.order(documents, parents: parents, replacements: replacements, sources: sources)
    }

    private static func index(_ stored: [StoredDocument]) -> [GraphDocument] {
        var seen: Set<DocumentIdentity> = []
        return stored.filter { seen.insert($0.identity).inserted }
            .map(GraphDocument.init)
    }

    private static func layers(of documents: [GraphDocument]) throws(DocumentError) -> [String] {
        guard let policy = documents.first(where: { $0.stored.schema.hasPrefix(DocumentKind.layeringPolicy) }) else {
            throw .layeringPolicyMissing
        }
        let declared = (policy.stored.payload["layerOrder"]?.arrayValue ?? []).compactMap(\.stringValue)
        let known = Set(declared)
        var inhabited: Set<String> = []
        for document in documents {
            guard let layer = document.identity.layer, !layer.isEmpty else { continue }
            guard known.contains(layer) else {
                throw .invalidLayer(document.identity, layerOrder: declared, policy: policy.stored.name)
            }
            inhabited.insert(layer)
        }
        return declared.filter(inhabited.contains)
    }

    private static func replacements(
        _ documents: [GraphDocument], parents: [Int?]
    ) throws(DocumentError) -> [Int?] {
        var replacements = [Int?](repeating: nil, count: documents.count)
        var originals: Set<RenderedIdentity> = []
        for (place, document) in documents.enumerated() {
            let parent = parents[place]
            if document.metadata.isReplacement {
                guard let parent else { throw .invalidReplacement(document.identity, .noParent) }
                guard documents[parent].rendered == document.rendered else {
                    throw .invalidReplacement(document.identity, .otherDocument)
                }
                replacements[parent] = place
            } else {
                if let parent, documents[parent].rendered == document.rendered {
                    throw .invalidReplacement(document.identity, .sameAsParent)
                }
                if !document.metadata.isControl, !originals.insert(document.rendered).inserted {
                    throw .invalidReplacement(document.identity, .notUnique)
                }
            }
        }
        return replacements
    }

    private static func sources(
        _ documents: [GraphDocument], replacements: [Int?]
    ) throws(DocumentError) -> [RenderedIdentity: Int] {
        var sources: [RenderedIdentity: Int] = [:]
        for (place, document) in documents.enumerated() where !document.metadata.isAbstract {
            if replacements[place] != nil, document.metadata.isReplacement {
                throw .invalidReplacement(document.identity, .replacedItself)
            }
            sources[document.rendered] = replacements[place] ?? place
        }
        return sources
    }

    private static func order(
        _ documents: [GraphDocument], parents: [Int?], replacements: [Int?], sources: [RenderedIdentity: Int]
    ) throws(DocumentError) -> [Int] {
        var dependencies = DependencyOrder(count: documents.count)
        for (place, document) in documents.enumerated() {
            if !document.metadata.parentSelector.isEmpty, let parent = parents[place] {
                let replacement = replacements[parent].flatMap { $0 == place ? nil : $0 }
                dependencies.add(place, dependsOn: replacement ?? parent)
            }
            for substitution in document.metadata.substitutions {
                if let source = sources[substitution.source] { dependencies.add(place, dependsOn: source) }
            }
        }
        do {
            return try dependencies.order()
        } catch {
            throw .dependencyCycle(error.members.map { documents[$0].identity })
        }
    }
}
