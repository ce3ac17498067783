import Primitives

/// Layers and substitutes the documents of one revision, in order (`docs/reference/deckhand.md` §7.6, §7.7).
struct Renderer {
    let graph: DocumentGraph
    private(set) var trees: [RenderTree]
    /// Which documents hold, or may have inherited, something of an encrypted document.
    private(set) var holdsSecret: [Bool]
    private(set) var secretSubstitutions: [Int: Set<Int>] = [:]
    /// What substitutions did that can hardly be meant, with the places of their documents.
    private(set) var remarks: [(place: Int, remark: SubstitutionRemark)] = []
    /// Whether something secret was put where other documents may share it (§7.7).
    private var mayShareSecrets = false
    private var expressions = ExpressionCache()
    var budget: RenderBudget
    private let isTraced: Bool
    /// How many names of missing sources are compared with all others still.
    private var suggestionsLeft = Self.remarkLimit

    private static let remarkLimit = 100

    /// - Parameter isTraced: notes where every node came from, for `trace`.
    init(_ graph: DocumentGraph, sizeLimit: Int, isTraced: Bool = false) {
        self.graph = graph
        self.isTraced = isTraced
        trees = graph.documents.enumerated().map { place, document in
            RenderTree(
                RenderNode(
                    document.stored.payload, origin: isTraced ? Origin(writtenIn: place) : nil,
                    isSecret: document.metadata.isEncrypted))
        }
        holdsSecret = graph.documents.map(\.metadata.isEncrypted)
        budget = RenderBudget(limit: sizeLimit)
    }

    /// The concrete documents that are not replaced, in the order of rendering.
    mutating func render() throws(DocumentError) -> [RenderedDocument] {
        for place in graph.order where !graph.documents[place].metadata.isControl {
            do throws(RenderingFailure) {
                try render(place)
            } catch {
                throw documentError(error, place)
            }
        }
        var rendered: [RenderedDocument] = []
        for place in graph.order where !graph.documents[place].metadata.isAbstract && graph.replacements[place] == nil {
            rendered.append(try output(place))
        }
        return rendered
    }

    mutating func render(_ place: Int) throws(RenderingFailure) {
        let document = graph.documents[place]
        let parent = graph.parents[place]
        var isChanged = false
        if let parent, !document.metadata.actions.isEmpty {
            try layer(place, on: parent)
            isChanged = true
        }
        for (index, substitution) in document.metadata.substitutions.enumerated() {
            guard let source = graph.sources[substitution.source] else {
                // Whoever traces what can be rendered goes on after this.
                suggestionsLeft -= 1
                throw .document(
                    .sourceNotFound(
                        substitution.source, destination: document.identity, index: index,
                        known: suggestionsLeft >= 0 ? Array(graph.sources.keys) : []))
            }
            var step = Substituting(
                index: index, substitution: substitution, source: graph.documents[source].stored,
                destination: document.identity, tracedPlace: isTraced ? place : nil, isSecret: holdsSecret[source])
            try step.apply(
                from: trees[source].root, to: &trees[place], looksForSecrets: mayShareSecrets,
                expressions: &expressions,
                budget: &budget)
            if remarks.count < Self.remarkLimit { remarks += step.remarks.map { (place, $0) } }
            if step.isSecret {
                holdsSecret[place] = true
                secretSubstitutions[place, default: []].insert(index)
                mayShareSecrets = mayShareSecrets || substitution.destinations.contains { reachesShared($0) }
            }
            isChanged = true
        }
        if isChanged { try measure(place) }
        if let parent, document.metadata.isReplacement {
            trees[parent] = trees[place]
            holdsSecret[parent] = holdsSecret[parent] || holdsSecret[place]
        }
    }

    /// Whether what is put there may be shared: the top of a document's data is its own, what is below it need not be.
    private mutating func reachesShared(_ destination: Substitution.Destination) -> Bool {
        guard destination.recurseDepth == nil, let path = try? expressions.path(destination.path) else { return true }
        return path.steps.count > 1 || !path.isSingular
    }

    private mutating func layer(_ place: Int, on parent: Int) throws(RenderingFailure) {
        let document = graph.documents[place]
        do {
            try findSecrets(in: parent)
            var layering = Layering(
                child: document.stored, parent: graph.documents[parent].identity,
                parentData: isTraced
                    ? try trees[parent].root.tracedCopy(inheritedBy: place, &budget)
                    : try trees[parent].root.deepCopy(&budget),
                tracedPlace: isTraced ? place : nil)
            for (index, action) in document.metadata.actions.enumerated() {
                try layering.apply(action, index: index, expressions: &expressions, budget: &budget)
            }
            trees[place] = layering.tree
        } catch {
            throw RenderingFailure(error)
        }
        if holdsSecret[parent] { holdsSecret[place] = true }
    }

    /// Notes that a document holds something secret which others put into what it shares with them.
    mutating func findSecrets(in place: Int) throws(RenderLimitError) {
        guard mayShareSecrets, !holdsSecret[place] else { return }
        holdsSecret[place] = try trees[place].root.holdsSecret(&budget)
    }

    /// Ends a rendering whose documents grow beyond all bounds before others are made of them.
    private mutating func measure(_ place: Int) throws(RenderingFailure) {
        do {
            try trees[place].root.weigh(&budget)
        } catch {
            throw .limit(error)
        }
    }

    private mutating func output(_ place: Int) throws(DocumentError) -> RenderedDocument {
        let document = graph.documents[place]
        let data: Value
        if let plain = trees[place].root.plainValue {
            data = plain
        } else {
            do {
                try findSecrets(in: place)
                data = try trees[place].root.value(&budget)
            } catch {
                throw .tooLarge(document.identity, error)
            }
        }
        return RenderedDocument(
            source: document.stored, data: data, holdsSecret: holdsSecret[place],
            secretSubstitutions: secretSubstitutions[place] ?? [])
    }

    func documentError(_ failure: RenderingFailure, _ place: Int) -> DocumentError {
        switch failure {
        case .document(let error): error
        case .limit(let error): .tooLarge(graph.documents[place].identity, error)
        }
    }
}
