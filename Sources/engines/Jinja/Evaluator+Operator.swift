import Glibc
import OrderedCollections
import Primitives

extension Evaluator {
    /// - Throws: for anything but a number, the complaint naming `operation`.
    func number(_ value: JinjaValue, _ operation: String) throws(JinjaError) -> JinjaNumber {
        if let number = value.number { return number }
        if case .undefined(let hint) = value { throw fail(.undefined, hint) }
        if case .bigInt = value { throw fail(.limit, "Integers beyond 64 bits cannot be calculated with") }
        throw typeError("unsupported operand type for \(operation): '\(value.typeName)'")
    }

    func negated(_ value: JinjaValue) throws(JinjaError) -> JinjaValue {
        switch try number(value, "unary -") {
        case .int(let number):
            let (result, overflow) = 0.subtractingReportingOverflow(number)
            guard !overflow else { throw tooLarge() }
            return .int(result)
        case .double(let number): return .double(-number)
        }
    }

    private func tooLarge() -> JinjaError { fail(.limit, "The result does not fit 64 bits") }

    func calculate(
        _ operation: Expression.Operator, _ left: JinjaValue, _ right: JinjaValue
    ) throws(JinjaError) -> JinjaValue {
        if let result = try calculateTexts(operation, left, right) { return result }
        let sign = operation.rawValue
        switch (try number(left, sign), try number(right, sign)) {
        case (.int(let left), .int(let right)): return try calculate(operation, left, right)
        case (let left, let right): return .double(try calculate(operation, left.double, right.double))
        }
    }

    /// `+`, `*`, `%` where an operand is a text or a sequence; nil otherwise.
    private func calculateTexts(
        _ operation: Expression.Operator, _ left: JinjaValue, _ right: JinjaValue
    ) throws(JinjaError) -> JinjaValue? {
        switch (operation, left, right) {
        case (.add, .string(let left), .string(let right)):
            try chargeValue(left.utf8.count + right.utf8.count)
            return .string(left + right)
        case (.add, .list(let left), .list(let right)):
            try chargeValue(left.elements.count + right.elements.count)
            return .newList(left.elements + right.elements)
        case (.add, .tuple(let left), .tuple(let right)):
            try chargeValue(left.elements.count + right.elements.count)
            return .newTuple(left.elements + right.elements)
        case (.remainder, .string(let format), _): return .string(try PercentFormat.format(format, right, self))
        case (.multiply, _, _):
            guard let count = right.integer else {
                return left.integer != nil && right.number == nil && !right.isUndefined
                    ? try repeated(right, count: left.integer ?? 0) : nil
            }
            return try repeated(left, count: count)
        default: return nil
        }
    }

    private func repeated(_ value: JinjaValue, count: Int) throws(JinjaError) -> JinjaValue? {
        let count = max(0, count)
        let size: Int
        switch value {
        case .string(let text): size = text.utf8.count
        case .list(let box), .tuple(let box): size = box.elements.count
        default: return nil
        }
        let (total, overflow) = size.multipliedReportingOverflow(by: count)
        try chargeValue(overflow ? .max : total)
        switch value {
        case .string(let text): return .string(size == 0 ? "" : String(repeating: text, count: count))
        case .list(let box): return .newList(Self.repeated(box.elements, size == 0 ? 0 : count))
        case .tuple(let box): return .newTuple(Self.repeated(box.elements, size == 0 ? 0 : count))
        default: return nil
        }
    }

    private static func repeated(_ elements: [JinjaValue], _ count: Int) -> [JinjaValue] {
        Array(repeatElement(elements, count: count).joined())
    }

    private func calculate(_ operation: Expression.Operator, _ left: Int, _ right: Int) throws(JinjaError) -> JinjaValue
    {
        let (result, overflow): (Int, Bool)
        switch operation {
        case .add: (result, overflow) = left.addingReportingOverflow(right)
        case .subtract: (result, overflow) = left.subtractingReportingOverflow(right)
        case .multiply: (result, overflow) = left.multipliedReportingOverflow(by: right)
        case .divide: return .double(try calculate(operation, Double(left), Double(right)))
        case .divideWhole, .remainder:
            guard right != 0 else { throw typeError("integer division or modulo by zero") }
            let (quotient, isOverflowing) = left.dividedReportingOverflow(by: right)
            let remainder = isOverflowing ? 0 : left % right
            let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
            if operation == .remainder { return .int(isBelow ? remainder + right : remainder) }
            (result, overflow) = (isBelow ? quotient - 1 : quotient, isOverflowing)
        case .power:
            guard right >= 0 else { return .double(try calculate(operation, Double(left), Double(right))) }
            (result, overflow) = Self.power(left, right)
        }
        guard !overflow else { throw tooLarge() }
        return .int(result)
    }

    private static func power(_ base: Int, _ exponent: Int) -> (Int, Bool) {
        if base == 0 || base == 1 { return (exponent == 0 ? 1 : base, false) }
        if base == -1 { return (exponent.isMultiple(of: 2) ? 1 : -1, false) }
        guard exponent < 64 else { return (0, true) }
        var result = 1
        for _ in 0..<exponent {
            let (product, overflow) = result.multipliedReportingOverflow(by: base)
            if overflow { return (0, true) }
            result = product
        }
        return (result, false)
    }

