import JSONSchema
import OrderedCollections
import Primitives

/// What the documents of a revision do together that can hardly be meant: substitutions that change nothing or make a
/// member that is almost the name of another, selectors that find no parent.
///
/// It is found while they are rendered. The nearest names, which take longer to find, are looked for by `messages`.
package struct CombinationRemarks: Sendable {
    /// A document whose selector finds no parent.
    private struct Orphan: Sendable {
        let identity: DocumentIdentity
        /// `host: base`, the labels that its selector asks for.
        let selector: [String]
        /// The labels of the documents of its schema, each once.
        let known: OrderedSet<String>
    }

    private let orphans: [Orphan]
    private let orphanCount: Int
    private let substitutions: [DocumentValidationMessage]

    private static let orphanLimit = 100

    /// Of documents that cannot be rendered.
    package init() {
        orphans = []
        orphanCount = 0
        substitutions = []
    }

    /// - Parameter renderer: one that has rendered.
    init(_ renderer: Renderer) {
        let documents = renderer.graph.documents
        let places = documents.indices.filter {
            !documents[$0].metadata.parentSelector.isEmpty && renderer.graph.parents[$0] == nil
        }
        orphanCount = places.count
        let reported = places.prefix(Self.orphanLimit)
        var labels: [String: OrderedSet<String>] = [:]
        for place in reported { labels[documents[place].stored.schema] = [] }
        if !labels.isEmpty {
            for document in documents where labels[document.stored.schema] != nil {
                labels[document.stored.schema]?.formUnion(Self.words(document.metadata.labels))
            }
        }
        orphans = reported.map { place in
            let document = documents[place]
            return Orphan(
                identity: document.identity, selector: Self.words(document.metadata.parentSelector),
                known: labels[document.stored.schema] ?? [])
        }
        substitutions = renderer.remarks.map { $0.remark.message(documents[$0.place].stored.metadata) }
    }

    private static func words(_ labels: Value.Object) -> [String] { labels.map { "\($0): \($1.pythonText)" } }

    /// Warnings for the first hundred selectors and a count of the others, then those for substitutions.
    package var messages: [DocumentValidationMessage] {
        var messages = orphans.map(Self.message)
        if orphanCount > orphans.count {
            messages.append(
                DocumentValidationMessage(
                    message: "parentSelector finds no parent in \(orphanCount - orphans.count) more documents",
                    name: .orphan, level: .warning, documents: [],
                    diagnostic: "Correct the selectors that are told first."))
        }
        return messages + substitutions
    }

    private static func message(_ orphan: Orphan) -> DocumentValidationMessage {
        let (schema, name) = (orphan.identity.schema, orphan.identity.name)
        let near = orphan.selector.first { !orphan.known.contains($0) }.map {
            Suggestion.sentence(for: $0, among: orphan.known.elements)
        }
        var message = DocumentValidationMessage(
            message:
                "parentSelector finds no parent, so nothing is inherited: no \(schema) of a higher "
                + "layer has the labels \(orphan.selector.joined(separator: ", "))",
            name: .orphan, level: .warning,
            documents: [.init(schema: schema, layer: orphan.identity.layer, name: name)],
            diagnostic: .string("Correct the selector, or the labels of the parent.\(near ?? "")"))
        message.path = [.key("metadata"), .key("layeringDefinition"), .key("parentSelector")]
        return message
    }
}
