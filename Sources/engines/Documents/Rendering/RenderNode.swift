import OrderedCollections
import Primitives

/// A value that several documents may share while they are rendered.
///
/// A substituted mapping or list is copied shallowly: what is nested in it stays one and the same node in the source and
/// in every receiver, so that a later change through one of them shows in all (`docs/reference/deckhand.md` §7.7).
/// Nodes are made only where they are needed: until someone descends into a node its content is the plain value.
final class RenderNode {
    enum Content {
        case value(Value)
        case mapping(OrderedDictionary<String, RenderNode>)
        case list([RenderNode])
    }

    private(set) var content: Content
    /// Nil unless the rendering is traced.
    var origin: Origin?
    /// Whether something of an encrypted document was put here: it shows in every document that shares the node.
    var isSecret: Bool

    init(_ value: Value, origin: Origin? = nil, isSecret: Bool = false) {
        content = .value(value)
        self.origin = origin
        self.isSecret = isSecret
    }

    init(content: Content, origin: Origin?, isSecret: Bool = false) {
        self.content = content
        self.origin = origin
        self.isSecret = isSecret
    }

    /// Whether the node, or one below it, is secret.
    ///
    /// - Throws: where the nodes nest too deeply, or stand for too many.
    func holdsSecret(_ budget: inout RenderBudget) throws(RenderLimitError) -> Bool {
        if isSecret { return true }
        // Plain values have no nodes that anything could have been put into.
        if case .value = content { return false }
        try budget.descend()
        defer { budget.ascend() }
        switch content {
        case .value: break
        case .mapping(let members):
            try budget.spend(nodes: members.count)
            for node in members.values where try node.holdsSecret(&budget) { return true }
        case .list(let elements):
            try budget.spend(nodes: elements.count)
            for node in elements where try node.holdsSecret(&budget) { return true }
        }
        return false
    }

    /// What the node holds if nothing is shared below it: a scalar, or a collection nobody descended into.
    var plainValue: Value? { if case .value(let value) = content { value } else { nil } }

    var isNull: Bool { plainValue?.isNull ?? false }

    var isMapping: Bool {
        switch content {
        case .mapping, .value(.object): true
        default: false
        }
    }

    var isList: Bool {
        switch content {
        case .list, .value(.array): true
        default: false
        }
    }

    /// Turns a plain collection into nodes, one level deep.
    func expand() {
        switch content {
        case .value(.object(let members)):
            guard let origin else { return content = .mapping(members.mapValues { RenderNode($0) }) }
            content = .mapping(Self.traced(members, origin))
        case .value(.array(let elements)):
            guard let origin else { return content = .list(elements.map { RenderNode($0) }) }
            content = .list(elements.enumerated().map { RenderNode($1, origin: origin.child(.element($0))) })
        default: break
        }
    }

    /// The members of a mapping, as nodes.
    var members: OrderedDictionary<String, RenderNode>? {
        expand()
        if case .mapping(let members) = content { return members }
        return nil
    }

    /// The elements of a list, as nodes.
    var elements: [RenderNode]? {
        expand()
        if case .list(let elements) = content { return elements }
        return nil
    }

    /// Sets a member of a mapping; without effect on anything else.
    func set(_ key: String, _ node: RenderNode) {
        expand()
        guard case .mapping(var members) = content else { return }
        content = .value(.null)
        members[key] = node
        content = .mapping(members)
    }

    /// Sets an element of a list; without effect beyond its end.
    func set(_ index: Int, _ node: RenderNode) {
        expand()
        guard case .list(var elements) = content, elements.indices.contains(index) else { return }
        content = .value(.null)
        elements[index] = node
        content = .list(elements)
    }

    func append(_ node: RenderNode) {
        expand()
        guard case .list(var elements) = content else { return }
        content = .value(.null)
        elements.append(node)
        content = .list(elements)
    }

    func remove(_ key: String) {
        expand()
        guard case .mapping(var members) = content else { return }
        members[key] = nil
        content = .mapping(members)
    }

    func remove(_ index: Int) {
        expand()
        guard case .list(var elements) = content, elements.indices.contains(index) else { return }
        elements.remove(at: index)
        content = .list(elements)
    }

    /// A new collection of the same nodes; a new node of the same scalar.
    func shallowCopy(_ budget: inout RenderBudget) throws(RenderLimitError) -> RenderNode {
        expand()
        switch content {
        case .value: break
        case .mapping(let members): try budget.spend(nodes: members.count)
        case .list(let elements): try budget.spend(nodes: elements.count)
        }
        return RenderNode(content: content, origin: origin)
    }

    /// A value of its own, sharing nothing.
    func deepCopy(_ budget: inout RenderBudget) throws(RenderLimitError) -> RenderNode {
        RenderNode(try value(&budget))
    }

    /// The value as it is now.
    func value(_ budget: inout RenderBudget) throws(RenderLimitError) -> Value {
        switch content {
        case .value(let value):
            try budget.spend(for: value)
            return value
        case .mapping(let members):
            try budget.descend()
            defer { budget.ascend() }
            try budget.spend(nodes: 1)
            var values: [Value] = []
            values.reserveCapacity(members.count)
            for node in members.values { values.append(try node.value(&budget)) }
            return .object(Value.Object(uncheckedUniqueKeys: members.keys, values: values))
        case .list(let elements):
            try budget.descend()
            defer { budget.ascend() }
            try budget.spend(nodes: 1)
            var result: [Value] = []
            result.reserveCapacity(elements.count)
            for node in elements { result.append(try node.value(&budget)) }
            return .array(result)
        }
    }

    /// Spends what `value` would, without making it.
    func weigh(_ budget: inout RenderBudget) throws(RenderLimitError) {
        switch content {
        case .value(let value): try budget.spend(for: value)
        case .mapping(let members):
            try budget.descend()
            defer { budget.ascend() }
            try budget.spend(nodes: 1)
            for node in members.values { try node.weigh(&budget) }
        case .list(let elements):
            try budget.descend()
            defer { budget.ascend() }
            try budget.spend(nodes: 1)
            for node in elements { try node.weigh(&budget) }
        }
    }

    /// Merges `value` in, deeply: mappings into mappings, anything else replaces what is there (§7.6).
    func merge(
        _ value: Value, origin: Origin? = nil, _ budget: inout RenderBudget
    ) throws(RenderLimitError) {
        guard case .object(let additions) = value, let present = members else { return }
        try budget.descend()
        defer { budget.ascend() }
        try budget.spend(nodes: additions.count)
        for (key, addition) in additions {
            if let node = present[key], node.isMapping, case .object = addition {
                try node.merge(addition, origin: origin?.child(.member(key)), &budget)
            } else {
                let node = RenderNode(addition, origin: origin?.child(.member(key)))
                if origin != nil { node.overrides(present[key]) }
                set(key, node)
            }
        }
    }

    /// Sets every member of `other` in this mapping: what becomes of a mapping substituted at the root (§7.7g).
    func update(from other: RenderNode) {
        for (key, node) in other.members ?? [:] { set(key, node) }
    }
}
