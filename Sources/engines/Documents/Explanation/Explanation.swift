import Primitives

/// Where a value of a rendered document came from.
package struct Explanation: Sendable {
    /// The document that holds the value.
    package let document: StoredDocument
    /// The place of the value. Where secrets are hidden, it ends where something secret begins.
    package let place: DataPlace
    /// The value. Where secrets are hidden and the document holds one, all data of the document.
    package let value: Value
    /// Whether the document holds something of an encrypted one that must not be shown.
    package let isHidden: Bool
    /// How the value came about, the last step first.
    package let steps: [Step]
    /// The direct members of a mapping or list; empty where they are hidden.
    package let children: [Child]

    /// A direct member of a mapping or list.
    package struct Child: Sendable {
        /// The place of the member.
        package let place: DataPlace
        /// The value of the member.
        package let value: Value
        /// How the member came about, the last step first.
        package let steps: [Step]
    }

    /// One step by which a value came about. The last element of a list is the writing of the value itself.
    package struct Step: Sendable {
        /// What was done.
        package let action: Action
        /// The document that has the step in it.
        package let document: StoredDocument
        /// The section of the document that has the step in it.
        package let section: Section
        /// The place in that section.
        package let place: DataPlace
        /// The steps of the value that was there before; empty where there was none.
        package var overridden: [Step] = []
        /// The steps of the text in which a pattern was replaced; empty for any other step.
        package var text: [Step] = []
    }

    /// Where in a document a place is: its data or its metadata.
    package enum Section: String, Sendable {
        case metadata, data
    }

    /// What layering or substitution did at that step.
    package enum Action: Sendable, Hashable {
        /// The document's own data.
        case written
        /// The document's own data, put over its parent's by an action.
        case layered(method: String, path: String)
        /// The parent's data.
        case inherited
        /// Made empty by deleting everything.
        case emptied
        /// - source: with the path in it.
        /// - bringsSecret: something of an encrypted document, into one that is not.
        case substituted(
            source: RenderedIdentity, path: String, destination: String, pattern: String?, sourcePattern: String?,
            bringsSecret: Bool)
        /// Written by another document into a mapping or list that this one shares with it.
        case shared
    }
}

extension DocumentEngine {
    /// Explains where the value at `path` of one rendered document came from, by rendering the documents once more and
    /// recording every step.
    ///
    /// Documents that cannot be rendered are ignored, unless the one in question is made from them.
    ///
    /// - Parameters:
    ///   - path: a JSONPath. The first place that it matches is explained.
    ///   - layer: the layer of the document; nil for any.
    ///   - hidesSecrets: tells nothing of what is in a secret, not even whether `path` exists there.
    ///   - mayName: whether a document that was not asked for may be named.
    /// - Throws: `.documentMissing`, `.pathMissing` with the nearest place that exists, `.invalidInput` for a text that
    ///   is no path, and for a path with `*` or `..` into a document whose secrets are hidden; the errors of rendering.
    package static func explain(
        _ documents: [StoredDocument], policyFallback: StoredDocument? = nil, identity: RenderedIdentity,
        layer: String? = nil, path: String, hidesSecrets: Bool = false,
        mayName: (StoredDocument) -> Bool = { _ in true }, sizeLimit: Int = defaultSizeLimit
    ) throws(DocumentError) -> Explanation {
        let jsonPath: JSONPath
        do {
            jsonPath = try JSONPath(path)
        } catch {
            throw .invalidInput("explain=\(path.prefix(200)) is no path: \(error.message)")
        }
        let graph = try DocumentGraph(content(documents, policyFallback: policyFallback))
        let place = try graph.place(of: identity, layer: layer, mayName: mayName)
        var renderer = Renderer(graph, sizeLimit: sizeLimit, isTraced: true)
        try renderer.trace(ancestorsOf: place)
        return try renderer.explanation(of: place, at: jsonPath, hidesSecrets: hidesSecrets)
    }
}

extension DocumentGraph {
    /// The rendered document of that name.
    fileprivate func place(
        of identity: RenderedIdentity, layer: String?, mayName: (StoredDocument) -> Bool
    ) throws(DocumentError) -> Int {
        let named = documents.indices.filter {
            documents[$0].rendered == identity && (layer == nil || documents[$0].identity.layer == layer)
        }
        if let place = named.first(where: { !documents[$0].metadata.isAbstract && replacements[$0] == nil }) {
            return place
        }
        let inLayer = layer.map { " in layer \($0)" } ?? ""
        guard let other = named.first else {
            let names = documents.map(\.stored).filter { $0.schema == identity.schema && mayName($0) }
                .prefix(8).map(\.name)
            let remedy =
                names.isEmpty
                ? "No document has this schema."
                : "Documents of this schema are: \(names.joined(separator: ", "))."
            throw .documentMissing("The document \(identity)\(inLayer) was not found. \(remedy)")
        }
        throw .documentMissing(
            "The document \(documents[other].identity) is not among the rendered documents, as it is "
                + (documents[other].metadata.isAbstract
                    ? "abstract. Ask for one of its children"
                    : "replaced. Ask for the "
                        + "layer of its replacement, or for none"))
    }

