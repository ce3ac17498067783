import OrderedCollections
import Primitives

/// How much rendering may produce: sharing makes it easy to write a few lines that stand for gigabytes, or for a
/// document that contains itself.
struct RenderBudget {
    /// In bytes of text, a value counting for sixteen besides.
    private var remaining: Int
    private var depth = 0

    /// More than YAML input may have, since substitution nests what it brings.
    static let depthLimit = 400

    init(limit: Int) { remaining = limit }

    mutating func spend(nodes: Int) throws(RenderLimitError) { try spend(bytes: nodes * 16) }

    mutating func spend(bytes: Int) throws(RenderLimitError) {
        remaining -= bytes
        if remaining < 0 { throw RenderLimitError.size }
    }

    mutating func descend() throws(RenderLimitError) {
        depth += 1
        if depth > Self.depthLimit {
            depth -= 1
            throw RenderLimitError.depth
        }
    }

    mutating func ascend() { depth -= 1 }

    mutating func spend(for value: Value) throws(RenderLimitError) {
        switch value {
        case .null, .bool, .int, .double: try spend(bytes: 16)
        case .string(let text), .bigInt(let text): try spend(bytes: 16 + text.utf8.count)
        case .array(let elements):
            try descend()
            defer { ascend() }
            try spend(bytes: 16)
            for element in elements { try spend(for: element) }
        case .object(let members):
            try descend()
            defer { ascend() }
            try spend(bytes: 16)
            for (key, member) in members {
                try spend(bytes: key.utf8.count)
                try spend(for: member)
            }
        }
    }
}

enum RenderLimitError: Error, CustomStringConvertible {
    case size
    case depth

    var description: String {
        switch self {
        case .size: "the rendered documents are too large"
        case .depth: "the rendered documents are too deep, or contain themselves"
        }
    }

    var problem: String {
        switch self {
        case .size: "too large"
        case .depth: "too deep, or to contain itself,"
        }
    }
}
