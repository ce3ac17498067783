/// Filters that apply a filter, a test or an attribute to every element.
enum SelectionFilters {
    static let table: [String: Filters.Filter] = [
        "map": map, "reject": reject, "rejectattr": rejectByAttribute, "select": select,
        "selectattr": selectByAttribute,
    ]

    static func map(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        var results: [JinjaValue] = []
        if arguments.positional.isEmpty {
            guard let attribute = arguments["attribute"] else {
                throw run.typeError("map requires a filter argument")
            }
            if let other = arguments.named.first(where: { $0.name != "attribute" && $0.name != "default" }) {
                throw run.typeError("Unexpected keyword argument '\(other.name)'")
            }
            let path = try run.path(attribute)
            for element in try run.elements(of: value) {
                results.append(try run.value(at: path, in: element, default: arguments["default"]))
            }
            return .newList(results)
        }
        var rest = arguments
        guard let name = rest.positional.removeFirst().text else {
            throw run.typeError("map requires the name of a filter")
        }
        guard Filters.table[name] != nil else { throw run.fail(.syntax, "There is no filter '\(name)'") }
        for element in try run.elements(of: value) {
            try run.charge(1)
            results.append(try run.apply(name, to: element, rest))
        }
        return .newList(results)
    }

    static func select(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        try choose(run, value, arguments, byAttribute: false, keeping: true)
    }

    static func reject(_ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        try choose(run, value, arguments, byAttribute: false, keeping: false)
    }

    static func selectByAttribute(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        try choose(run, value, arguments, byAttribute: true, keeping: true)
    }

    static func rejectByAttribute(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments
    ) throws(JinjaError) -> JinjaValue {
        try choose(run, value, arguments, byAttribute: true, keeping: false)
    }

    private static func choose(
        _ run: Evaluator, _ value: JinjaValue, _ arguments: Arguments, byAttribute: Bool, keeping: Bool
    ) throws(JinjaError) -> JinjaValue {
        var rest = arguments
        var path: [JinjaValue] = []
        if byAttribute {
            guard !rest.positional.isEmpty else { throw run.typeError("Missing parameter for attribute name") }
            path = try run.path(rest.positional.removeFirst())
        }
        var test: String?
        if !rest.positional.isEmpty {
            let name = rest.positional.removeFirst().text
            guard let name, Tests.table[name] != nil else { throw run.fail(.syntax, "There is no such test") }
            test = name
        }
        var kept: [JinjaValue] = []
        for element in try run.elements(of: value) {
            try run.charge(1)
            let subject = try run.value(at: path, in: element)
            let holds = if let test { try Tests.holds(test, subject, rest, run) } else { subject.isTrue }
            if holds == keeping { kept.append(element) }
        }
        return .newList(kept)
    }
}
