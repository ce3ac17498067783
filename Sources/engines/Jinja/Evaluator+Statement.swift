extension Evaluator {
    func render(_ statements: [Statement]) throws(JinjaError) {
        try enter()
        defer { leave() }
        for statement in statements {
            line = statement.line
            try render(statement)
        }
    }

    private func render(_ statement: Statement) throws(JinjaError) {
        switch statement.node {
        case .text(let text): try write(text)
        case .output(let expression): try write(try text(of: try evaluate(expression)))
        case .condition(let branches, let otherwise):
            for branch in branches where try evaluate(branch.test).isTrue { return try render(branch.body) }
            try render(otherwise)
        case .loop(let loop): try render(loop, items: try evaluate(loop.items), depth: 0)
        case .set(let target, let expression): try assign(try evaluate(expression), to: target)
        default: try renderScoped(statement)
        }
    }

    private func renderScoped(_ statement: Statement) throws(JinjaError) {
        switch statement.node {
        case .setBlock(let target, let filters, let body):
            let text = try capturedScoped(body)
            try assign(try filtered(text, filters), to: target)
        case .with(let bindings, let body):
            let outer = scope
            let inner = Scope(parent: outer)
            for binding in bindings {
                let value = try evaluate(binding.value)
                scope = inner
                defer { scope = outer }
                try assign(value, to: binding.target)
            }
            try inScope(inner, body)
        case .macro(let definition): scope.variables[definition.name] = macro(definition)
        case .call(let definition, let expression):
            guard case .call(let callee, let list) = expression.node else { return }
            var arguments = try evaluate(list)
            arguments.named.append(("caller", macro(definition)))
            try write(try text(of: try call(try evaluate(callee), arguments)))
        case .filterBlock(let filters, let body):
            try write(try text(of: try filtered(try capturedScoped(body), filters)))
        case .block(let body): try inScope(Scope(parent: scope), body)
        default: break
        }
    }

    private func macro(_ definition: MacroDefinition) -> JinjaValue {
        // The scope holds the macro, and the macro the scope.
        track(scope)
        return .macro(Macro(definition, scope: scope))
    }

    private func inScope(_ inner: Scope, _ body: [Statement]) throws(JinjaError) {
        let outer = scope
        scope = inner
        defer { scope = outer }
        try render(body)
    }

    private func capturedScoped(_ body: [Statement]) throws(JinjaError) -> String {
        try captured { () throws(JinjaError) in try inScope(Scope(parent: scope), body) }
    }

    private func filtered(_ text: String, _ filters: [Expression.FilterCall]) throws(JinjaError) -> JinjaValue {
        var value = JinjaValue.string(text)
        for filter in filters { value = try apply(filter, to: value) }
        return value
    }

    /// Renders a `for` over `items`; `depth` counts the calls of a recursive one.
    func render(_ statement: LoopStatement, items: JinjaValue, depth: Int) throws(JinjaError) {
        try enter()
        defer { leave() }
        let outer = scope
        defer { scope = outer }
        var chosen = try elements(of: items)
        try charge(chosen.count)
        if let test = statement.test {
            var kept: [JinjaValue] = []
            for item in chosen {
                try countIteration()
                scope = Scope(parent: outer)
                try assign(item, to: statement.target)
                if try evaluate(test).isTrue { kept.append(item) }
            }
            chosen = kept
        }
        let loop = Loop(statement, items: chosen, depth: depth, scope: outer)
        for (index, item) in chosen.enumerated() {
            try countIteration()
            loop.index = index
            scope = Scope(parent: outer)
            try assign(item, to: statement.target)
            scope.variables["loop"] = .loop(loop)
            try render(statement.body)
        }
        if chosen.isEmpty {
            scope = Scope(parent: outer)
            try render(statement.otherwise)
        }
    }
}
