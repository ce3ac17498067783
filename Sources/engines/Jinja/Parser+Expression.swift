/// Expressions, from what binds loosest to what binds tightest.
extension Parser {
    /// An expression over its parts, its height checked.
    func make(_ node: Expression.Node, _ parts: [Expression] = []) throws(JinjaError) -> Expression {
        let height = 1 + (parts.map(\.height).max() ?? 0)
        guard height <= nesting else { throw tooDeep() }
        return Expression(node: node, height: height)
    }

    /// An expression, or a tuple of several with commas between them.
    mutating func tuple(
        withConditional: Bool = true, until end: String? = nil, inParentheses: Bool = false
    ) throws(JinjaError) -> Expression {
        var elements: [Expression] = []
        var isTuple = false
        while true {
            if !elements.isEmpty { try expectSign(",") }
            if isTupleEnd(end) { break }
            elements.append(try expression(withConditional: withConditional))
            guard current.isSign(",") else { break }
            isTuple = true
        }
        if isTuple { return try make(.tuple(elements), elements) }
        if let only = elements.first { return only }
        guard inParentheses else { throw error("Expected an expression, found \(current.description)") }
        return try make(.tuple([]))
    }

    private func isTupleEnd(_ end: String?) -> Bool {
        switch current.kind {
        case .outputEnd, .blockEnd: true
        case .sign(let sign): sign == ")"
        case .name(let name): name == end
        default: false
        }
    }

    mutating func expression(withConditional: Bool = true) throws(JinjaError) -> Expression {
        try enter()
        defer { leave() }
        return withConditional ? try conditional() : try or()
    }

    private mutating func conditional() throws(JinjaError) -> Expression {
        let mark = unknownNames.count
        var result = try or()
        while skipName("if") {
            let test = try or()
            var otherwise: Expression?
            if skipName("else") {
                try enter()
                defer { leave() }
                otherwise = try conditional()
            }
            result = try make(
                .conditional(test: test, then: result, otherwise: otherwise),
                [test, result] + (otherwise.map { [$0] } ?? []))
            unknownNames.removeSubrange(min(mark, unknownNames.count)...)
        }
        return result
    }

    private mutating func or() throws(JinjaError) -> Expression {
        var left = try and()
        while skipName("or") {
            let right = try and()
            left = try make(.or(left, right), [left, right])
        }
        return left
    }

    private mutating func and() throws(JinjaError) -> Expression {
        var left = try not()
        while skipName("and") {
            let right = try not()
            left = try make(.and(left, right), [left, right])
        }
        return left
    }

    private mutating func not() throws(JinjaError) -> Expression {
        guard skipName("not") else { return try comparison() }
        try enter()
        defer { leave() }
        let operand = try not()
        return try make(.not(operand), [operand])
    }

    private mutating func comparison() throws(JinjaError) -> Expression {
        let left = try operation(level: 0)
        var comparisons: [Expression.Comparison] = []
        while let relation = relation() {
            comparisons.append(Expression.Comparison(relation: relation, right: try operation(level: 0)))
        }
        guard !comparisons.isEmpty else { return left }
        return try make(.comparison(left, comparisons), [left] + comparisons.map(\.right))
    }

    private mutating func relation() -> Expression.Relation? {
        switch current.kind {
        case .sign(let sign):
            guard let relation = Expression.Relation(rawValue: sign) else { return nil }
            next()
            return relation
        case .name("in"):
            next()
            return .isIn
        case .name("not"):
            guard following.isName("in") else { return nil }
            next()
            next()
            return .isNotIn
        default: return nil
        }
    }

    /// Arithmetic: level 0 is `+ -`, 1 is `~`, 2 is `* / // %`, 3 is `**`, which here goes from the left too.
    private mutating func operation(level: Int) throws(JinjaError) -> Expression {
        if level == 4 { return try unary(withFilters: true) }
        if level == 1 { return try concatenation() }
        let signs = level == 0 ? ["+", "-"] : level == 2 ? ["*", "/", "//", "%"] : ["**"]
        var left = try operation(level: level + 1)
        while case .sign(let sign) = current.kind, signs.contains(sign),
            let operation = Expression.Operator(rawValue: sign)
        {
            next()
            let right = try self.operation(level: level + 1)
            left = try make(.operation(left, operation, right), [left, right])
        }
        return left
    }

    private mutating func concatenation() throws(JinjaError) -> Expression {
        var parts = [try operation(level: 2)]
        while skipSign("~") { parts.append(try operation(level: 2)) }
        return parts.count == 1 ? parts[0] : try make(.concatenation(parts), parts)
    }

    private mutating func unary(withFilters: Bool) throws(JinjaError) -> Expression {
        var result: Expression
        if current.isSign("-") || current.isSign("+") {
            let isNegative = next().isSign("-")
            try enter()
            defer { leave() }
            let operand = try unary(withFilters: false)
            result = try make(isNegative ? .negative(operand) : .positive(operand), [operand])
        } else {
            result = try primary()
        }
        result = try postfix(result)
        return withFilters ? try filtered(result) : result
    }
}
