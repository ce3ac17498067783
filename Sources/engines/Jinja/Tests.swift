/// The tests of `is` by name.
enum Tests {
    typealias Test = @Sendable (Evaluator, JinjaValue, Arguments) throws(JinjaError) -> Bool

    static func holds(
        _ name: String, _ value: JinjaValue, _ arguments: Arguments, _ run: Evaluator
    ) throws(JinjaError) -> Bool {
        guard let test = table[name] else { throw run.fail(.syntax, "There is no test '\(name)'") }
        try run.charge(1)
        return try test(run, value, arguments)
    }

    static let table: [String: Test] = kinds.merging(relations) { first, _ in first }
        .merging(numbersAndTexts) { first, _ in first }

    private static let kinds: [String: Test] = [
        "defined": { run, value, arguments throws(JinjaError) in try plain(run, arguments, !value.isUndefined) },
        "undefined": { run, value, arguments throws(JinjaError) in try plain(run, arguments, value.isUndefined) },
        "none": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, value.typeName == "NoneType")
        },
        "boolean": { run, value, arguments throws(JinjaError) in try plain(run, arguments, value.typeName == "bool") },
        "true": { run, value, arguments throws(JinjaError) in
            if case .bool(true) = value { return try plain(run, arguments, true) }
            return try plain(run, arguments, false)
        },
        "false": { run, value, arguments throws(JinjaError) in
            if case .bool(false) = value { return try plain(run, arguments, true) }
            return try plain(run, arguments, false)
        },
        "integer": { run, value, arguments throws(JinjaError) in try plain(run, arguments, value.typeName == "int") },
        "float": { run, value, arguments throws(JinjaError) in try plain(run, arguments, value.typeName == "float") },
        "number": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, ["int", "float", "bool"].contains(value.typeName))
        },
        "string": { run, value, arguments throws(JinjaError) in try plain(run, arguments, value.text != nil) },
        "mapping": { run, value, arguments throws(JinjaError) in try plain(run, arguments, value.typeName == "dict") },
        "iterable": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, run.count(of: value) != nil)
        },
        "sequence": { run, value, arguments throws(JinjaError) in
            let isSequence = if case .view = value { false } else { run.count(of: value) != nil }
            return try plain(run, arguments, isSequence)
        },
        "callable": { run, value, arguments throws(JinjaError) in
            switch value {
            case .macro, .function, .method, .type, .loop, .joiner, .undefined: try plain(run, arguments, true)
            default: try plain(run, arguments, false)
            }
        },
        "escaped": { run, _, arguments throws(JinjaError) in try plain(run, arguments, false) },
        "filter": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, value.text.map { Filters.table[$0] != nil } ?? false)
        },
        "test": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, value.text.map { table[$0] != nil } ?? false)
        },
    ]

    private static let relations: [String: Test] = [
        "in": { run, value, arguments throws(JinjaError) in try run.contains(try operand(run, arguments), value) },
        "sameas": { run, value, arguments throws(JinjaError) in
            try isSame(value, try operand(run, arguments), run)
        },
        "==": relation(.equal), "eq": relation(.equal), "equalto": relation(.equal),
        "!=": relation(.notEqual), "ne": relation(.notEqual),
        "<": relation(.less), "lt": relation(.less), "lessthan": relation(.less),
        "<=": relation(.lessOrEqual), "le": relation(.lessOrEqual),
        ">": relation(.greater), "gt": relation(.greater), "greaterthan": relation(.greater),
        ">=": relation(.greaterOrEqual), "ge": relation(.greaterOrEqual),
    ]

    private static func relation(_ relation: Expression.Relation) -> Test {
        { run, value, arguments throws(JinjaError) in try run.holds(relation, value, try operand(run, arguments)) }
    }

    private static let numbersAndTexts: [String: Test] = [
        "odd": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, try remainder(run, value, by: .int(2)) == 1)
        },
        "even": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, try remainder(run, value, by: .int(2)) == 0)
        },
        "divisibleby": { run, value, arguments throws(JinjaError) in
            try remainder(run, value, by: try operand(run, arguments)) == 0
        },
        "lower": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, TextMethods.isLower(try run.text(of: value)))
        },
        "upper": { run, value, arguments throws(JinjaError) in
            try plain(run, arguments, TextMethods.isUpper(try run.text(of: value)))
        },
    ]

    private static func plain(_ run: Evaluator, _ arguments: Arguments, _ holds: Bool) throws(JinjaError) -> Bool {
        _ = try arguments.bound(in: run)
        return holds
    }

    private static func operand(_ run: Evaluator, _ arguments: Arguments) throws(JinjaError) -> JinjaValue {
        guard arguments.positional.count == 1, arguments.named.isEmpty else {
            throw run.typeError("the test takes one argument")
        }
        return arguments.positional[0]
    }

    private static func remainder(
        _ run: Evaluator, _ value: JinjaValue, by divisor: JinjaValue
    ) throws(JinjaError) -> Double? {
        try run.calculate(.remainder, value, divisor).number?.double
    }

    /// Python's `is`: one object; small values that are equal are one.
    private static func isSame(
        _ left: JinjaValue, _ right: JinjaValue, _ run: Evaluator
    ) throws(JinjaError) -> Bool {
        switch (left, right) {
        case (.list(let left), .list(let right)): left === right
        case (.tuple(let left), .tuple(let right)): left === right
        case (.dictionary(let left), .dictionary(let right)): left === right
        default: left.typeName == right.typeName ? try run.equal(left, right) : false
        }
    }
}
