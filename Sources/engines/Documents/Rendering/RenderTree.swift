import OrderedCollections
import Primitives

/// One document's data while it is rendered, addressed by paths.
struct RenderTree {
    var root: RenderNode

    init(_ root: RenderNode) { self.root = root }

    init(_ value: Value) { root = RenderNode(value) }

    /// A place in the tree: a node, and where it hangs.
    struct Place {
        let node: RenderNode
        let holder: Holder

        enum Holder {
            case root
            case member(of: RenderNode, String)
            case element(of: RenderNode, Int)
        }
    }

    /// The node at the first match.
    func first(_ path: JSONPath, _ budget: inout RenderBudget) throws(RenderLimitError) -> RenderNode? {
        // Most sources are scalars deep in plain values; they need no nodes.
        if root.origin == nil, let plain = root.plainValue {
            guard let value = plain.first(at: path) else { return nil }
            if path.isRoot { return root }
            switch value {
            case .array, .object: break
            default: return RenderNode(value)
            }
        }
        return try places(path, &budget, limit: 1).first?.node
    }

    /// Whether `path` matches anywhere.
    func matches(_ path: JSONPath, _ budget: inout RenderBudget) throws(RenderLimitError) -> Bool {
        if let plain = root.plainValue { return plain.first(at: path) != nil }
        return try !places(path, &budget, limit: 1).isEmpty
    }

    /// The places that `path` matches, in order, no more than `limit`.
    func places(
        _ path: JSONPath, _ budget: inout RenderBudget, limit: Int = .max
    ) throws(RenderLimitError) -> [Place] {
        var found: [Place] = []
        try collect(path.steps[...], from: Place(node: root, holder: .root), into: &found, limit: limit, &budget)
        return found
    }

    private func collect(
        _ steps: ArraySlice<JSONPath.Step>, from place: Place, into found: inout [Place], limit: Int,
        _ budget: inout RenderBudget
    ) throws(RenderLimitError) {
        guard found.count < limit else { return }
        guard let step = steps.first else { return found.append(place) }
        try budget.descend()
        defer { budget.ascend() }
        let rest = steps.dropFirst()
        let node = place.node
        switch step {
        case .name(let name):
            guard let member = node.members?[name] else { return }
            let next = Place(node: member, holder: .member(of: node, name))
            try collect(rest, from: next, into: &found, limit: limit, &budget)
        case .index(let index):
            guard let elements = node.elements, let position = elements.place(index) else { return }
            let next = Place(node: elements[position], holder: .element(of: node, position))
            try collect(rest, from: next, into: &found, limit: limit, &budget)
        case .anyName:
            for next in memberPlaces(node) { try collect(rest, from: next, into: &found, limit: limit, &budget) }
        case .anyIndex:
            for next in elementPlaces(node) { try collect(rest, from: next, into: &found, limit: limit, &budget) }
        case .descend:
            try budget.spend(nodes: 1)
            try collect(rest, from: place, into: &found, limit: limit, &budget)
            for next in memberPlaces(node) + elementPlaces(node) {
                try collect(steps, from: next, into: &found, limit: limit, &budget)
            }
        }
    }

    private func memberPlaces(_ node: RenderNode) -> [Place] {
        guard node.isMapping, let members = node.members else { return [] }
        return members.map { Place(node: $1, holder: .member(of: node, $0)) }
    }

    private func elementPlaces(_ node: RenderNode) -> [Place] {
        guard node.isList, let elements = node.elements else { return [] }
        return elements.enumerated().map { Place(node: $1, holder: .element(of: node, $0)) }
    }

    mutating func set(_ node: RenderNode, at place: Place) {
        node.overrides(place.node)
        switch place.holder {
        case .root: root = node
        case .member(let mapping, let key): mapping.set(key, node)
        case .element(let list, let index): list.set(index, node)
        }
    }

    mutating func remove(_ place: Place) {
        switch place.holder {
        case .root: root = RenderNode([:])
        case .member(let mapping, let key): mapping.remove(key)
        case .element(let list, let index): list.remove(index)
        }
    }

    /// Makes the places on the way of `path` that are missing (§7.7c): mappings for names, lists for indexes, filled
    /// with empty mappings up to the index.
    func create(_ path: JSONPath, _ budget: inout RenderBudget) throws(PathCreationError) {
        var node = root
        for (position, step) in path.steps.enumerated() {
            do throws(RenderLimitError) {
                try budget.spend(nodes: 1)
            } catch {
                throw PathCreationError("the path makes the document too large")
            }
            switch step {
            case .name(let name):
                guard let members = node.members else { throw Self.blocked(path, before: position, "a mapping") }
                if let member = members[name] {
                    node = member
                } else {
                    let created = RenderNode(Self.emptyCollection(for: path.steps.dropFirst(position + 1).first))
                    node.set(name, created)
                    node = created
                }
            case .index(let index):
                guard let elements = node.elements else { throw Self.blocked(path, before: position, "a list") }
                guard (0..<Self.indexLimit).contains(index) else {
                    throw PathCreationError("index \(index) is not between 0 and \(Self.indexLimit)")
                }
                for count in elements.count..<max(elements.count, index + 1) {
                    let next = count == index ? path.steps.dropFirst(position + 1).first : nil
                    node.append(RenderNode(Self.emptyCollection(for: next)))
                }
                guard let created = node.elements?[index] else { return }
                node = created
            case .anyName, .anyIndex, .descend:
                throw PathCreationError("it matches nothing, and a path with * or .. cannot be created")
            }
        }
    }

    private static let indexLimit = 10_000

    private static func emptyCollection(for next: JSONPath.Step?) -> Value {
        if case .index = next { [] } else { [:] }
    }

    private static func blocked(_ path: JSONPath, before position: Int, _ wanted: String) -> PathCreationError {
        PathCreationError(
            "step \(position + 1) of the path needs \(wanted), but something else is there; change the path or the "
                + "document's data")
    }
}

struct PathCreationError: Error, CustomStringConvertible {
    let problem: String
    var description: String { problem }

    init(_ problem: String) { self.problem = problem }
}
