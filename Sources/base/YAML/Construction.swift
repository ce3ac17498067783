/// What the composer builds: `Value`s for the store, `MarkedNode`s with their places.
protocol Construction {
    associatedtype Node: Sendable
    /// A mapping while it grows.
    associatedtype Members: MemberCollection<Node>

    /// - Throws: where the construction has no such scalar.
    static func scalar(_ node: YAMLNode, at mark: Mark) throws(YAMLError) -> Node
    /// As `scalar`, of a string.
    static func text(_ text: String, at mark: Mark) throws(YAMLError) -> Node
    static func sequence(_ elements: [Node]) -> Node
    static func mapping(_ members: Members) -> Node
    /// - Throws: where the construction has no sets.
    static func set(_ members: Members, at mark: Mark) throws(YAMLError) -> Node
    /// The only member of each of `elements`, which `!!omap` and `!!pairs` consist of; nil for one that has not just one.
    static func pairs(_ elements: [Node]) -> Node?
    /// Whether the node can be a key, as scalars can.
    static func isKey(_ node: Node) -> Bool
    /// How many different keys a mapping has; nil where repeated keys stay repeated.
    static func distinctKeys(_ node: Node) -> Int?
    /// What a merge key takes its members from: nil unless the node is a mapping, or a sequence of mappings, which
    /// come in reverse, as the first of them has the last word.
    static func mergeSources(_ node: Node) -> [Members]?
}

/// The members of a mapping in the order in which their keys came first.
protocol MemberCollection<Node> {
    associatedtype Node

    /// - Parameter capacity: how many members are expected.
    init(capacity: Int)
    /// A repeated key keeps its place and takes the new value. `key` is one for which `isKey` holds.
    mutating func set(_ key: Node, _ value: Node)
    mutating func merge(_ other: Self)
    /// The keys that were set more than once, each with the places of all its settings, counted from 0.
    var repeated: [(key: String, places: [Int])] { get }
    /// How often a member was set.
    var count: Int { get }
}

extension Construction {
    static func distinctKeys(_ node: Node) -> Int? { nil }
}

extension MemberCollection {
    var repeated: [(key: String, places: [Int])] { [] }
    var count: Int { 0 }
}
