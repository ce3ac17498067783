extension YAML {
    /// The only document of a stream with the line of every key and scalar, for messages about configuration files.
    /// Nil for an empty stream.
    ///
    /// Repeated keys stay repeated, so that they can be refused.
    ///
    /// - Throws: as `load`, and for a second document.
    package static func loadMarked(
        _ bytes: [UInt8], limits: Limits = .default
    ) throws(YAMLError) -> MarkedNode? {
        let documents = try bytes.withUnsafeBufferPointer { input throws(YAMLError) in
            var composer = Composer<MarkedConstruction>(input, limits: limits)
            return try composer.documents()
        }
        guard documents.count < 2 else {
            throw YAMLError("expected a single document", line: documents[1].line, column: 1)
        }
        return documents.first?.node
    }
}

/// A node that knows where it was written.
package struct MarkedNode: Sendable, Hashable {
    /// What a node is.
    package enum Content: Sendable, Hashable {
        case scalar(YAMLNode)
        case sequence([MarkedNode])
        case mapping([Member])
    }

    /// A key of a mapping with its value.
    package struct Member: Sendable, Hashable {
        /// The key of the entry.
        package var key: MarkedNode
        /// The value of the entry.
        package var value: MarkedNode
    }

    /// What the node is.
    package var content: Content
    /// From 1; nil for a collection, which begins where its first member or its key does.
    package var line: Int?
}

enum MarkedConstruction: Construction {
    struct Members: MemberCollection {
        fileprivate(set) var members: [MarkedNode.Member] = []

        init(capacity: Int) {}

        fileprivate init(members: [MarkedNode.Member]) { self.members = members }

        mutating func set(_ key: MarkedNode, _ value: MarkedNode) {
            members.append(MarkedNode.Member(key: key, value: value))
        }

        mutating func merge(_ other: Members) {
            members.removeAll { member in other.members.contains { $0.key.content == member.key.content } }
            members += other.members
        }
    }

    static func scalar(_ node: YAMLNode, at mark: Mark) throws(YAMLError) -> MarkedNode {
        MarkedNode(content: .scalar(node), line: mark.line)
    }

    static func text(_ text: String, at mark: Mark) throws(YAMLError) -> MarkedNode {
        try scalar(.string(text), at: mark)
    }

    static func sequence(_ elements: [MarkedNode]) -> MarkedNode { MarkedNode(content: .sequence(elements)) }
    static func mapping(_ members: Members) -> MarkedNode { MarkedNode(content: .mapping(members.members)) }

    static func set(_ members: Members, at mark: Mark) throws(YAMLError) -> MarkedNode {
        throw mark.error("a set is not expected here")
    }

    static func pairs(_ elements: [MarkedNode]) -> MarkedNode? { sequence(elements) }

    static func isKey(_ node: MarkedNode) -> Bool { if case .scalar = node.content { true } else { false } }

    static func mergeSources(_ node: MarkedNode) -> [Members]? {
        switch node.content {
        case .mapping(let members): return [Members(members: members)]
        case .sequence(let elements):
            let sources = elements.compactMap { element -> Members? in
                guard case .mapping(let members) = element.content else { return nil }
                return Members(members: members)
            }
            return sources.count == elements.count ? sources.reversed() : nil
        case .scalar: return nil
        }
    }
}
