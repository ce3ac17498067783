import OrderedCollections
import Primitives
import PythonRegex

/// Why a schema cannot be evaluated on a value.
struct EvaluationFailure: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
    var keyword: String
}

/// Decides whether values satisfy nodes, stopping at the first violation.
struct Evaluation {
    /// Bounds the stack: values nest up to 200 levels, and a level costs a few references.
    private static let depthLimit = 600
    /// How many schemas may apply to one and the same value inside each other.
    private static let chainLimit = 100
    /// Bounds the time that references to references can cost.
    private static let visitLimit = 10_000_000

    private let nodes: [SchemaNode]
    private var depth = 0
    private var chain = 0
    private var visits = 0

    init(nodes: [SchemaNode]) { self.nodes = nodes }

    mutating func isValid(_ node: Int, _ value: Value) throws(EvaluationFailure) -> Bool {
        try enter()
        defer { leave() }
        for keyword in nodes[node].keywords {
            guard try holds(keyword.rule, value) else { return false }
        }
        return true
    }

    /// Counts a schema applied to the current value.
    mutating func enter() throws(EvaluationFailure) {
        depth += 1
        chain += 1
        visits += 1
        if chain > Self.chainLimit {
            throw EvaluationFailure(message: "The schema refers to itself without end", keyword: "$ref")
        }
        if depth > Self.depthLimit {
            throw EvaluationFailure(message: "The value nests too deeply to be validated", keyword: "$ref")
        }
        if visits > Self.visitLimit {
            throw EvaluationFailure(message: "Validation takes too many steps", keyword: "$ref")
        }
    }

    mutating func leave() {
        depth -= 1
        chain -= 1
    }

    mutating func isValidPart(_ node: Int, _ value: Value) throws(EvaluationFailure) -> Bool {
        let outer = beginPart()
        defer { endPart(outer) }
        return try isValid(node, value)
    }

    /// Turns to a part of the current value; answers what `endPart` has to be given back.
    mutating func beginPart() -> Int {
        defer { chain = 0 }
        return chain
    }

    mutating func endPart(_ outer: Int) { chain = outer }

    mutating func holds(_ rule: SchemaRule, _ value: Value) throws(EvaluationFailure) -> Bool {
        switch rule {
        case .reference, .danglingReference, .allOf, .anyOf, .oneOf, .not: try holdsApplied(rule, value)
        case .type(let types): types.contains { $0.includes(value) }
        case .enumeration(let values): values.contains { JSONEquality.equal($0, value) }
        case .minimum, .maximum, .multipleOf: Self.holdsForNumber(rule, value)
        default:
            switch value {
            case .string(let text): try holdsForText(rule, text)
            case .array(let elements): try holdsForArray(rule, elements)
            case .object(let members): try holdsForObject(rule, members)
            default: true
            }
        }
    }

    private mutating func holdsApplied(_ rule: SchemaRule, _ value: Value) throws(EvaluationFailure) -> Bool {
        switch rule {
        case .reference(let node): return try isValid(node, value)
        case .danglingReference(let reference):
            throw EvaluationFailure(message: "The reference \(reference.pythonRepr) leads nowhere", keyword: "$ref")
        case .allOf(let schemas):
            for node in schemas where try !isValid(node, value) { return false }
            return true
        case .anyOf(let schemas):
            for node in schemas where try isValid(node, value) { return true }
            return false
        case .oneOf(let schemas):
            var count = 0
            for schema in schemas where try isValid(schema.node, value) {
                count += 1
                if count > 1 { return false }
            }
            return count == 1
        case .not(let schema): return try !isValid(schema.node, value)
        default: return true
        }
    }

    private static func holdsForNumber(_ rule: SchemaRule, _ value: Value) -> Bool {
        guard SchemaType.number.includes(value) else { return true }
        switch rule {
        case .minimum(let bound, let exclusive):
            guard let order = JSONNumber.order(value, bound) else { return true }
            return exclusive ? order > 0 : order >= 0
        case .maximum(let bound, let exclusive):
            guard let order = JSONNumber.order(value, bound) else { return true }
            return exclusive ? order < 0 : order <= 0
        case .multipleOf(let divisor): return JSONNumber.isMultiple(value, of: divisor)
        default: return true
        }
    }

    private func holdsForText(_ rule: SchemaRule, _ text: String) throws(EvaluationFailure) -> Bool {
        switch rule {
        case .minLength(let count): text.unicodeScalars.count >= count
        case .maxLength(let count): text.unicodeScalars.count <= count
        case .pattern(let pattern): try Self.occurs(pattern, in: text, keyword: "pattern")
        default: true
        }
    }

    private mutating func holdsForArray(_ rule: SchemaRule, _ elements: [Value]) throws(EvaluationFailure) -> Bool {
        switch rule {
        case .minItems(let count): return elements.count >= count
        case .maxItems(let count): return elements.count <= count
        case .uniqueItems: return Self.areUnique(elements)
        case .items(let node):
            for element in elements where try !isValidPart(node, element) { return false }
        case .itemTuple(let schemas):
            for (node, element) in zip(schemas, elements) where try !isValidPart(node, element) { return false }
        case .additionalItems(let node, let after):
            guard let node else { return elements.count <= after }
            for element in elements.dropFirst(after) where try !isValidPart(node, element) { return false }
        default: break
        }
        return true
    }

    private mutating func holdsForObject(
        _ rule: SchemaRule, _ members: Value.Object
    ) throws(EvaluationFailure) -> Bool {
        switch rule {
        case .minProperties(let count): return members.count >= count
        case .maxProperties(let count): return members.count <= count
        case .required(let keys): return keys.allSatisfy { members[$0] != nil }
        case .properties(let properties):
            for property in properties {
                if let value = members[property.key], try !isValidPart(property.node, value) { return false }
            }
        case .patternProperties(let patterns):
            for entry in patterns {
                for (key, value) in members {
                    if try Self.occurs(entry.pattern, in: key, keyword: "patternProperties"),
                        try !isValidPart(entry.node, value)
                    {
                        return false
                    }
                }
            }
        case .additionalProperties(let rule):
            for (key, value) in members where try Self.isAdditional(key, rule) {
                guard let node = rule.node, try isValidPart(node, value) else { return false }
            }
        case .dependencies(let dependencies):
            for dependency in dependencies where members[dependency.key] != nil {
                switch dependency.requirement {
                case .keys(let keys): if !keys.allSatisfy({ members[$0] != nil }) { return false }
                case .schema(let node): if try !isValid(node, .object(members)) { return false }
                }
            }
        default: break
        }
        return true
    }

    static func isAdditional(
        _ key: String, _ rule: SchemaRule.AdditionalProperties
    ) throws(EvaluationFailure) -> Bool {
        if rule.known.contains(key) { return false }
        for pattern in rule.patterns where try occurs(pattern, in: key, keyword: "additionalProperties") {
            return false
        }
        return true
    }

    static func occurs(_ pattern: SchemaPattern, in text: String, keyword: String) throws(EvaluationFailure) -> Bool {
        do {
            return try pattern.occurs(in: text)
        } catch {
            throw EvaluationFailure(message: error.description, keyword: keyword)
        }
    }

    private static func areUnique(_ elements: [Value]) -> Bool {
        var seen: Set<JSONEquality> = []
        seen.reserveCapacity(elements.count)
        return elements.allSatisfy { seen.insert(JSONEquality(value: $0)).inserted }
    }
}
