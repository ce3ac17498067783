import Primitives

/// Arithmetic of schemas on numbers of any of the three kinds, exact as in Python.
enum JSONNumber {
    /// Negative, zero or positive as `left` is less than, equal to or greater than `right`; nil if either is no number.
    static func order(_ left: Value, _ right: Value) -> Int? {
        switch (left, right) {
        case (.int(let left), .int(let right)): sign(left, right)
        case (.double(let left), .double(let right)): order(left, right)
        case (.int(let left), .double(let right)): order(left, right)
        case (.double(let left), .int(let right)): order(right, left).map { -$0 }
        case (.bigInt(let left), .int): left.hasPrefix("-") ? -1 : 1
        case (.int, .bigInt(let right)): right.hasPrefix("-") ? 1 : -1
        case (.bigInt(let left), .bigInt(let right)): order(digits: left, right)
        case (.bigInt(let left), .double(let right)): Double(left).flatMap { order($0, right) }
        case (.double(let left), .bigInt(let right)): Double(right).flatMap { order(left, $0) }
        default: nil
        }
    }

    /// Whether `value` is a multiple of `divisor`, by Python's rules for floats.
    static func isMultiple(_ value: Value, of divisor: Value) -> Bool {
        switch (value, divisor) {
        case (.int(let value), .int(let divisor)):
            return divisor == 0 || value.remainderReportingOverflow(dividingBy: divisor).partialValue == 0
        case (.bigInt(let digits), .int(let divisor)): return remainder(digits, divisor.magnitude) == 0
        case (.double(let value), .int(let divisor)):
            return value.truncatingRemainder(dividingBy: Double(divisor)) == 0
        case (_, .bigInt):
            guard let value = double(value), let divisor = double(divisor) else { return true }
            return value.truncatingRemainder(dividingBy: divisor) == 0
        case (_, .double(let divisor)):
            guard let value = double(value), divisor != 0 else { return true }
            let quotient = value / divisor
            if quotient.isInfinite { return value.truncatingRemainder(dividingBy: divisor) == 0 }
            return quotient.rounded(.towardZero) == quotient
        default: return true
        }
    }

    private static func double(_ value: Value) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number
        case .bigInt(let digits): Double(digits)
        default: nil
        }
    }

    private static func sign(_ left: Int, _ right: Int) -> Int { left < right ? -1 : left > right ? 1 : 0 }

    private static func order(_ left: Double, _ right: Double) -> Int? {
        left < right ? -1 : left > right ? 1 : left == right ? 0 : nil
    }

    private static func order(_ left: Int, _ right: Double) -> Int? {
        guard !right.isNaN else { return nil }
        guard right >= -0x1p63 else { return 1 }
        guard right < 0x1p63 else { return -1 }
        let whole = right.rounded(.towardZero)
        let bySize = sign(left, Int(whole))
        return bySize != 0 ? bySize : order(whole, right)
    }

    private static func order(digits left: String, _ right: String) -> Int {
        let (leftNegative, rightNegative) = (left.hasPrefix("-"), right.hasPrefix("-"))
        guard leftNegative == rightNegative else { return leftNegative ? -1 : 1 }
        let bySize: Int
        if left.utf8.count != right.utf8.count {
            bySize = left.utf8.count < right.utf8.count ? -1 : 1
        } else {
            bySize = left == right ? 0 : left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        }
        return leftNegative ? -bySize : bySize
    }

    private static func remainder(_ digits: String, _ divisor: UInt) -> UInt {
        guard divisor > 0 else { return 0 }
        var remainder: UInt = 0
        for digit in digits.utf8 where (48...57).contains(digit) {
            let product = remainder.multipliedFullWidth(by: 10)
            remainder = divisor.dividingFullWidth((product.high, product.low)).remainder
            let (sum, overflow) = remainder.addingReportingOverflow(UInt(digit - 48))
            remainder = overflow ? (UInt.max % divisor + 1 + sum) % divisor : sum % divisor
        }
        return remainder
    }
}
