import OrderedCollections

/// A JSON value: what documents, requests and answers consist of once they are parsed.
///
/// Objects keep the order of their keys, because Drydock's inheritance and Jinja's loops are defined by it.
/// Integers beyond 64 bits keep their canonical decimal digits (`docs/reference/deckhand.md` §15).
package enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    /// Canonical decimal digits, with a leading `-` where negative, of an integer that does not fit `Int`.
    case bigInt(String)
    case double(Double)
    case string(String)
    case array([Value])
    indirect case object(Object)

    /// Members in the order of the text.
    package typealias Object = OrderedDictionary<String, Value>
}

extension Value {
    /// Whether it is `null`.
    package var isNull: Bool { if case .null = self { true } else { false } }

    /// nil for any other type; so for all of these.
    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The number, also where it is whole; nil for everything else.
    package var doubleValue: Double? {
        switch self {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

    /// nil for any other type, floating point included.
    package var intValue: Int? { if case .int(let value) = self { value } else { nil } }

    /// nil for any other type.
    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// nil for any other type.
    package var arrayValue: [Value]? { if case .array(let value) = self { value } else { nil } }

    /// nil for any other type.
    package var objectValue: Object? { if case .object(let value) = self { value } else { nil } }

    /// The member `key` of an object; nil where `self` is no object or has no such key.
    package subscript(key: String) -> Value? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element at `index` of an array; nil where `self` is no array or too short.
    package subscript(index: Int) -> Value? {
        guard case .array(let array) = self, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: Value...) { self = .array(elements) }

    /// A repeated key keeps its first place and its last value, as in JSON parsers of the field.
    package init(dictionaryLiteral elements: (String, Value)...) {
        self = .object(Object(elements, uniquingKeysWith: { $1 }))
    }
}

extension Value {
    /// A number, or null where there is none.
    package init(_ number: Double?) { self = number.map(Value.double) ?? .null }

    /// A string, or null where there is none.
    package init(_ string: String?) { self = string.map(Value.string) ?? .null }

    /// An array of strings.
    package init(_ strings: [String]) { self = .array(strings.map(Value.string)) }

    /// An object of strings, in the given order.
    package init(_ strings: OrderedDictionary<String, String>) { self = .object(strings.mapValues(Value.string)) }
}
