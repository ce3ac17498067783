import OrderedCollections

/// Filters on sequences as a whole.
enum SequenceFilters {
    static let table: [String: Filters.Filter] = [
        "batch": batch, "count": length, "dictsort": sortMapping, "first": first, "groupby": groupBy, "items": items,
        "join": join, "last": last, "length": length, "list": list, "max": max, "min": min, "reverse": reverse,
        "slice": slice, "sort": sort, "sum": sum, "unique": unique,
    ]

    static func length(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        guard let count = run.count(of: value) else {
            throw run.typeError("object of type '\(value.typeName)' has no len()")
        }
        return .int(count)
    }

    static func list(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return .newList(try run.elements(of: value))
    }

    static func first(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return try run.elements(of: value).first ?? .undefined("No first item, sequence was empty.")
    }

    static func last(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        return try run.elements(of: value).last ?? .undefined("No last item, sequence was empty.")
    }

    static func reverse(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue
    {
        _ = try arguments.bound(in: run)
        if case .string(let text) = value {
            var reversed = String.UnicodeScalarView()
            reversed.append(contentsOf: text.unicodeScalars.reversed())
            return .string(String(reversed))
        }
        return .newList(try run.elements(of: value).reversed())
    }

    static func items(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        _ = try arguments.bound(in: run)
        switch value {
        case .undefined: return .newList([])
        case .dictionary(let box): return .newList(box.entries.values.map { .newTuple([$0.key, $0.value]) })
        default: throw run.typeError("Can only get item pairs from a mapping.")
        }
    }

    static func join(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("d", "attribute", in: run)
        let separator = try run.text(given[0], default: "")
        let path = try given[1].map { value throws(JinjaError) in try run.path(value) } ?? []
        var result = ""
        for (index, element) in try run.elements(of: value).enumerated() {
            if index > 0 { result += separator }
            result += try run.text(of: try run.value(at: path, in: element))
            try run.checkSize(result.utf8.count)
        }
        try run.chargeValue(result.utf8.count)
        return .string(result)
    }

    static func sum(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("attribute", "start", in: run)
        var total = given[1] ?? .int(0)
        let attribute: JinjaValue? = if let given = given[0], case .none = given { nil } else { given[0] }
        let path = try attribute.map { value throws(JinjaError) in try run.path(value) } ?? []
        for element in try run.elements(of: value) {
            total = try run.calculate(.add, total, try run.value(at: path, in: element))
        }
        return total
    }

    static func min(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        try extreme(run, value, arguments) { $0 < 0 }
    }

    static func max(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        try extreme(run, value, arguments) { $0 > 0 }
    }

    private static func extreme(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments, _ isBetter: (Int) -> Bool
    ) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("case_sensitive", "attribute", in: run)
        let path = try given[1].map { value throws(JinjaError) in try run.path(value) } ?? []
        let caseSensitive = given[0]?.isTrue ?? false
        var best: (element: JinjaValue, key: JinjaValue)?
        for element in try run.elements(of: value) {
            let key = run.comparable(try run.value(at: path, in: element), caseSensitive: caseSensitive)
            if let current = best {
                guard let order = try run.order(key, current.key), isBetter(order) else { continue }
            }
            best = (element, key)
        }
        return best?.element ?? .undefined("No aggregated item, sequence was empty.")
    }

    static func sort(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("reverse", "case_sensitive", "attribute", in: run)
        var paths: [[JinjaValue]] = []
        if let attribute = given[2], case .string(let text) = attribute {
            for part in TextSearch.split(text, ",") { paths.append(try run.path(.string(part))) }
        } else if let attribute = given[2], attribute.integer != nil {
            paths = [[attribute]]
        } else {
            paths = [[]]
        }
        let caseSensitive = given[1]?.isTrue ?? false
        return .newList(
            try sorted(run, try run.elements(of: value), by: paths, caseSensitive, reversed: given[0]?.isTrue ?? false))
    }