    private func calculate(
        _ operation: Expression.Operator, _ left: Double, _ right: Double
    ) throws(JinjaError) -> Double {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .power:
            let result = pow(left, right)
            if result.isNaN, !left.isNaN, !right.isNaN { throw typeError("the power is a complex number") }
            if result.isInfinite, left.isFinite, right.isFinite { throw typeError("the power is too large") }
            return result
        case .divide, .divideWhole, .remainder:
            guard right != 0 else { throw typeError("division by zero") }
            if operation == .divide { return left / right }
            var remainder = left.truncatingRemainder(dividingBy: right)
            if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
            if operation == .remainder { return remainder }
            return ((left - remainder) / right).rounded()
        }
    }

    func holds(
        _ relation: Expression.Relation, _ left: JinjaValue, _ right: JinjaValue
    ) throws(JinjaError) -> Bool {
        switch relation {
        case .equal: try equal(left, right)
        case .notEqual: try !equal(left, right)
        case .less: try order(left, right, "<") { $0 < 0 }
        case .lessOrEqual: try order(left, right, "<=") { $0 <= 0 }
        case .greater: try order(left, right, ">") { $0 > 0 }
        case .greaterOrEqual: try order(left, right, ">=") { $0 >= 0 }
        case .isIn: try contains(right, left)
        case .isNotIn: try !contains(right, left)
        }
    }

    func contains(_ container: JinjaValue, _ value: JinjaValue) throws(JinjaError) -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let part) = value else {
                throw typeError("'in <string>' requires string as left operand, not \(value.typeName)")
            }
            try charge(text.utf8.count)
            return part.isEmpty || TextSearch.first(of: Array(part.utf8), in: Array(text.utf8), from: 0) != nil
        case .dictionary(let box): return box.entries[try key(value)] != nil
        default:
            for element in try elements(of: container) where try equal(element, value) { return true }
            return false
        }
    }

    func equal(_ left: JinjaValue, _ right: JinjaValue) throws(JinjaError) -> Bool {
        try charge(1)
        if let left = left.number, let right = right.number { return Self.order(left, right) == 0 }
        switch (left, right) {
        case (.none, .none), (.undefined, .undefined): return true
        case (.bigInt(let left), .bigInt(let right)): return left == right
        case (.string(let left), .string(let right)):
            try charge(min(left.utf8.count, right.utf8.count) / 16)
            return PythonText.equal(left, right)
        case (.type(let left), .type(let right)): return left == right
        case (.list(let left), .list(let right)):
            return left === right ? true : try equal(left.elements, right.elements)
        case (.tuple, .tuple), (.tuple, .group), (.group, .tuple), (.group, .group):
            return try equal(left.sequence ?? [], right.sequence ?? [])
        case (.range, .range): return try equal(try elements(of: left), try elements(of: right))
        case (.dictionary(let left), .dictionary(let right)):
            guard left !== right else { return true }
            guard left.entries.count == right.entries.count else { return false }
            try enter()
            defer { leave() }
            for (key, entry) in left.entries {
                guard let other = right.entries[key], try equal(entry.value, other.value) else { return false }
            }
            return true
        case (.namespace(let left), .namespace(let right)): return left === right
        case (.macro(let left), .macro(let right)): return left === right
        default: return false
        }
    }

    private func equal(_ left: [JinjaValue], _ right: [JinjaValue]) throws(JinjaError) -> Bool {
        guard left.count == right.count else { return false }
        try enter()
        defer { leave() }
        for (left, right) in zip(left, right) where try !equal(left, right) { return false }
        return true
    }

    private func order(
        _ left: JinjaValue, _ right: JinjaValue, _ sign: String, _ test: (Int) -> Bool
    ) throws(JinjaError) -> Bool {
        guard let order = try order(left, right, sign) else { return false }
        return test(order)
    }

    /// Negative, zero or positive; nil if the values are floats without an order.
    func order(_ left: JinjaValue, _ right: JinjaValue, _ sign: String = "<") throws(JinjaError) -> Int? {
        try charge(1)
        for value in [left, right] {
            if case .undefined(let hint) = value { throw fail(.undefined, hint) }
        }
        if let left = left.number, let right = right.number { return Self.order(left, right) }
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try charge(min(left.utf8.count, right.utf8.count) / 16)
            if PythonText.equal(left, right) { return 0 }
            return PythonText.precedes(left, right) ? -1 : 1
        case (.list, .list), (.tuple, .tuple), (.tuple, .group), (.group, .tuple), (.group, .group):
            try enter()
            defer { leave() }
            let (left, right) = (left.sequence ?? [], right.sequence ?? [])
            for (left, right) in zip(left, right) where try !equal(left, right) { return try order(left, right, sign) }
            return left.count - right.count
        default:
            throw typeError(
                "'\(sign)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
        }
    }

    private static func order(_ left: JinjaNumber, _ right: JinjaNumber) -> Int? {
        if case .int(let left) = left, case .int(let right) = right { return left < right ? -1 : left > right ? 1 : 0 }
        let (left, right) = (left.double, right.double)
        return left < right ? -1 : left > right ? 1 : left == right ? 0 : nil
    }

    /// The key that `value` is in a mapping.
    func key(_ value: JinjaValue) throws(JinjaError) -> JinjaKey {
        switch value {
        case .none: return .none
        case .undefined: return .undefined
        case .bool(let flag): return .int(flag ? 1 : 0)
        case .int(let number): return .int(number)
        case .double(let number):
            if let whole = Int(exactly: number) { return .int(whole) }
            return .double(number)
        case .bigInt(let digits): return .tuple([.string("int"), .string(digits)])
        case .string(let text):
            try charge(text.utf8.count / 16)
            return .string(text)
        case .tuple, .group:
            try enter()
            defer { leave() }
            var keys: [JinjaKey] = []
            for element in value.sequence ?? [] {
                try charge(1)
                keys.append(try key(element))
            }
            return .tuple(keys)
        default: throw typeError("unhashable type: '\(value.typeName)'")
        }
    }
}
