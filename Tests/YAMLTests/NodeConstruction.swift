import OrderedCollections

@testable import YAML

/// Builds `YAMLNode`s.
enum NodeConstruction: Construction {
    struct Members: MemberCollection {
        fileprivate(set) var members: OrderedDictionary<YAMLKey, YAMLNode>

        init(capacity: Int) { members = OrderedDictionary(minimumCapacity: capacity) }

        fileprivate init(members: OrderedDictionary<YAMLKey, YAMLNode>) { self.members = members }

        mutating func set(_ key: YAMLNode, _ value: YAMLNode) {
            guard let key = YAMLKey(key) else { return }
            members[key] = value
        }

        mutating func merge(_ other: Members) { members.merge(other.members) { $1 } }
    }

    static func scalar(_ node: YAMLNode, at mark: Mark) -> YAMLNode { node }
    static func text(_ text: String, at mark: Mark) -> YAMLNode { .string(text) }
    static func sequence(_ elements: [YAMLNode]) -> YAMLNode { .sequence(elements) }
    static func mapping(_ members: Members) -> YAMLNode { .mapping(members.members) }
    static func set(_ members: Members, at mark: Mark) -> YAMLNode { .set(members.members.keys) }
    static func isKey(_ node: YAMLNode) -> Bool { YAMLKey(node) != nil }

    static func pairs(_ elements: [YAMLNode]) -> YAMLNode? {
        var pairs: [YAMLPair] = []
        for element in elements {
            guard case .mapping(let members) = element, members.count == 1, let member = members.elements.first else {
                return nil
            }
            pairs.append(YAMLPair(key: member.key.node, value: member.value))
        }
        return .pairs(pairs)
    }

    static func mergeSources(_ node: YAMLNode) -> [Members]? {
        switch node {
        case .mapping(let members): return [Members(members: members)]
        case .sequence(let elements):
            var sources: [Members] = []
            for element in elements.reversed() {
                guard case .mapping(let members) = element else { return nil }
                sources.append(Members(members: members))
            }
            return sources
        default: return nil
        }
    }
}

extension YAML {
    /// The documents of a stream with all that YAML can express.
    static func loadNodes(_ bytes: [UInt8], limits: Limits = .default) throws(YAMLError) -> [YAMLNode] {
        try bytes.withUnsafeBufferPointer { input throws(YAMLError) in
            var composer = Composer<NodeConstruction>(input, limits: limits)
            return try composer.documents().map(\.node)
        }
    }
}