    private static func sorted(
        _ run: Evaluator, _ elements: [JinjaValue], by paths: [[JinjaValue]], _ caseSensitive: Bool, reversed: Bool
    ) throws(JinjaError) -> [JinjaValue] {
        var keyed: [(key: [JinjaValue], element: JinjaValue)] = []
        for element in elements {
            var key: [JinjaValue] = []
            for path in paths {
                key.append(run.comparable(try run.value(at: path, in: element), caseSensitive: caseSensitive))
            }
            keyed.append((key, element))
        }
        try run.charge(elements.count)
        let sorted = try run.sorted(keyed) { left, right throws(JinjaError) in
            for (left, right) in zip(left.key, right.key) {
                guard try !run.equal(left, right), let order = try run.order(left, right) else { continue }
                return reversed ? order > 0 : order < 0
            }
            return false
        }
        return sorted.map(\.element)
    }

    static func sortMapping(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("case_sensitive", "by", "reverse", in: run)
        let by = try run.text(given[1], default: "key")
        guard by == "key" || by == "value" else {
            throw run.typeError("You can only sort by either 'key' or 'value'")
        }
        guard case .dictionary(let box) = value else { throw run.typeError("dictsort takes a mapping") }
        return .newList(
            try sorted(
                run, box.entries.values.map { .newTuple([$0.key, $0.value]) }, by: [[.int(by == "key" ? 0 : 1)]],
                given[0]?.isTrue ?? false, reversed: given[2]?.isTrue ?? false))
    }

    static func unique(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("case_sensitive", "attribute", in: run)
        let path = try given[1].map { value throws(JinjaError) in try run.path(value) } ?? []
        var seen: Set<JinjaKey> = []
        var kept: [JinjaValue] = []
        for element in try run.elements(of: value) {
            let key = run.comparable(try run.value(at: path, in: element), caseSensitive: given[0]?.isTrue ?? false)
            if seen.insert(try run.key(key)).inserted { kept.append(element) }
        }
        return .newList(kept)
    }

    static func groupBy(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue
    {
        let given = try arguments.bound("attribute", "default", "case_sensitive", in: run)
        guard let attribute = given[0] else { throw run.typeError("groupby takes an attribute") }
        let path = try run.path(attribute)
        let caseSensitive = given[2]?.isTrue ?? false
        var keyed: [(key: JinjaValue, shown: JinjaValue, element: JinjaValue)] = []
        for element in try run.elements(of: value) {
            let shown = try run.value(at: path, in: element, default: given[1])
            keyed.append((run.comparable(shown, caseSensitive: caseSensitive), shown, element))
        }
        let sorted = try run.sorted(keyed) { left, right throws(JinjaError) in
            try run.order(left.key, right.key) ?? 0 < 0
        }
        var groups: [(key: JinjaValue, shown: JinjaValue, elements: [JinjaValue])] = []
        for (key, shown, element) in sorted {
            if let last = groups.last, try run.equal(last.key, key) {
                groups[groups.count - 1].elements.append(element)
            } else {
                groups.append((key, shown, [element]))
            }
        }
        return .newList(groups.map { .group($0.shown, ListBox($0.elements)) })
    }

    static func batch(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("linecount", "fill_with", in: run)
        let size = try run.integer(given[0], default: 0)
        let elements = try run.elements(of: value)
        guard size > 0 else { throw run.typeError("batch takes the size of a batch, 1 or more") }
        var batches: [[JinjaValue]] = []
        for (index, element) in elements.enumerated() {
            if index.isMultiple(of: size) { batches.append([]) }
            batches[batches.count - 1].append(element)
        }
        if let fill = filling(given[1]), let last = batches.last, last.count < size {
            try run.chargeValue(size)
            batches[batches.count - 1] += Array(repeating: fill, count: size - last.count)
        }
        return .newList(batches.map(JinjaValue.newList))
    }

    static func slice(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        let given = try arguments.bound("slices", "fill_with", in: run)
        let slices = try run.integer(given[0], default: 0)
        guard slices > 0 else { throw run.typeError("slice takes the number of slices, 1 or more") }
        try run.chargeValue(slices)
        let elements = try run.elements(of: value)
        let (size, extra) = elements.count.quotientAndRemainder(dividingBy: slices)
        var result: [JinjaValue] = []
        var start = 0
        for index in 0..<slices {
            let end = start + size + (index < extra ? 1 : 0)
            var part = Array(elements[start..<end])
            if let fill = filling(given[1]), index >= extra { part.append(fill) }
            result.append(.newList(part))
            start = end
        }
        return .newList(result)
    }

    private static func filling(_ value: JinjaValue?) -> JinjaValue? {
        if let value, case .none = value { nil } else { value }
    }
}
