import OrderedCollections

extension Evaluator {
    func call(_ callee: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        try enter()
        defer { leave() }
        switch callee {
        case .macro(let macro): return .string(try call(macro, arguments))
        case .function(let function): return try call(function, arguments)
        case .method(let receiver, let name): return try callMethod(name, of: receiver, arguments)
        case .loop(let loop):
            guard loop.statement.isRecursive else {
                throw typeError("The loop must have the 'recursive' marker to be called recursively")
            }
            let items = try arguments.bound("iterable", in: self)[0]
            guard let items else { throw typeError("loop() takes the items to go through") }
            let outer = scope
            scope = loop.scope
            defer { scope = outer }
            let text = try captured { () throws(JinjaError) in
                try render(loop.statement, items: items, depth: loop.depth + 1)
            }
            return .string(text)
        case .joiner(let joiner):
            _ = try arguments.bound(in: self)
            defer { joiner.wasUsed = true }
            return .string(joiner.wasUsed ? joiner.separator : "")
        case .undefined(let hint): throw fail(.undefined, hint)
        default: throw typeError("'\(callee.typeName)' object is not callable")
        }
    }

    private func call(_ macro: Macro, _ arguments: Arguments) throws(JinjaError) -> String {
        let definition = macro.definition
        let outer = scope
        let outerLine = line
        defer { (scope, line) = (outer, outerLine) }
        let inner = Scope(parent: macro.scope)
        scope = inner
        let count = definition.parameters.count
        for (name, value) in zip(definition.parameters, arguments.positional) { inner.variables[name] = value }
        let rest = DictionaryBox()
        for (name, value) in arguments.named {
            if let index = definition.parameters.firstIndex(of: name) {
                guard index >= arguments.positional.count else {
                    throw typeError("macro '\(definition.name)' got multiple values for argument '\(name)'")
                }
                inner.variables[name] = value
            } else if name == "caller" {
                inner.variables[name] = value
            } else {
                rest.set(name, value)
            }
        }
        if inner.variables["caller"] == nil { inner.variables["caller"] = .undefined("No caller defined") }
        inner.variables["varargs"] = .newTuple(Array(arguments.positional.dropFirst(count)))
        inner.variables["kwargs"] = .dictionary(rest)
        try checkSurplus(definition, arguments)
        let firstDefault = count - definition.defaults.count
        for (index, name) in definition.parameters.enumerated() where inner.variables[name] == nil {
            inner.variables[name] =
                index >= firstDefault
                ? try evaluate(definition.defaults[index - firstDefault])
                : .undefined("parameter '\(name)' was not provided")
        }
        return try captured { () throws(JinjaError) in try render(definition.body) }
    }

    /// Only a macro that mentions `varargs` or `kwargs` takes more arguments than it has parameters.
    private func checkSurplus(_ definition: MacroDefinition, _ arguments: Arguments) throws(JinjaError) {
        if arguments.positional.count > definition.parameters.count, !definition.mentions("varargs") {
            throw typeError(
                "macro '\(definition.name)' takes not more than \(definition.parameters.count) argument(s)")
        }
        let surplus = arguments.named.first { name, _ in
            !definition.parameters.contains(name) && name != "caller"
        }
        if let surplus, !definition.mentions("kwargs") {
            throw typeError("macro '\(definition.name)' takes no keyword argument '\(surplus.name)'")
        }
        if arguments["caller"] != nil, !definition.parameters.contains("caller"), !definition.mentions("caller") {
            throw typeError("macro '\(definition.name)' takes no keyword argument 'caller'")
        }
    }

    private func call(_ function: JinjaValue.Function, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        switch function {
        case .range: return try range(arguments)
        case .dict, .namespace:
            let box = DictionaryBox()
            guard arguments.positional.count <= 1 else { throw typeError("expected at most 1 argument") }
            if let first = arguments.positional.first { try fill(box, from: first) }
            for (name, value) in arguments.named { box.set(name, value) }
            if function == .dict { return .dictionary(box) }
            let namespace = Namespace()
            track(namespace)
            for entry in box.entries.values {
                if let name = entry.key.text { namespace.attributes[name] = entry.value }
            }
            return .namespace(namespace)
        case .cycler:
            guard !arguments.positional.isEmpty, arguments.named.isEmpty else {
                throw typeError("at least one item has to be provided")
            }
            return .cycler(Cycler(arguments.positional))
        case .joiner:
            let separator = try arguments.bound("sep", in: self)[0]
            return .joiner(Joiner(try separator.map { value throws(JinjaError) in try text(of: value) } ?? ", "))
        }
    }

    private func range(_ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        var numbers: [Int] = []
        for value in arguments.positional {
            guard let number = value.integer else {
                throw typeError("'\(value.typeName)' object cannot be interpreted as an integer")
            }
            numbers.append(number)
        }
        guard (1...3).contains(numbers.count), arguments.named.isEmpty else {
            throw typeError("range expected 1 to 3 arguments")
        }
        let (start, stop) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
        let step = numbers.count == 3 ? numbers[2] : 1
        guard step != 0 else { throw typeError("range() arg 3 must not be zero") }
        let count = PythonRange.count(start, stop, step)
        if count > limits.valueSize {
            throw fail(.limit, "A range of \(count) numbers exceeds the limit of \(limits.valueSize)")
        }
        return .range(start: start, stop: stop, step: step)
    }

    /// Adds the pairs of a mapping or of a sequence of pairs.
    func fill(_ box: DictionaryBox, from value: JinjaValue) throws(JinjaError) {
        if case .dictionary(let other) = value {
            try charge(other.entries.count)
            for (key, entry) in other.entries { box.set(key, entry.key, entry.value) }
            return
        }
        for pair in try elements(of: value) {
            let parts = try elements(of: pair)
            guard parts.count == 2 else { throw typeError("a mapping is made of pairs") }
            box.set(try key(parts[0]), parts[0], parts[1])
        }
    }
}
