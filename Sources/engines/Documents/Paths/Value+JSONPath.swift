import OrderedCollections
import Primitives

extension Value {
    /// The first place that `path` matches.
    func first(at path: JSONPath) -> Value? { first(path.steps[...]) }

    private func first(_ steps: ArraySlice<JSONPath.Step>) -> Value? {
        guard let step = steps.first else { return self }
        let rest = steps.dropFirst()
        switch (step, self) {
        case (.name(let name), .object(let members)):
            return members[name]?.first(rest)
        case (.anyName, .object(let members)):
            return members.values.lazy.compactMap { $0.first(rest) }.first
        case (.index(let index), .array(let elements)):
            return elements.place(index).flatMap { elements[$0].first(rest) }
        case (.anyIndex, .array(let elements)):
            return elements.lazy.compactMap { $0.first(rest) }.first
        case (.descend, _):
            if let here = first(rest) { return here }
            switch self {
            case .object(let members): return members.values.lazy.compactMap { $0.first(steps) }.first
            case .array(let elements): return elements.lazy.compactMap { $0.first(steps) }.first
            default: return nil
            }
        default:
            return nil
        }
    }

    /// The value with `replacement` at every place that `path` matches.
    func replacing(_ path: JSONPath, with replacement: Value) -> Value { replacing(path.steps[...], with: replacement) }

    private func replacing(_ steps: ArraySlice<JSONPath.Step>, with replacement: Value) -> Value {
        guard let step = steps.first else { return replacement }
        let rest = steps.dropFirst()
        switch (step, self) {
        case (.name(let name), .object(var members)):
            guard let member = members[name] else { return self }
            members[name] = member.replacing(rest, with: replacement)
            return .object(members)
        case (.anyName, .object(let members)):
            return .object(members.mapValues { $0.replacing(rest, with: replacement) })
        case (.index(let index), .array(var elements)):
            guard let place = elements.place(index) else { return self }
            elements[place] = elements[place].replacing(rest, with: replacement)
            return .array(elements)
        case (.anyIndex, .array(let elements)):
            return .array(elements.map { $0.replacing(rest, with: replacement) })
        case (.descend, .object(let members)):
            let below = Value.object(members.mapValues { $0.replacing(steps, with: replacement) })
            return below.replacing(rest, with: replacement)
        case (.descend, .array(let elements)):
            let below = Value.array(elements.map { $0.replacing(steps, with: replacement) })
            return below.replacing(rest, with: replacement)
        default:
            return self
        }
    }
}

extension Value {
    /// The way to the first place below, depth first, that holds `target`.
    func stepsToFirst(equal target: Value) -> [JSONPath.Step]? {
        switch self {
        case .object(let members):
            for (name, member) in members {
                if member.isSame(as: target) { return [.name(name)] }
                if let steps = member.stepsToFirst(equal: target) { return [.name(name)] + steps }
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                if element.isSame(as: target) { return [.index(index)] }
                if let steps = element.stepsToFirst(equal: target) { return [.index(index)] + steps }
            }
        default: break
        }
        return nil
    }
}

extension Array {
    /// Where element `index` is, counting from the end if negative; nil beyond the ends.
    func place(_ index: Int) -> Int? {
        let place = index < 0 ? count + index : index
        return indices.contains(place) ? place : nil
    }
}
