import OrderedCollections
import Primitives

extension RenderNode {
    /// Notes that this node takes the place of `other`.
    func overrides(_ other: RenderNode?) {
        guard origin != nil, let before = other?.origin?.hops, origin?.hops.isEmpty == false else { return }
        origin?.hops[0].overridden = before
    }

    /// A copy that shares nothing, whose nodes came from a parent to the document at `place`.
    func tracedCopy(inheritedBy place: Int, _ budget: inout RenderBudget) throws(RenderLimitError) -> RenderNode {
        try tracedCopy(seen: origin, &budget) { $0.preceded(by: Origin.Hop(cause: .inherited, document: place)) }
    }

    /// A copy that shares nothing, whose nodes know all that is known of them by who sees this one as `seen`.
    func tracedCopy(
        seen: Origin?, _ budget: inout RenderBudget, _ wrap: (Origin) -> Origin = { $0 }
    ) throws(RenderLimitError) -> RenderNode {
        // Ends what contains itself.
        _ = try value(&budget)
        return copied(seen: seen, wrap)
    }

    private func copied(seen: Origin?, _ wrap: (Origin) -> Origin) -> RenderNode {
        let content: Content =
            switch content {
            case .value(let value): .value(value)
            case .mapping(let members):
                .mapping(
                    OrderedDictionary(
                        uniqueKeysWithValues: members.map { key, node in
                            (key, node.copied(seen: origin(seen, of: .member(key), node), wrap))
                        }))
            case .list(let elements):
                .list(
                    elements.enumerated().map { index, node in
                        node.copied(seen: origin(seen, of: .element(index), node), wrap)
                    })
            }
        return RenderNode(content: content, origin: seen.map(wrap), isSecret: isSecret)
    }

    /// The origin of the child `node`, seen from a document that sees this node's as `seen`.
    func origin(_ seen: Origin?, of step: DataPlace.Step, _ node: RenderNode) -> Origin? {
        guard let seen else { return node.origin }
        if case .member(let key) = step, let arrived = origin?.hops.first?.arrivals[key] {
            return arrived.descending(to: node.origin)
        }
        return seen.descending(to: node.origin)
    }

    /// The members and elements with their steps.
    var children: [(step: DataPlace.Step, node: RenderNode)] {
        if isMapping { return (members ?? [:]).map { (.member($0), $1) } }
        return (elements ?? []).enumerated().map { (.element($0), $1) }
    }

    static func traced(
        _ members: Value.Object, _ origin: Origin
    ) -> OrderedDictionary<String, RenderNode> {
        var nodes = OrderedDictionary<String, RenderNode>(minimumCapacity: members.count)
        for (key, value) in members { nodes[key] = RenderNode(value, origin: origin.child(.member(key))) }
        return nodes
    }
}

/// A node with the way to it and its origin as its document sees it.
struct TracedPlace {
    let node: RenderNode
    let origin: Origin?
    let place: DataPlace
}

extension RenderTree {
    /// The first place that `path` matches.
    ///
    /// - Parameter hidesSecrets: goes no further than to where something secret begins, so that nothing can be learned
    ///   of what is in it.
    func trace(
        _ path: JSONPath, hidesSecrets: Bool = false, _ budget: inout RenderBudget
    ) throws(RenderLimitError) -> TracedPlace? {
        try Self.first(
            path.steps[...], TracedPlace(node: root, origin: root.origin, place: DataPlace()), hidesSecrets, &budget)
    }

    private static func first(
        _ steps: ArraySlice<JSONPath.Step>, _ here: TracedPlace, _ hidesSecrets: Bool, _ budget: inout RenderBudget
    ) throws(RenderLimitError) -> TracedPlace? {
        guard let step = steps.first, !(hidesSecrets && here.node.isSecret) else { return here }
        try budget.descend()
        defer { budget.ascend() }
        let rest = steps.dropFirst()
        switch step {
        case .name(let name):
            guard here.node.isMapping, let node = here.node.members?[name] else { return nil }
            return try first(rest, here.below(.member(name), node), hidesSecrets, &budget)
        case .index(let index):
            guard here.node.isList, let elements = here.node.elements, let position = elements.place(index) else {
                return nil
            }
            return try first(rest, here.below(.element(position), elements[position]), hidesSecrets, &budget)
        case .anyName where here.node.isMapping, .anyIndex where here.node.isList:
            return try firstChild(of: here, rest, hidesSecrets, &budget)
        case .anyName, .anyIndex: return nil
        case .descend:
            try budget.spend(nodes: 1)
            if let found = try first(rest, here, hidesSecrets, &budget) { return found }
            return try firstChild(of: here, steps, hidesSecrets, &budget)
        }
    }

