/// A parsed expression.
struct Expression: Sendable {
    indirect enum Node: Sendable {
        case none
        case bool(Bool)
        case integer(Int)
        case float(Double)
        case string(String)
        case name(String)
        case list([Expression])
        case tuple([Expression])
        case dictionary([Pair])
        case attribute(Expression, String)
        case element(Expression, Expression)
        case slice(Expression, Slice)
        case call(Expression, ArgumentList)
        case filter(Expression, FilterCall)
        case test(Expression, FilterCall)
        case not(Expression)
        case negative(Expression)
        case positive(Expression)
        case operation(Expression, Operator, Expression)
        case concatenation([Expression])
        case comparison(Expression, [Comparison])
        case and(Expression, Expression)
        case or(Expression, Expression)
        case conditional(test: Expression, then: Expression, otherwise: Expression?)
    }

    struct Pair: Sendable {
        var key: Expression
        var value: Expression
    }

    struct Slice: Sendable {
        var start: Expression?
        var stop: Expression?
        var step: Expression?
    }

    struct Comparison: Sendable {
        var relation: Relation
        var right: Expression
    }

    /// The arguments of a call as they are written.
    struct ArgumentList: Sendable {
        var positional: [Expression] = []
        var named: [(name: String, value: Expression)] = []
        /// `*sequence` and `**mapping`.
        var spread: Expression?
        var spreadNamed: Expression?

        var expressions: [Expression] {
            positional + named.map(\.value) + [spread, spreadNamed].compactMap(\.self)
        }
    }

    /// A filter or a test by name.
    struct FilterCall: Sendable {
        var name: String
        var arguments: ArgumentList
    }

    enum Operator: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case divideWhole = "//"
        case remainder = "%"
        case power = "**"
    }

    enum Relation: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case isIn = "in"
        case isNotIn = "not in"
    }

    let node: Node
    /// How many expressions lie above each other in it; bounded, as evaluation recurses.
    let height: Int
}
