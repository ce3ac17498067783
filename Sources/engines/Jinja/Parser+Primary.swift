/// Literals, names, and what follows them: attributes, subscripts, calls, filters, tests.
extension Parser {
    mutating func primary() throws(JinjaError) -> Expression {
        let token = next()
        switch token.kind {
        case .name("true"), .name("True"): return try make(.bool(true))
        case .name("false"), .name("False"): return try make(.bool(false))
        case .name("none"), .name("None"): return try make(.none)
        case .name(let name): return try make(.name(name))
        case .integer(let value): return try make(.integer(value))
        case .float(let value): return try make(.float(value))
        case .string(var text):
            // Adjacent strings are one.
            while case .string(let more) = current.kind {
                text += more
                next()
            }
            return try make(.string(text))
        case .sign("("):
            let tuple = try tuple(inParentheses: true)
            try expectSign(")")
            return tuple
        case .sign("["): return try list()
        case .sign("{"): return try dictionary()
        default:
            throw JinjaError(code: .syntax, message: "Unexpected \(token.description)", line: token.line)
        }
    }

    private mutating func list() throws(JinjaError) -> Expression {
        var elements: [Expression] = []
        while !current.isSign("]") {
            if !elements.isEmpty { try expectSign(",") }
            if current.isSign("]") { break }
            elements.append(try expression())
        }
        try expectSign("]")
        return try make(.list(elements), elements)
    }

    private mutating func dictionary() throws(JinjaError) -> Expression {
        var pairs: [Expression.Pair] = []
        while !current.isSign("}") {
            if !pairs.isEmpty { try expectSign(",") }
            if current.isSign("}") { break }
            let key = try expression()
            try expectSign(":")
            pairs.append(Expression.Pair(key: key, value: try expression()))
        }
        try expectSign("}")
        return try make(.dictionary(pairs), pairs.flatMap { [$0.key, $0.value] })
    }

    mutating func postfix(_ operand: Expression) throws(JinjaError) -> Expression {
        var result = operand
        while true {
            if skipSign(".") {
                switch next().kind {
                case .name(let name): result = try make(.attribute(result, name), [result])
                case .integer(let index):
                    result = try make(.element(result, try make(.integer(index))), [result])
                default: throw error("Expected a name or a number behind '.'")
                }
            } else if current.isSign("[") {
                next()
                result = try element(of: result)
            } else if current.isSign("(") {
                result = try call(result)
            } else {
                return result
            }
        }
    }

    private mutating func call(_ callee: Expression) throws(JinjaError) -> Expression {
        let arguments = try arguments()
        return try make(.call(callee, arguments), [callee] + arguments.expressions)
    }

    private mutating func element(of container: Expression) throws(JinjaError) -> Expression {
        var indices: [Expression] = []
        while !current.isSign("]") {
            if !indices.isEmpty { try expectSign(",") }
            if let slice = try slice() {
                guard indices.isEmpty, current.isSign("]") else { throw error("A slice stands alone") }
                next()
                return try make(
                    .slice(container, slice),
                    [container] + [slice.start, slice.stop, slice.step].compactMap(\.self))
            }
            indices.append(try expression())
            if current.isSign(":") {
                let start = indices.removeLast()
                let slice = try slice(from: start)
                guard indices.isEmpty, current.isSign("]") else { throw error("A slice stands alone") }
                next()
                return try make(
                    .slice(container, slice),
                    [container] + [slice.start, slice.stop, slice.step].compactMap(\.self))
            }
        }
        try expectSign("]")
        guard let first = indices.first else { throw error("Expected an expression in '[]'") }
        let index = indices.count == 1 ? first : try make(.tuple(indices), indices)
        return try make(.element(container, index), [container, index])
    }

    private mutating func slice() throws(JinjaError) -> Expression.Slice? {
        current.isSign(":") ? try slice(from: nil) : nil
    }

    private mutating func slice(from start: Expression?) throws(JinjaError) -> Expression.Slice {
        try expectSign(":")
        var slice = Expression.Slice(start: start)
        if !current.isSign("]"), !current.isSign(":") { slice.stop = try expression() }
        if skipSign(":"), !current.isSign("]") { slice.step = try expression() }
        return slice
    }

    mutating func arguments() throws(JinjaError) -> Expression.ArgumentList {
        var list = Expression.ArgumentList()
        try expectSign("(")
        var isFirst = true
        while !current.isSign(")") {
            if !isFirst {
                try expectSign(",")
                if current.isSign(")") { break }
            }
            isFirst = false
            if skipSign("*") {
                guard list.spread == nil, list.spreadNamed == nil else { throw error("Invalid arguments") }
                list.spread = try expression()
            } else if skipSign("**") {
                guard list.spreadNamed == nil else { throw error("Invalid arguments") }
                list.spreadNamed = try expression()
            } else if let name = current.name, following.isSign("=") {
                guard list.spreadNamed == nil else { throw error("Invalid arguments") }
                next()
                next()
                list.named.append((name, try expression()))
            } else {
                guard list.named.isEmpty, list.spread == nil, list.spreadNamed == nil else {
                    throw error("Invalid arguments")
                }
                list.positional.append(try expression())
            }
        }
        try expectSign(")")
        return list
    }

    /// Filters, tests and calls behind an operand.
    mutating func filtered(_ operand: Expression) throws(JinjaError) -> Expression {
        var result = operand
        while true {
            if skipSign("|") {
                let filter = try filterCall(isTest: false)
                result = try make(.filter(result, filter), [result] + filter.arguments.expressions)
            } else if skipName("is") {
                result = try test(result)
            } else if current.isSign("(") {
                result = try call(result)
            } else {
                return result
            }
        }
    }

    /// `| name(…) | name(…)`, the first bar missing if it `startsInline`.
    mutating func filterChain(startsInline: Bool) throws(JinjaError) -> [Expression.FilterCall] {
        var chain: [Expression.FilterCall] = []
        if startsInline { chain.append(try filterCall(isTest: false)) }
        while skipSign("|") { chain.append(try filterCall(isTest: false)) }
        guard chain.count <= nesting else { throw tooDeep() }
        return chain
    }

    private mutating func filterCall(isTest: Bool) throws(JinjaError) -> Expression.FilterCall {
        let line = current.line
        var name = try expectAnyName()
        while skipSign(".") { name += "." + (try expectAnyName()) }
        let isKnown = isTest ? Tests.table[name] != nil : Filters.table[name] != nil
        if !isKnown {
            unknownNames.append(
                JinjaError(code: .syntax, message: "There is no \(isTest ? "test" : "filter") '\(name)'", line: line))
        }
        let arguments = !isTest && current.isSign("(") ? try self.arguments() : Expression.ArgumentList()
        return Expression.FilterCall(name: name, arguments: arguments)
    }

    private mutating func test(_ operand: Expression) throws(JinjaError) -> Expression {
        let isNegated = skipName("not")
        var test = try filterCall(isTest: true)
        if current.isSign("(") {
            test.arguments = try arguments()
        } else if startsTestArgument {
            guard !current.isName("is") else { throw error("Tests cannot be chained with 'is'") }
            test.arguments.positional = [try postfix(try primary())]
        }
        let result = try make(.test(operand, test), [operand] + test.arguments.expressions)
        return isNegated ? try make(.not(result), [result]) : result
    }

    private var startsTestArgument: Bool {
        switch current.kind {
        case .name(let name): !["else", "or", "and"].contains(name)
        case .string, .integer, .float: true
        case .sign(let sign): sign == "[" || sign == "{"
        default: false
        }
    }
}
