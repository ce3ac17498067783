import OrderedCollections

/// The filters by name.
enum Filters {
    typealias Filter = @Sendable (Evaluator, JinjaValue, Arguments) throws(JinjaError) -> JinjaValue

    static let table: [String: Filter] = TextFilters.table
        .merging(SequenceFilters.table) { first, _ in first }
        .merging(SelectionFilters.table) { first, _ in first }
        .merging(ValueFilters.table) { first, _ in first }
}

extension Evaluator {
    /// Reads an optional argument that has to be an integer.
    func integer(_ value: JinjaValue?, default standard: Int) throws(JinjaError) -> Int {
        guard let value else { return standard }
        guard let number = value.integer else {
            throw typeError("'\(value.typeName)' object cannot be interpreted as an integer")
        }
        return number
    }

    /// Reads an optional argument as a text.
    func text(_ value: JinjaValue?, default standard: String) throws(JinjaError) -> String {
        guard let value else { return standard }
        return try text(of: value)
    }

    /// The path of `attribute='a.b.0'` in steps.
    func path(_ attribute: JinjaValue) throws(JinjaError) -> [JinjaValue] {
        guard case .string(let text) = attribute else { return [attribute] }
        return TextSearch.split(text, ".").map { step in
            !step.isEmpty && step.utf8.allSatisfy({ (48...57).contains($0) })
                ? Int(step).map(JinjaValue.int) ?? .string(step) : .string(step)
        }
    }

    /// What lies at the end of `path` in `item`; `standard` where a step is missing and it is given.
    func value(at path: [JinjaValue], in item: JinjaValue, default standard: JinjaValue? = nil)
        throws(JinjaError) -> JinjaValue
    {
        var value = item
        for step in path {
            value = try element(step, of: value)
            if let standard, value.isUndefined { value = standard }
        }
        return value
    }

    /// Sorts stably; the order may fail for values that have none.
    func sorted<Element>(
        _ elements: [Element], _ precedes: (Element, Element) throws(JinjaError) -> Bool
    ) throws(JinjaError) -> [Element] {
        guard elements.count > 1 else { return elements }
        let middle = elements.count / 2
        let left = try sorted(Array(elements[..<middle]), precedes)
        let right = try sorted(Array(elements[middle...]), precedes)
        var merged: [Element] = []
        merged.reserveCapacity(elements.count)
        var (first, second) = (0, 0)
        while first < left.count, second < right.count {
            if try precedes(right[second], left[first]) {
                merged.append(right[second])
                second += 1
            } else {
                merged.append(left[first])
                first += 1
            }
        }
        return merged + left[first...] + right[second...]
    }

    /// The value that filters compare by where they ignore case.
    func comparable(_ value: JinjaValue, caseSensitive: Bool) -> JinjaValue {
        guard !caseSensitive, case .string(let text) = value else { return value }
        return .string(text.lowercased())
    }
}
