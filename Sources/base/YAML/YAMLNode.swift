import OrderedCollections

/// What PyYAML's `safe_load` returns: the data model of YAML 1.1 with its standard tags.
///
/// Documents that go into the store are read as `Value` instead, which has no timestamps, binaries and sets.
package enum YAMLNode: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    /// Canonical decimal digits, with a leading `-` where negative, of an integer that does not fit `Int`.
    case bigInt(String)
    case float(Double)
    case string(String)
    /// `!!binary`
    case bytes([UInt8])
    case timestamp(YAMLTimestamp)
    case sequence([YAMLNode])
    /// `!!omap` and `!!pairs`: keys may repeat.
    case pairs([YAMLPair])
    case mapping(OrderedDictionary<YAMLKey, YAMLNode>)
    /// `!!set`
    case set(OrderedSet<YAMLKey>)
}

/// An entry of `!!omap` or `!!pairs`.
package struct YAMLPair: Sendable, Hashable {
    /// Any node; most are scalars.
    package var key: YAMLNode
    package var value: YAMLNode

    package init(key: YAMLNode, value: YAMLNode) {
        self.key = key
        self.value = value
    }
}

/// A scalar as the key of a mapping: equal where Python's keys are, so `1`, `1.0` and `true` are one key.
package struct YAMLKey: Sendable, Hashable {
    package let node: YAMLNode

    /// Nil for a collection, which cannot be a key.
    package init?(_ node: YAMLNode) {
        switch node {
        case .sequence, .pairs, .mapping, .set: return nil
        case .null, .bool, .int, .bigInt, .float, .string, .bytes, .timestamp: self.node = node
        }
    }

    /// A key of text, the usual kind.
    package init(_ text: String) { node = .string(text) }

    /// Numbers that are whole and fit `Int`, which Python compares across types.
    private var wholeNumber: Int? {
        switch node {
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): number
        case .float(let number): Int(exactly: number)
        default: nil
        }
    }

    package static func == (left: YAMLKey, right: YAMLKey) -> Bool {
        if let number = left.wholeNumber { return number == right.wholeNumber }
        return left.node == right.node
    }

    package func hash(into hasher: inout Hasher) {
        if let number = wholeNumber { hasher.combine(number) } else { hasher.combine(node) }
    }
}
