import OrderedCollections
import Primitives

/// A value under JSON's notion of equality: `1` equals `1.0`, `true` equals only `true`, keys have no order.
struct JSONEquality: Hashable {
    var value: Value

    static func == (left: JSONEquality, right: JSONEquality) -> Bool { equal(left.value, right.value) }

    static func equal(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)):
            // The language holds canonically equivalent texts for equal; JSON compares code points.
            return left == right && left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)):
            guard left.count == right.count else { return false }
            for (left, right) in zip(left, right) where !equal(left, right) { return false }
            return true
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            for (key, value) in left {
                guard let other = right[key], equal(value, other) else { return false }
            }
            return true
        default: return JSONNumber.order(left, right) == 0
        }
    }

    func hash(into hasher: inout Hasher) { Self.hash(value, into: &hasher) }

    private static func hash(_ value: Value, into hasher: inout Hasher) {
        switch value {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .int(let number): hasher.combine(Double(number))
        case .bigInt(let digits): hasher.combine(Double(digits) ?? 0)
        case .double(let number): hasher.combine(number)
        case .string(let text): hasher.combine(text)
        case .array(let elements): for element in elements { hash(element, into: &hasher) }
        case .object(let members):
            var sum = 0
            for (key, value) in members {
                var inner = Hasher()
                inner.combine(key)
                hash(value, into: &inner)
                sum ^= inner.finalize()
            }
            hasher.combine(sum)
        }
    }
}
