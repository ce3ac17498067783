/// A parsed piece of a template's body.
struct Statement: Sendable {
    indirect enum Node: Sendable {
        case text(String)
        case output(Expression)
        case condition([Branch], otherwise: [Statement])
        case loop(LoopStatement)
        case set(Target, Expression)
        case setBlock(Target, [Expression.FilterCall], [Statement])
        case with([Binding], [Statement])
        case macro(MacroDefinition)
        /// `{% call %}`: the body is the call's `caller`.
        case call(MacroDefinition, Expression)
        case filterBlock([Expression.FilterCall], [Statement])
        case block([Statement])
    }

    struct Branch: Sendable {
        var test: Expression
        var body: [Statement]
    }

    struct Binding: Sendable {
        var target: Target
        var value: Expression
    }

    let node: Node
    let line: Int
}

/// `{% for target in items if test recursive %}`.
struct LoopStatement: Sendable {
    var target: Target
    var items: Expression
    var test: Expression?
    var isRecursive: Bool
    var body: [Statement]
    var otherwise: [Statement]
}

/// A macro's signature and body.
struct MacroDefinition: Sendable {
    var name: String
    var parameters: [String]
    /// For the last parameters.
    var defaults: [Expression]
    var body: [Statement]
}

/// What a value is assigned to.
indirect enum Target: Sendable {
    case name(String)
    case tuple([Target])
    /// `namespace.attribute`.
    case attribute(String, String)
}
