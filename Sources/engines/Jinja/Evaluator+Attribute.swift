import OrderedCollections

/// Attributes, subscripts and iteration. Attributes are keys and the few methods listed here; nothing else of the host
/// can be reached.
extension Evaluator {
    /// `object.name`: methods first, then keys, else undefined.
    func attribute(_ name: String, of object: JinjaValue) throws(JinjaError) -> JinjaValue {
        if case .undefined(let hint) = object { throw fail(.undefined, hint) }
        if let found = ownAttribute(name, of: object) { return found }
        if case .dictionary(let box) = object, let value = box[name] { return value }
        return missing(name, of: object)
    }

    private func missing(_ name: String, of object: JinjaValue) -> JinjaValue {
        .undefined("'\(object.typeName) object' has no attribute '\(name)'")
    }

    /// What is no key: a method, or an attribute of a loop, a macro and the like.
    func ownAttribute(_ name: String, of object: JinjaValue) -> JinjaValue? {
        if name == "__class__" { return .type(object.typeName) }
        switch object {
        case .string: return TextMethods.names.contains(name) ? .method(object, name) : nil
        case .dictionary, .list, .tuple, .view:
            return ContainerMethods.has(name, object) ? .method(object, name) : nil
        case .group(let key, let box):
            return name == "grouper" ? key : name == "list" ? .list(box) : nil
        case .type(let type):
            if name == "__name__" { return .string(type) }
            guard name == "__mro__" else { return nil }
            let line = type == "bool" ? ["bool", "int", "object"] : type == "object" ? [type] : [type, "object"]
            return .newTuple(line.map(JinjaValue.type))
        case .namespace(let namespace): return namespace.attributes[name]
        case .macro(let macro):
            switch name {
            case "name": return .string(macro.definition.name)
            case "arguments": return .newTuple(macro.definition.parameters.map(JinjaValue.string))
            case "catch_varargs": return .bool(macro.definition.mentions("varargs"))
            case "catch_kwargs": return .bool(macro.definition.mentions("kwargs"))
            case "caller": return .bool(macro.definition.mentions("caller"))
            default: return nil
            }
        case .loop(let loop): return loop.attribute(name)
        case .cycler(let cycler):
            if name == "current" { return cycler.items[cycler.index] }
            return name == "next" || name == "reset" ? .method(object, name) : nil
        case .range(let start, let stop, let step):
            return ["start": .int(start), "stop": .int(stop), "step": .int(step)][name]
        default: return nil
        }
    }

    /// `object[key]`: elements first, then attributes, else undefined.
    func element(_ key: JinjaValue, of object: JinjaValue) throws(JinjaError) -> JinjaValue {
        if case .undefined(let hint) = object { throw fail(.undefined, hint) }
        switch object {
        case .dictionary(let box):
            if let key = try? self.key(key), let entry = box.entries[key] { return entry.value }
        case .string(let text):
            if let index = key.integer {
                let scalars = text.unicodeScalars
                try charge(scalars.count / 16)
                if let place = Self.place(index, scalars.count) {
                    return .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: place)]))
                }
            }
        case .range(let start, let stop, let step):
            if let index = key.integer, let place = Self.place(index, PythonRange.count(start, stop, step)) {
                return .int(PythonRange.element(start, step, place))
            }
        case .list, .tuple, .group:
            if let index = key.integer, let elements = object.sequence, let place = Self.place(index, elements.count) {
                return elements[place]
            }
        default: break
        }
        guard let name = key.text else {
            return .undefined("\(object.typeName) object has no element \(try repr(of: key))")
        }
        return ownAttribute(name, of: object) ?? missing(name, of: object)
    }

    /// Where an index, from the end if negative, points to.
    static func place(_ index: Int, _ count: Int) -> Int? {
        let place = index < 0 ? index + count : index
        return (0..<count).contains(place) ? place : nil
    }

    func slice(
        _ object: JinjaValue, start: JinjaValue, stop: JinjaValue, step: JinjaValue
    ) throws(JinjaError) -> JinjaValue {
        if case .undefined(let hint) = object { throw fail(.undefined, hint) }
        let length: Int
        switch object {
        case .string(let text): length = text.unicodeScalars.count
        case .range(let start, let stop, let step): length = PythonRange.count(start, stop, step)
        case .list, .tuple, .group: length = object.sequence?.count ?? 0
        default: throw typeError("'\(object.typeName)' object cannot be sliced")
        }
        guard let places = places(start, stop, step, length) else {
            throw typeError("slice indices must be integers or None, and the step not zero")
        }
        try chargeValue(places.count)
        switch object {
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            try charge(scalars.count)
            var result = String.UnicodeScalarView()
            for place in places { result.append(scalars[place]) }
            return .string(String(result))
        case .range(let start, _, let step):
            return .newList(places.map { .int(PythonRange.element(start, step, $0)) })
        default:
            let elements = object.sequence ?? []
            let chosen = places.map { elements[$0] }
            if case .list = object { return .newList(chosen) }
            return .newTuple(chosen)
        }
    }

    /// The places that a slice of Python chooses; nil where its bounds are no integers.
    private func places(
        _ start: JinjaValue, _ stop: JinjaValue, _ step: JinjaValue, _ length: Int
    ) -> [Int]? {
        func bound(_ value: JinjaValue) -> Int?? {
            if case .none = value { return .some(nil) }
            return value.integer.map { .some($0) }
        }
        guard let start = bound(start), let stop = bound(stop), let step = bound(step) else { return nil }
        let stride = step ?? 1
        guard stride != 0 else { return nil }
        func clamp(_ index: Int, _ low: Int, _ high: Int) -> Int {
            let place = index < 0 ? max(index, -length - 1) + length : index
            return min(max(place, low), high)
        }
        if stride > 0 {
            let first = start.map { clamp($0, 0, length) } ?? 0
            let last = stop.map { clamp($0, 0, length) } ?? length
            return Array(Swift.stride(from: first, to: max(first, last), by: min(stride, length + 1)))
        }
        let first = start.map { clamp($0, -1, length - 1) } ?? length - 1
        let last = stop.map { clamp($0, -1, length - 1) } ?? -1
        return Array(Swift.stride(from: first, to: min(first, last), by: max(stride, -length - 1)))
    }

    /// What a `for` goes through.
    func elements(of value: JinjaValue) throws(JinjaError) -> [JinjaValue] {
        if let sequence = value.sequence { return sequence }
        switch value {
        case .undefined: return []
        case .dictionary(let box): return box.keys
        case .string(let text):
            try charge(text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        case .range(let start, let stop, let step):
            let count = PythonRange.count(start, stop, step)
            try chargeValue(count)
            return (0..<count).map { .int(PythonRange.element(start, step, $0)) }
        case .loop(let loop): return Array(loop.items.dropFirst(loop.index + 1))
        default: throw typeError("'\(value.typeName)' object is not iterable")
        }
    }

    /// How much work it is to go through the value once.
    func size(of value: JinjaValue) -> Int {
        if case .string(let text) = value { return text.utf8.count }
        return count(of: value) ?? 1
    }

    /// Python's `len()`; nil where there is none.
    func count(of value: JinjaValue) -> Int? {
        switch value {
        case .undefined: 0
        case .string(let text): text.unicodeScalars.count
        case .dictionary(let box): box.entries.count
        case .range(let start, let stop, let step): PythonRange.count(start, stop, step)
        case .loop(let loop): loop.items.count
        default: value.sequence?.count
        }
    }
}
