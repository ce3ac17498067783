import OrderedCollections

extension Evaluator {
    func evaluate(_ expression: Expression) throws(JinjaError) -> JinjaValue {
        try enter()
        defer { leave() }
        return switch expression.node {
        case .none: .none
        case .bool(let flag): .bool(flag)
        case .integer(let number): .int(number)
        case .float(let number): .double(number)
        case .string(let text): .string(text)
        case .name(let name): value(of: name)
        case .attribute(let object, let name): try attribute(name, of: try evaluate(object))
        case .element(let object, let key): try element(try evaluate(key), of: try evaluate(object))
        case .list, .tuple, .dictionary, .slice: try evaluateContainer(expression)
        case .call(let callee, let arguments): try call(try evaluate(callee), try evaluate(arguments))
        case .filter(let operand, let filter): try apply(filter, to: try evaluate(operand))
        case .test(let operand, let test):
            .bool(try Tests.holds(test.name, try evaluate(operand), try evaluate(test.arguments), self))
        default: try evaluateOperation(expression)
        }
    }

    private func evaluateContainer(_ expression: Expression) throws(JinjaError) -> JinjaValue {
        switch expression.node {
        case .list(let expressions): return .newList(try evaluate(expressions))
        case .tuple(let expressions): return .newTuple(try evaluate(expressions))
        case .dictionary(let pairs):
            let box = DictionaryBox()
            try charge(pairs.count)
            for pair in pairs {
                let key = try evaluate(pair.key)
                box.set(try self.key(key), key, try evaluate(pair.value))
            }
            return .dictionary(box)
        case .slice(let object, let slice):
            let value = try evaluate(object)
            var bounds: [JinjaValue] = []
            for bound in [slice.start, slice.stop, slice.step] {
                if let bound { bounds.append(try evaluate(bound)) } else { bounds.append(.none) }
            }
            return try self.slice(value, start: bounds[0], stop: bounds[1], step: bounds[2])
        default: return .none
        }
    }

    func evaluate(_ expressions: [Expression]) throws(JinjaError) -> [JinjaValue] {
        var values: [JinjaValue] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try evaluate(expression)) }
        try charge(values.count)
        return values
    }

    private func evaluateOperation(_ expression: Expression) throws(JinjaError) -> JinjaValue {
        switch expression.node {
        case .and(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? try evaluate(right) : value
        case .or(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? value : try evaluate(right)
        case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
        case .conditional(let test, let then, let otherwise):
            if try evaluate(test).isTrue { return try evaluate(then) }
            guard let otherwise else {
                return .undefined("the inline if-expression evaluated to false and no else section was defined")
            }
            return try evaluate(otherwise)
        case .comparison(let left, let comparisons):
            var left = try evaluate(left)
            for comparison in comparisons {
                let right = try evaluate(comparison.right)
                guard try holds(comparison.relation, left, right) else { return .bool(false) }
                left = right
            }
            return .bool(true)
        case .operation(let left, let operation, let right):
            return try calculate(operation, try evaluate(left), try evaluate(right))
        case .concatenation(let parts):
            var text = ""
            for part in parts {
                let piece = try self.text(of: try evaluate(part))
                try charge(piece.utf8.count)
                text += piece
                try checkSize(text.utf8.count)
            }
            return .string(text)
        case .negative(let operand): return try negated(try evaluate(operand))
        case .positive(let operand):
            let value = try evaluate(operand)
            return switch try number(value, "unary +") {
            case .int(let number): .int(number)
            case .double(let number): .double(number)
            }
        default: return .none
        }
    }

    func evaluate(_ list: Expression.ArgumentList) throws(JinjaError) -> Arguments {
        var arguments = Arguments()
        arguments.positional = try evaluate(list.positional)
        for (name, expression) in list.named {
            guard arguments[name] == nil else {
                throw typeError("got multiple values for keyword argument '\(name)'")
            }
            arguments.named.append((name, try evaluate(expression)))
        }
        if let spread = list.spread { arguments.positional += try elements(of: try evaluate(spread)) }
        if let spread = list.spreadNamed {
            guard case .dictionary(let box) = try evaluate(spread) else {
                throw typeError("argument after ** must be a mapping")
            }
            for entry in box.entries.values {
                guard let name = entry.key.text else { throw typeError("keywords must be strings") }
                guard arguments[name] == nil else {
                    throw typeError("got multiple values for keyword argument '\(name)'")
                }
                arguments.named.append((name, entry.value))
            }
        }
        try charge(arguments.positional.count + arguments.named.count)
        return arguments
    }

    func apply(_ filter: Expression.FilterCall, to value: JinjaValue) throws(JinjaError) -> JinjaValue {
        try apply(filter.name, to: value, try evaluate(filter.arguments))
    }

    func apply(_ name: String, to value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        guard let filter = Filters.table[name] else { throw fail(.syntax, "There is no filter '\(name)'") }
        try charge(size(of: value))
        return try filter(self, value, arguments)
    }
}
