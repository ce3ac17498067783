import OrderedCollections
import Primitives

/// Finds the parent of each document by the labels that its `parentSelector` names (`docs/reference/deckhand.md` §7.2).
struct ParentSelection {
    let documents: [GraphDocument]
    /// The layers that have documents, the most general first.
    let layerOrder: [String]

    private struct Label: Hashable {
        let key: String
        let value: Value
    }

    func parents() throws(DocumentError) -> [Int?] {
        let layerPlaces = Dictionary(zip(layerOrder, layerOrder.indices), uniquingKeysWith: { first, _ in first })
        let layers = documents.map { document in document.identity.layer.flatMap { layerPlaces[$0] } }
        var inhabitants = [[Int]](repeating: [], count: layerOrder.count)
        for (place, layer) in layers.enumerated() {
            if let layer { inhabitants[layer].append(place) }
        }
        let children = childrenByLabel()
        var parents = [Int?](repeating: nil, count: documents.count)
        for (parentLayer, inhabitants) in inhabitants.enumerated() {
            for parent in inhabitants {
                for (key, value) in documents[parent].metadata.labels {
                    for child in children[Label(key: key, value: value)] ?? [] {
                        guard selects(child, parent) else { continue }
                        try check(parent, isParentOf: child, parentLayer: parentLayer, childLayer: layers[child])
                        if let chosen = parents[child], layers[chosen] == parentLayer {
                            throw .indeterminateParent(documents[child].identity, found: candidates(for: child, layers))
                        }
                        parents[child] = parent
                    }
                }
            }
        }
        return parents
    }

    /// Each child under the rarest of the labels that it selects, so that hardly any parent looks at it in vain.
    private func childrenByLabel() -> [Label: [Int]] {
        var frequency: [Label: Int] = [:]
        for document in documents {
            for (key, value) in document.metadata.labels { frequency[Label(key: key, value: value), default: 0] += 1 }
        }
        var children: [Label: [Int]] = [:]
        for (place, document) in documents.enumerated() {
            let labels = document.metadata.parentSelector.map { Label(key: $0, value: $1) }
            guard let rarest = labels.min(by: { frequency[$0, default: 0] < frequency[$1, default: 0] }) else {
                continue
            }
            children[rarest, default: []].append(place)
        }
        return children
    }

    private func selects(_ child: Int, _ parent: Int) -> Bool {
        guard child != parent else { return false }
        let labels = documents[parent].metadata.labels
        return documents[child].metadata.parentSelector.allSatisfy { labels[$0] == $1 }
    }

    private func check(
        _ parent: Int, isParentOf child: Int, parentLayer: Int, childLayer: Int?
    ) throws(DocumentError) {
        let parent = documents[parent].identity
        let child = documents[child].identity
        guard parent.schema == child.schema else {
            throw .invalidParent(
                parent, of: child,
                reason: "Child has parentSelector which references parent, but their `schema`s do not match.")
        }
        guard let childLayer, parentLayer < childLayer else {
            throw .invalidParent(
                parent, of: child,
                reason: "Child has parentSelector which references parent, but the child layer "
                    + "\(child.layer ?? "None") must be lower than the parent layer \(parent.layer ?? "None") for "
                    + "layerOrder \(layerOrder.joined(separator: ", ")).")
        }
    }

    /// How many candidates there are beyond those that a nearer layer outdoes.
    private func candidates(for child: Int, _ layers: [Int?]) -> Int {
        let found = documents.indices.filter { layers[$0] != nil && selects(child, $0) }
        return found.count - Set(found.map { layers[$0] }).count + 1
    }
}
