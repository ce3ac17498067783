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
    private let documents: [DocumentIdentity: StoredDocument]
    /// Of each rendered identity the last document.
    private let named: [RenderedIdentity: StoredDocument]
    private var renderer: Renderer?
    /// Where in the graph the document is that shows under an identity.
    private var shown: [RenderedIdentity: Int] = [:]

    /// - Parameter documents: in the order in which their identities first appeared. Where they cannot be rendered, only
    ///   what the documents themselves say is found.
    package init(
        _ documents: [StoredDocument], policyFallback: StoredDocument? = nil,
        sizeLimit: Int = DocumentEngine.defaultSizeLimit
    ) {
        self.documents = Dictionary(documents.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
        named = Dictionary(
            documents.map { (RenderedIdentity(schema: $0.schema, name: $0.name), $0) }, uniquingKeysWith: { $1 })
        let content = DocumentEngine.content(documents, policyFallback: policyFallback)
        guard let graph = try? DocumentGraph(content) else { return }
        var renderer = Renderer(graph, sizeLimit: sizeLimit, isTraced: true)
        for place in graph.order where !graph.documents[place].metadata.isControl { try? renderer.render(place) }
        self.renderer = renderer
        shown = Self.shown(graph)
    }

    /// The first concrete document that no other replaces; where there is none the last one.
    private static func shown(_ graph: DocumentGraph) -> [RenderedIdentity: Int] {
        func isShown(_ place: Int) -> Bool {
            !graph.documents[place].metadata.isAbstract && graph.replacements[place] == nil
        }
        var shown: [RenderedIdentity: Int] = [:]
        for (place, document) in graph.documents.enumerated() {
            if let present = shown[document.rendered], isShown(present) { continue }
            shown[document.rendered] = place
        }
        return shown
    }

    /// What the documents do together that can hardly be meant. Empty where they cannot be rendered.
    package var messages: [DocumentValidationMessage] { renderer.map { CombinationRemarks($0).messages } ?? [] }

    /// What is written at `path` of a raw document.
    package func origin(of identity: DocumentIdentity, at path: [PathElement]) -> SourceOrigin? {
        documents[identity].map { Self.origin(in: $0, path) }
    }

    /// What made the value at `path` of a rendered document, or the nearest around it that is there.
    ///
    /// - Parameters:
    ///   - path: from the top of the document: `data`, `cidr`.
    ///   - concernsKey: asks for what made the key: of a substituted value that is the substitution, and not the source.
    package func origin(
        of identity: RenderedIdentity, at path: [PathElement], concernsKey: Bool = false
    ) -> SourceOrigin? {
        let found = path.first == .key("data") ? traced(identity, Array(path.dropFirst()), concernsKey) : nil
        return found ?? named[identity].map { Self.origin(in: $0, path) }
    }

    /// What is written at `path` of a raw document.
    package static func origin(in document: StoredDocument, _ path: [PathElement]) -> SourceOrigin {
        let section: Explanation.Section = path.first == .key("metadata") ? .metadata : .data
        var origin = SourceOrigin(
            document: document, section: section, place: DataPlace(path.dropFirst().map(DataPlace.Step.init)))
        origin.isDocument = path.isEmpty
        return origin
    }

    private func traced(_ identity: RenderedIdentity, _ path: [PathElement], _ concernsKey: Bool) -> SourceOrigin? {
        guard let renderer, let place = shown[identity] else { return nil }
        let graph = renderer.graph
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