    private static func firstChild(
        of here: TracedPlace, _ steps: ArraySlice<JSONPath.Step>, _ hidesSecrets: Bool,
        _ budget: inout RenderBudget
    ) throws(RenderLimitError) -> TracedPlace? {
        for (step, node) in here.node.children {
            if let found = try first(steps, here.below(step, node), hidesSecrets, &budget) { return found }
        }
        return nil
    }
}

extension TracedPlace {
    func below(_ step: DataPlace.Step, _ node: RenderNode) -> TracedPlace {
        TracedPlace(
            node: node, origin: self.node.origin(origin, of: step, node), place: place.appending(step))
    }
}

extension Layering {
    /// What is at `path` of the child's own data, which an action puts into the data.
    func origin(of path: JSONPath, action: Int) -> Origin? {
        guard let tracedPlace else { return nil }
        let place = child.payload.firstPlace(at: path.steps[...]) ?? DataPlace()
        return Origin(writtenIn: tracedPlace, at: place, action: action)
    }

    /// Data that an action made empty.
    func empty(_ action: Int) -> RenderTree {
        RenderTree(
            RenderNode(
                [:],
                origin: tracedPlace.map { Origin([Origin.Hop(cause: .emptied(action: action), document: $0)]) }))
    }
}

extension Substituting {
    /// Of the value in the source.
    func tracedOrigin(
        in sourceData: RenderNode, _ expressions: inout ExpressionCache, _ budget: inout RenderBudget
    ) throws(RenderingFailure) -> Origin? {
        guard sourceData.isMapping else { return sourceData.origin }
        do {
            return try RenderTree(sourceData).trace(try expressions.path(substitution.path), &budget)?.origin
        } catch {
            throw RenderingFailure(error)
        }
    }

    func arrival(of origin: Origin?, destination: Int) -> Origin? {
        guard let tracedPlace, let origin else { return nil }
        let hop = Origin.Hop(
            cause: .substituted(index: index, destination: destination), document: tracedPlace)
        var arrival = origin.preceded(by: hop)
        arrival.hops[0].arrivals = (origin.hops.first?.arrivals ?? [:]).mapValues { $0.preceded(by: hop) }
        return arrival
    }

    /// What is substituted at the root leaves its members there, not itself.
    func noteArrivals(of value: RenderNode, at root: RenderNode) {
        guard let origin = value.origin, root.origin?.hops.isEmpty == false else { return }
        for key in (value.members ?? [:]).keys {
            root.origin?.hops[0].arrivals[key] = origin.child(.member(key))
        }
    }
}

extension PatternReplacement {
    /// Of a text in which the pattern was replaced.
    func origin(in text: RenderNode) -> Origin? {
        guard var hops = origin?.hops, !hops.isEmpty else { return nil }
        hops[0].text = text.origin?.hops ?? []
        return Origin(hops)
    }
}

extension Value {
    /// The way to the first place that `steps` match.
    func firstPlace(at steps: ArraySlice<JSONPath.Step>) -> DataPlace? {
        guard let step = steps.first else { return DataPlace() }
        let rest = steps.dropFirst()
        func below(_ step: DataPlace.Step, _ value: Value, _ steps: ArraySlice<JSONPath.Step>) -> DataPlace? {
            value.firstPlace(at: steps).map { DataPlace([step] + $0.steps) }
        }
        func anyBelow(_ steps: ArraySlice<JSONPath.Step>) -> DataPlace? {
            switch self {
            case .object(let members):
                for (key, value) in members {
                    if let place = below(.member(key), value, steps) { return place }
                }
            case .array(let elements):
                for (index, value) in elements.enumerated() {
                    if let place = below(.element(index), value, steps) { return place }
                }
            default: break
            }
            return nil
        }
        switch (step, self) {
        case (.name(let name), .object(let members)):
            return members[name].flatMap { below(.member(name), $0, rest) }
        case (.index(let index), .array(let elements)):
            return elements.place(index).flatMap { below(.element($0), elements[$0], rest) }
        case (.anyName, .object), (.anyIndex, .array): return anyBelow(rest)
        case (.descend, _): return firstPlace(at: rest) ?? anyBelow(steps)
        default: return nil
        }
    }
}
