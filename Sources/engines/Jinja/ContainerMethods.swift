import OrderedCollections

/// The methods of mappings and lists that templates can call.
enum ContainerMethods {
    private static let ofMappings: Set<String> = [
        "items", "keys", "values", "get", "pop", "update", "setdefault", "copy", "clear",
    ]
    private static let ofLists: Set<String> = [
        "append", "extend", "insert", "pop", "remove", "index", "count", "reverse", "sort", "copy", "clear",
    ]
    private static let ofTuples: Set<String> = ["index", "count"]

    static func has(_ name: String, _ value: JinjaValue) -> Bool {
        switch value {
        case .dictionary: ofMappings.contains(name)
        case .list: ofLists.contains(name)
        case .tuple: ofTuples.contains(name)
        default: false
        }
    }

    static func call(
        _ name: String, of box: DictionaryBox, _ arguments: Arguments, _ run: Evaluator
    ) throws(JinjaError) -> JinjaValue {
        try run.charge(name == "get" ? 1 : box.entries.count)
        switch name {
        case "items":
            _ = try arguments.bound(in: run)
            return .view(.items, ListBox(box.entries.values.map { .newTuple([$0.key, $0.value]) }))
        case "keys":
            _ = try arguments.bound(in: run)
            return .view(.keys, ListBox(box.keys))
        case "values":
            _ = try arguments.bound(in: run)
            return .view(.values, ListBox(box.entries.values.map(\.value)))
        case "copy":
            _ = try arguments.bound(in: run)
            return .dictionary(DictionaryBox(box.entries))
        default: break
        }
        run.track(box)
        switch name {
        case "get", "setdefault", "pop":
            let given = try arguments.bound("key", "default", in: run)
            guard let shown = given[0] else { throw run.typeError("\(name) expected at least 1 argument") }
            let key = try run.key(shown)
            let value = name == "pop" ? box.remove(key) : box.entries[key]?.value
            if let value { return value }
            if name == "setdefault" { try set(box, key, shown, given[1] ?? .none, run) }
            if name == "pop", given[1] == nil { throw run.typeError("pop: no such key") }
            return given[1] ?? .none
        case "update":
            for value in arguments.positional.prefix(1) {
                try run.checkDepth(value)
                try run.fill(box, from: value)
            }
            for (name, value) in arguments.named { try set(box, .string(name), .string(name), value, run) }
            return .none
        default:
            box.release()
            return .none
        }
    }

    private static func set(
        _ box: DictionaryBox, _ key: JinjaKey, _ shown: JinjaValue, _ value: JinjaValue, _ run: Evaluator
    ) throws(JinjaError) {
        try run.checkDepth(value)
        box.set(key, shown, value)
        try run.checkSize(box.entries.count)
    }

    static func call(
        _ name: String, of box: ListBox, _ arguments: Arguments, _ run: Evaluator
    ) throws(JinjaError) -> JinjaValue {
        let given = arguments.positional
        guard arguments.named.isEmpty || name == "sort", given.count <= 2 else {
            throw run.typeError("\(name)() takes other arguments")
        }
        try run.charge(name == "append" ? 1 : box.elements.count)
        switch (name, given.count) {
        case ("index", 1):
            for (index, element) in box.elements.enumerated() where try run.equal(element, given[0]) {
                return .int(index)
            }
            throw run.typeError("the value is not in the list")
        case ("count", 1):
            var count = 0
            for element in box.elements where try run.equal(element, given[0]) { count += 1 }
            return .int(count)
        case ("copy", 0): return .newList(box.elements)
        default: return try change(name, box, given, arguments, run)
        }
    }

    private static func change(
        _ name: String, _ box: ListBox, _ given: [JinjaValue], _ arguments: Arguments, _ run: Evaluator
    ) throws(JinjaError) -> JinjaValue {
        run.track(box)
        for value in given {
            try run.checkDepth(value)
            box.depth = max(box.depth, 1 + value.depth)
        }
        switch (name, given.count) {
        case ("append", 1): box.elements.append(given[0])
        case ("extend", 1): box.elements += try run.elements(of: given[0])
        case ("insert", 2):
            let index = try run.integer(given[0], default: 0)
            let place = index < 0 ? max(0, index + box.elements.count) : min(index, box.elements.count)
            box.elements.insert(given[1], at: place)
        case ("pop", 0), ("pop", 1):
            let index = try run.integer(given.first, default: -1)
            guard let place = Evaluator.place(index, box.elements.count) else {
                throw run.typeError("pop index out of range")
            }
            return box.elements.remove(at: place)
        case ("remove", 1):
            for (index, element) in box.elements.enumerated() where try run.equal(element, given[0]) {
                box.elements.remove(at: index)
                return .none
            }
            throw run.typeError("list.remove(x): x not in list")
        case ("reverse", 0): box.elements.reverse()
        case ("sort", 0):
            let reversed = arguments["reverse"]?.isTrue ?? false
            box.elements = try run.sorted(box.elements) { left, right throws(JinjaError) in
                let order = try run.order(left, right) ?? 0
                return reversed ? order > 0 : order < 0
            }
        case ("clear", 0): box.release()
        default: throw run.typeError("\(name)() takes other arguments")
        }
        try run.checkSize(box.elements.count)
        return .none
    }
}

extension Evaluator {
    func callMethod(
        _ name: String, of receiver: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        switch receiver {
        case .string(let text): return try TextMethods.call(name, of: text, arguments, self)
        case .dictionary(let box): return try ContainerMethods.call(name, of: box, arguments, self)
        case .list(let box), .tuple(let box): return try ContainerMethods.call(name, of: box, arguments, self)
        case .loop(let loop):
            if name == "cycle" {
                guard !arguments.positional.isEmpty else { throw typeError("no items for cycling given") }
                return arguments.positional[loop.index % arguments.positional.count]
            }
            let values = arguments.positional
            if let last = loop.lastChanged, try equal(.newTuple(last), .newTuple(values)) { return .bool(false) }
            loop.lastChanged = values
            return .bool(true)
        case .cycler(let cycler):
            _ = try arguments.bound(in: self)
            let current = cycler.items[cycler.index]
            cycler.index = name == "next" ? (cycler.index + 1) % cycler.items.count : 0
            return name == "next" ? current : .none
        default: throw typeError("'\(receiver.typeName)' has no method '\(name)'")
        }
    }
}
