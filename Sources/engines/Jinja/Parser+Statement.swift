extension Parser {
    /// What stands in a block tag, up to its end.
    mutating func statement() throws(JinjaError) -> [Statement] {
        let line = current.line
        guard let tag = current.name else { throw error("Expected the name of a tag, found \(current.description)") }
        next()
        let node: Statement.Node
        switch tag {
        case "if": node = try condition()
        case "for": node = .loop(try loop())
        case "set": node = try assignment()
        case "with": node = try with()
        case "macro": node = .macro(try macro())
        case "call": node = try callBlock()
        case "filter":
            let filters = try filterChain(startsInline: true)
            node = .filterBlock(filters, try block(until: "endfilter").body)
        case "block": node = try namedBlock()
        case "print":
            var statements: [Statement] = []
            while current.kind != .blockEnd {
                if !statements.isEmpty { try expectSign(",") }
                statements.append(Statement(node: .output(try expression()), line: line))
            }
            return statements
        case "include", "import", "from", "extends": throw error("There are no templates to \(tag)")
        default: throw error("Unknown tag '\(tag)'")
        }
        return [Statement(node: node, line: line)]
    }

    private mutating func condition() throws(JinjaError) -> Statement.Node {
        // Unknown names count only when they are reached here.
        let mark = unknownNames.count
        defer { unknownNames.removeSubrange(min(mark, unknownNames.count)...) }
        var branches: [Statement.Branch] = []
        while true {
            let test = try tuple(withConditional: false)
            let (body, end) = try block(until: "elif", "else", "endif")
            branches.append(Statement.Branch(test: test, body: body))
            switch end {
            case "elif": continue
            case "else": return .condition(branches, otherwise: try block(until: "endif").body)
            default: return .condition(branches, otherwise: [])
            }
        }
    }

    private mutating func loop() throws(JinjaError) -> LoopStatement {
        let target = try target(until: "in")
        try expectName("in")
        let items = try tuple(withConditional: false, until: "recursive")
        let test = skipName("if") ? try expression() : nil
        let isRecursive = skipName("recursive")
        let (body, end) = try block(until: "endfor", "else")
        let otherwise = end == "else" ? try block(until: "endfor").body : []
        return LoopStatement(
            target: target, items: items, test: test, isRecursive: isRecursive, body: body, otherwise: otherwise)
    }

    private mutating func assignment() throws(JinjaError) -> Statement.Node {
        let target: Target
        if let name = current.name, following.isSign(".") {
            next()
            next()
            target = .attribute(name, try expectAnyName())
        } else {
            target = try self.target(until: nil)
        }
        if skipSign("=") { return .set(target, try tuple()) }
        let filters = try filterChain(startsInline: false)
        return .setBlock(target, filters, try block(until: "endset").body)
    }

    private mutating func with() throws(JinjaError) -> Statement.Node {
        var bindings: [Statement.Binding] = []
        while current.kind != .blockEnd {
            if !bindings.isEmpty { try expectSign(",") }
            let target = try target(until: nil, single: true)
            try expectSign("=")
            bindings.append(Statement.Binding(target: target, value: try expression()))
        }
        return .with(bindings, try block(until: "endwith").body)
    }

    private mutating func macro() throws(JinjaError) -> MacroDefinition {
        let name = try assignableName()
        let (parameters, defaults) = try signature()
        let body = try block(until: "endmacro").body
        return MacroDefinition(name: name, parameters: parameters, defaults: defaults, body: body)
    }

    private mutating func callBlock() throws(JinjaError) -> Statement.Node {
        let (parameters, defaults) = current.isSign("(") ? try signature() : ([], [])
        let call = try expression()
        guard case .call = call.node else { throw error("Expected a call") }
        let body = try block(until: "endcall").body
        return .call(
            MacroDefinition(name: "caller", parameters: parameters, defaults: defaults, body: body), call)
    }

    private mutating func namedBlock() throws(JinjaError) -> Statement.Node {
        let name = try expectAnyName()
        guard blockNames.insert(name).inserted else { throw error("block '\(name)' defined twice") }
        _ = skipName("scoped")
        let body = try block(until: "endblock").body
        _ = skipName(name)
        return .block(body)
    }

    private mutating func signature() throws(JinjaError) -> (parameters: [String], defaults: [Expression]) {
        var parameters: [String] = []
        var defaults: [Expression] = []
        try expectSign("(")
        while !current.isSign(")") {
            if !parameters.isEmpty { try expectSign(",") }
            parameters.append(try assignableName())
            if skipSign("=") {
                defaults.append(try expression())
            } else if !defaults.isEmpty {
                throw error("A parameter without a default follows one with a default")
            }
        }
        try expectSign(")")
        return (parameters, defaults)
    }

    private mutating func assignableName() throws(JinjaError) -> String {
        let name = try expectAnyName()
        guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
            throw error("Cannot assign to '\(name)'")
        }
        return name
    }

    /// Names, with commas or in parentheses where several are assigned at once.
    private mutating func target(until end: String?, single: Bool = false) throws(JinjaError) -> Target {
        try enter()
        defer { leave() }
        var targets: [Target] = []
        var isTuple = false
        while true {
            if !targets.isEmpty, !single {
                guard skipSign(",") else { break }
                isTuple = true
            }
            if current.isSign("(") {
                next()
                targets.append(try target(until: nil))
                try expectSign(")")
            } else if isTuple, current.name == nil || current.name == end {
                break
            } else {
                targets.append(.name(try assignableName()))
            }
            if single { break }
        }
        return isTuple ? .tuple(targets) : targets[0]
    }
}
