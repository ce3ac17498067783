import Glibc
import OrderedCollections
import Primitives

/// Builds `Value`s, which is what documents are stored as; refuses what JSON lacks (`docs/reference/deckhand.md` §15).
enum ValueConstruction: Construction {
    struct Members: MemberCollection {
        private var keys: ContiguousArray<String> = []
        private var values: ContiguousArray<Value> = []
        private var spellings = Spellings()

        init(capacity: Int) {
            keys.reserveCapacity(capacity)
            values.reserveCapacity(capacity)
        }

        fileprivate init(_ object: Value.Object) {
            keys = ContiguousArray(object.keys)
            values = ContiguousArray(object.values)
        }

        mutating func set(_ key: Value, _ value: Value) {
            keys.append(spellings.text(of: key))
            values.append(value)
        }

        mutating func merge(_ other: Members) {
            keys += other.keys
            values += other.values
        }

        var count: Int { keys.count }

        var repeated: [(key: String, places: [Int])] {
            var places: OrderedDictionary<String, [Int]> = [:]
            for (place, key) in keys.enumerated() { places[key, default: []].append(place) }
            return places.compactMap { $1.count > 1 ? ($0, $1) : nil }
        }

        fileprivate var object: Value.Object { Value.Object(keys: keys, values: values) }
    }

    /// How a key that is no string was first written: `1`, `1.0` and `true` are one key before they become strings.
    private struct Spellings {
        private var texts: [YAMLKey: String] = [:]

        mutating func text(of key: Value) -> String {
            switch key {
            case .string(let text), .bigInt(let text): text
            case .null: "null"
            case .bool(let flag): first(.bool(flag), flag ? "true" : "false")
            case .int(let number): first(.int(number), String(number))
            case .double(let number): first(.float(number), number.pythonRepr)
            // The composer refuses collections as keys.
            case .array, .object: key.json(.compact)
            }
        }

        private mutating func first(_ node: YAMLNode, _ text: String) -> String {
            guard let key = YAMLKey(node) else { return text }
            let first = texts[key] ?? text
            texts[key] = first
            return first
        }
    }

    static func scalar(_ node: YAMLNode, at mark: Mark) throws(YAMLError) -> Value {
        switch node {
        case .string(let string): return try text(string, at: mark)
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number): return .int(number)
        case .bigInt(let digits): return .bigInt(digits)
        case .float(let number):
            guard number.isFinite else { throw mark.error("the number \(number.pythonRepr) cannot be stored") }
            return .double(number)
        case .timestamp(let timestamp):
            throw mark.error("the timestamp \(timestamp) cannot be stored; quote it to make it a string")
        case .bytes: throw mark.error("binary data cannot be stored")
        case .sequence, .pairs, .mapping, .set: throw mark.error("a collection is no scalar")
        }
    }

    static func text(_ text: String, at mark: Mark) throws(YAMLError) -> Value {
        let hasNUL = text.withUTF8Bytes { bytes in
            bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
        }
        guard !hasNUL else { throw mark.error("a string with a NUL character cannot be stored") }
        return .string(text)
    }

    static func sequence(_ elements: [Value]) -> Value { .array(elements) }
    static func mapping(_ members: Members) -> Value { .object(members.object) }

    static func set(_ members: Members, at mark: Mark) throws(YAMLError) -> Value {
        throw mark.error("a set cannot be stored")
    }

    static func distinctKeys(_ node: Value) -> Int? { node.objectValue?.count }

    static func isKey(_ node: Value) -> Bool {
        switch node {
        case .array, .object: false
        case .null, .bool, .int, .bigInt, .double, .string: true
        }
    }

    /// Pairs become lists of two, as tuples do in JSON.
    static func pairs(_ elements: [Value]) -> Value? {
        var pairs: [Value] = []
        for element in elements {
            guard case .object(let members) = element, members.count == 1, let member = members.elements.first else {
                return nil
            }
            pairs.append(.array([.string(member.key), member.value]))
        }
        return .array(pairs)
    }

    static func mergeSources(_ node: Value) -> [Members]? {
        switch node {
        case .object(let object): return [Members(object)]
        case .array(let elements):
            var sources: [Members] = []
            for element in elements.reversed() {
                guard case .object(let object) = element else { return nil }
                sources.append(Members(object))
            }
            return sources
        default: return nil
        }
    }
}
