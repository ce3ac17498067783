/// A parsed pattern.
indirect enum PatternNode {
    case empty
    /// One code point of the set.
    case set(ScalarSet)
    case literal(UInt32)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case capture(Int, PatternNode)
    case repeated(PatternNode, minimum: Int, maximum: Int?, Greed)
    case assertion(Assertion)
    case look(PatternNode, behind: Bool, negative: Bool)
    case atomic(PatternNode)
    case backreference(Int, ignoringCase: Bool)
    case conditional(group: Int, matched: PatternNode, unmatched: PatternNode)

    /// How a repetition chooses among its counts.
    enum Greed {
        case greedy
        case lazy
        case possessive
    }

    /// A condition on a place in the text.
    enum Assertion: Equatable {
        case textStart
        case textEnd
        /// The end, or before a line feed that ends the text: `$`.
        case lastLineEnd
        case lineStart
        case lineEnd
        case wordBoundary(asciiOnly: Bool)
        case noWordBoundary(asciiOnly: Bool)
    }
}

extension PatternNode {
    /// The least and the greatest number of code points that the pattern matches; nil: unbounded.
    var width: (minimum: Int, maximum: Int?) {
        switch self {
        case .empty, .assertion, .look: (0, 0)
        case .set, .literal: (1, 1)
        case .capture(_, let body), .atomic(let body): body.width
        case .backreference: (0, nil)
        case .sequence(let nodes):
            nodes.reduce((0, 0)) { sum, node in
                let width = node.width
                return (Self.add(sum.0, width.minimum), Self.add(sum.1, width.maximum))
            }
        case .alternatives(let nodes): Self.hull(nodes)
        case .conditional(_, let matched, let unmatched): Self.hull([matched, unmatched])
        case .repeated(let body, let minimum, let maximum, _):
            (
                Self.multiply(body.width.minimum, minimum),
                body.width.maximum == 0 ? 0 : Self.multiply(body.width.maximum, maximum)
            )
        }
    }

    private static func hull(_ nodes: [PatternNode]) -> (minimum: Int, maximum: Int?) {
        let widths = nodes.map(\.width)
        let maxima = widths.compactMap(\.maximum)
        return (widths.map(\.minimum).min() ?? 0, maxima.count == widths.count ? maxima.max() : nil)
    }

    private static let widest = 1 << 40

    private static func add(_ a: Int, _ b: Int) -> Int { min(a + b, widest) }

    private static func add(_ a: Int?, _ b: Int?) -> Int? {
        guard let a, let b else { return nil }
        return add(a, b)
    }

    private static func multiply(_ a: Int, _ b: Int) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? widest : min(product, widest)
    }

    private static func multiply(_ a: Int?, _ b: Int?) -> Int? {
        guard let a, let b else { return nil }
        return multiply(a, b)
    }
}