    /// The documents that the one at `place` is made from, itself included.
    fileprivate func ancestry(of place: Int) -> Set<Int> {
        var found: Set<Int> = [place]
        var waiting = [place]
        while let next = waiting.popLast() {
            var nearest = documents[next].metadata.substitutions.compactMap { sources[$0.source] }
            if let parent = parents[next] {
                nearest.append(parent)
                if let replacement = replacements[parent], replacement != next { nearest.append(replacement) }
            }
            for other in nearest where found.insert(other).inserted { waiting.append(other) }
        }
        return found
    }
}

extension Renderer {
    /// Renders everything, as sharing lets documents change each other (`docs/reference/deckhand.md` §7.7).
    mutating func trace(ancestorsOf place: Int) throws(DocumentError) {
        let ancestry = graph.ancestry(of: place)
        for other in graph.order where !graph.documents[other].metadata.isControl {
            do throws(RenderingFailure) {
                try render(other)
            } catch {
                if ancestry.contains(other) { throw documentError(error, other) }
            }
        }
    }

    mutating func explanation(
        of place: Int, at path: JSONPath, hidesSecrets: Bool
    ) throws(DocumentError) -> Explanation {
        let document = graph.documents[place]
        do {
            try findSecrets(in: place)
            let isHidden = hidesSecrets && holdsSecret[place]
            guard path.isSingular || !isHidden else {
                throw DocumentError.invalidInput(
                    "explain=\(path.text.prefix(200)) may lead to anything in \(document.identity), which holds a "
                        + "secret. Name the path without * and .., or ask with cleartext-secrets=true")
            }
            guard let found = try trees[place].trace(path, hidesSecrets: isHidden, &budget) else {
                throw try missing(path, in: place, isHidden: isHidden)
            }
            /// Those of an encrypted document are hidden by `isHidden`; others are secrets all the same.
            func shown(_ value: Value, at place: DataPlace) -> Value {
                guard hidesSecrets, !isHidden else { return value }
                return KnownSecret.hidden(in: value, at: place, of: document.stored.schema)
            }
            var children: [Explanation.Child] = []
            for (step, node) in isHidden ? [] : found.node.children {
                let child = found.below(step, node)
                children.append(
                    Explanation.Child(
                        place: child.place, value: shown(try node.value(&budget), at: child.place),
                        steps: steps(child.origin?.hops ?? [])))
            }
            let node = isHidden ? trees[place].root : found.node
            return Explanation(
                document: document.stored, place: found.place,
                value: shown(try node.value(&budget), at: found.place), isHidden: isHidden,
                steps: steps(found.origin?.hops ?? []), children: children)
        } catch let error as RenderLimitError {
            throw .tooLarge(document.identity, error)
        } catch let error as DocumentError {
            throw error
        } catch {
            throw documentError(RenderingFailure(error), place)
        }
    }

    /// - Returns: what there is instead of `path`.
    private mutating func missing(
        _ path: JSONPath, in place: Int, isHidden: Bool
    ) throws(RenderLimitError) -> DocumentError {
        let identity = graph.documents[place].identity
        var nearest = TracedPlace(node: trees[place].root, origin: nil, place: DataPlace())
        for count in path.steps.indices {
            guard let found = try trees[place].trace(JSONPath(Array(path.steps[...count])), &budget) else { break }
            nearest = found
        }
        let text = "The rendered document \(identity) has nothing at \(path.text)."
        guard !isHidden else { return .pathMissing(text + " Ask for a path that it has") }
        let children = nearest.node.children.map { DataPlace([$0.step]).description }
        let what =
            children.isEmpty
            ? "which has nothing below it"
            : "which has " + children.prefix(12).joined(separator: ", ") + (children.count > 12 ? ", …" : "")
        return .pathMissing("\(text) The nearest that exists is \(nearest.place), \(what)")
    }
}

extension Renderer {
    fileprivate func steps(_ hops: [Origin.Hop]) -> [Explanation.Step] {
        hops.compactMap { hop in
            guard var step = step(hop) else { return nil }
            step.overridden = steps(hop.overridden)
            step.text = steps(hop.text)
            return step
        }
    }

    private func step(_ hop: Origin.Hop) -> Explanation.Step? {
        let document = graph.documents[hop.document]
        func inMetadata(_ action: Explanation.Action, _ steps: DataPlace.Step...) -> Explanation.Step {
            Explanation.Step(
                action: action, document: document.stored, section: .metadata, place: DataPlace(steps))
        }
        switch hop.cause {
        case .written(let index):
            let action = index.map { document.metadata.actions[$0] }
            return Explanation.Step(
                action: action.map { .layered(method: $0.method, path: $0.path) } ?? .written,
                document: document.stored, section: .data, place: hop.place)
        case .inherited:
            return inMetadata(.inherited, .member("layeringDefinition"), .member("parentSelector"))
        case .emptied(let index):
            return inMetadata(.emptied, .member("layeringDefinition"), .member("actions"), .element(index))
        case .shared:
            return Explanation.Step(
                action: .shared, document: document.stored, section: .data, place: DataPlace())
        case .substituted(let index, let number):
            let substitution = document.metadata.substitutions[index]
            let destination = substitution.destinations[number]
            return inMetadata(
                .substituted(
                    source: substitution.source, path: substitution.path, destination: destination.path,
                    pattern: destination.pattern, sourcePattern: substitution.pattern,
                    bringsSecret: !document.metadata.isEncrypted
                        && secretSubstitutions[hop.document]?.contains(index) ?? false),
                .member("substitutions"), .element(index))
        }
    }
}
