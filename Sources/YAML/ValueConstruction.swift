import Glibc
import OrderedCollections
import Primitives

/// Builds `Value`s, which is what documents are stored as; refuses what JSON lacks (`spec/deckhand.md` §15).
enum ValueConstruction: Construction {
    struct Members: MemberCollection {
        fileprivate(set) var object: Value.Object
        /// How a key that is no string was first written: `1`, `1.0` and `true` are one key before they become strings.
        private var spellings: [YAMLKey: String] = [:]

        init(capacity: Int) { object = Value.Object(minimumCapacity: capacity) }

        fileprivate init(_ object: Value.Object) { self.object = object }

        mutating func set(_ key: Value, _ value: Value) {
            switch key {
            case .string(let text): object[text] = value
            case .null: object["null"] = value
            case .bool(let flag): set(.bool(flag), flag ? "true" : "false", value)
            case .int(let number): set(.int(number), String(number), value)
            case .bigInt(let digits): object[digits] = value
            case .double(let number): set(.float(number), number.pythonRepr, value)
            case .array, .object: break
            }
        }

        private mutating func set(_ node: YAMLNode, _ text: String, _ value: Value) {
            guard let key = YAMLKey(node) else { return }
            let spelling = spellings[key] ?? text
            spellings[key] = spelling
            object[spelling] = value
        }

        mutating func merge(_ other: Members) { object.merge(other.object) { $1 } }
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
