import JSONSchema
import OrderedCollections
import Primitives

/// Where something is written in a raw document.
package struct SourceOrigin: Sendable {
    package let document: StoredDocument
    package let section: Explanation.Section
    package let place: DataPlace
    /// The document as a whole, and not its data.
    package var isDocument = false

    /// What is written there; nil where that is not in the document.
    package var value: Value? {
        var value: Value? = section == .metadata ? document.metadata : document.payload
        for step in place.steps {
            switch step {
            case .member(let name): value = value?[name]
            case .element(let index):
                let elements = value?.arrayValue ?? []
                value = elements.indices.contains(index) ? elements[index] : nil
            }
        }
        return value
    }
}

/// Finds where the values of rendered documents are written, by rendering them once more with notes of every step.
package struct DocumentSources {
    private let documents: [StoredDocument]
    private var renderer: Renderer?

    /// - Parameter documents: in the order in which their identities first appeared. Where they cannot be rendered, only
    ///   what the documents themselves say is found.
    package init(
        _ documents: [StoredDocument], policyFallback: StoredDocument? = nil,
        sizeLimit: Int = DocumentEngine.defaultSizeLimit
    ) {
        self.documents = documents
        let content = DocumentEngine.content(documents, policyFallback: policyFallback)
        guard let graph = try? DocumentGraph(content) else { return }
        var renderer = Renderer(graph, sizeLimit: sizeLimit, isTraced: true)
        for place in graph.order where !graph.documents[place].metadata.isControl { try? renderer.render(place) }
        self.renderer = renderer
    }

    /// What the documents do together that can hardly be meant: substitutions that change nothing or make a member that
    /// is almost the name of another, selectors that find no parent. Empty where they cannot be rendered.
    package var messages: [DocumentValidationMessage] {
        guard let renderer else { return [] }
        let graph = renderer.graph
        let orphans = graph.documents.indices.filter {
            !graph.documents[$0].metadata.parentSelector.isEmpty && graph.parents[$0] == nil
        }
        return orphans.map { orphan(graph.documents[$0], graph) }
            + renderer.remarks.map { $0.remark.message(graph.documents[$0.place].stored.metadata) }
    }

    private func orphan(_ document: GraphDocument, _ graph: DocumentGraph) -> DocumentValidationMessage {
        let selector = document.metadata.parentSelector
        let known = graph.documents.filter { $0.stored.schema == document.stored.schema }.flatMap { candidate in
            candidate.metadata.labels.map { "\($0): \($1.pythonText)" }
        }
        let wanted = selector.map { "\($0): \($1.pythonText)" }
        let near = wanted.first { !known.contains($0) }.map {
            Suggestion.sentence(for: $0, among: Array(OrderedSet(known)))
        }
        var message = DocumentValidationMessage(
            message:
                "parentSelector finds no parent, so nothing is inherited: no \(document.stored.schema) of a higher "
                + "layer has the labels \(wanted.joined(separator: ", "))",
            name: .orphan, level: .warning,
            documents: [
                .init(schema: document.stored.schema, layer: document.identity.layer, name: document.stored.name)
            ],
            diagnostic: .string("Correct the selector, or the labels of the parent.\(near ?? "")"))
        message.path = [.key("metadata"), .key("layeringDefinition"), .key("parentSelector")]
        return message
    }

    /// What is written at `path` of a raw document.
    package func origin(of identity: DocumentIdentity, at path: [PathElement]) -> SourceOrigin? {
        guard let document = documents.first(where: { $0.identity == identity }) else { return nil }
        return Self.origin(in: document, path)
    }

    /// What made the value at `path` of a rendered document, or the nearest around it that is there.
    ///
    /// - Parameters:
    ///   - path: from the top of the document: `data`, `cidr`.
    ///   - concernsKey: asks for what made the key: of a substituted value that is the substitution, and not the source.
    package func origin(
        of identity: RenderedIdentity, at path: [PathElement], concernsKey: Bool = false
    ) -> SourceOrigin? {
        let named = documents.filter { $0.schema == identity.schema && $0.name == identity.name }
        let found = path.first == .key("data") ? traced(identity, Array(path.dropFirst()), concernsKey) : nil
        return found ?? named.last.map { Self.origin(in: $0, path) }
    }

    private static func origin(in document: StoredDocument, _ path: [PathElement]) -> SourceOrigin {
        let section: Explanation.Section = path.first == .key("metadata") ? .metadata : .data
        var origin = SourceOrigin(
            document: document, section: section, place: DataPlace(path.dropFirst().map(DataPlace.Step.init)))
        origin.isDocument = path.isEmpty
        return origin
    }

    private func traced(_ identity: RenderedIdentity, _ path: [PathElement], _ concernsKey: Bool) -> SourceOrigin? {
        guard let renderer else { return nil }
        let graph = renderer.graph
        let places = graph.documents.indices.filter { graph.documents[$0].rendered == identity }
        guard
            let place = places.first(where: {
                !graph.documents[$0].metadata.isAbstract && graph.replacements[$0] == nil
            })
                ?? places.last
        else { return nil }
        let root = renderer.trees[place].root
        var here = TracedPlace(node: root, origin: root.origin, place: DataPlace())
        var isWhole = true
        for element in path {
            guard let next = here.below(element) else {
                isWhole = false
                break
            }
            here = next
        }
        let hops = here.origin?.hops ?? []
        let hop = concernsKey && isWhole ? hops.first : hops.last
        return hop.flatMap { origin($0, graph) }
    }

    private func origin(_ hop: Origin.Hop, _ graph: DocumentGraph) -> SourceOrigin? {
        let document = graph.documents[hop.document]
        func metadata(_ steps: DataPlace.Step...) -> SourceOrigin {
            SourceOrigin(document: document.stored, section: .metadata, place: DataPlace(steps))
        }
        switch hop.cause {
        case .written: return SourceOrigin(document: document.stored, section: .data, place: hop.place)
        case .substituted(let index, let number):
            let dest = document.stored.metadata["substitutions"]?.arrayValue.flatMap {
                $0.indices.contains(index) ? $0[index]["dest"] : nil
            }
            return dest?.arrayValue == nil
                ? metadata(.member("substitutions"), .element(index), .member("dest"), .member("path"))
                : metadata(
                    .member("substitutions"), .element(index), .member("dest"), .element(number), .member("path"))
        case .emptied(let index): return metadata(.member("layeringDefinition"), .member("actions"), .element(index))
        case .inherited: return metadata(.member("layeringDefinition"), .member("parentSelector"))
        case .shared: return SourceOrigin(document: document.stored, section: .data, place: DataPlace())
        }
    }
}

extension TracedPlace {
    fileprivate func below(_ element: PathElement) -> TracedPlace? {
        switch element {
        case .key(let name):
            guard node.isMapping, let child = node.members?[name] else { return nil }
            return below(.member(name), child)
        case .index(let index):
            guard node.isList, let elements = node.elements, elements.indices.contains(index) else { return nil }
            return below(.element(index), elements[index])
        }
    }
}

extension DataPlace.Step {
    init(_ element: PathElement) {
        switch element {
        case .key(let name): self = .member(name)
        case .index(let index): self = .element(index)
        }
    }
}
