import OrderedCollections
import Primitives
import PythonRegex

/// Turns a schema and everything it refers to into nodes. Node 0 is the schema itself.
struct SchemaCompiler {
    private(set) var nodes: [SchemaNode] = []
    private let registry: SchemaRegistry
    private var numbers: [SchemaLocation.Key: Int] = [:]
    /// Numbered but not yet compiled: references may go round in circles and chains may be long.
    private var waiting: [(number: Int, location: SchemaLocation)] = []

    static func compile(_ schema: Value) throws(JSONSchemaError) -> [SchemaNode] {
        var compiler = SchemaCompiler(registry: SchemaRegistry(schema))
        _ = compiler.number(of: SchemaLocation.root(schema, document: .schema))
        while let (number, location) = compiler.waiting.popLast() {
            compiler.nodes[number] = try compiler.node(location)
        }
        return compiler.nodes
    }

    private init(registry: SchemaRegistry) { self.registry = registry }

    private mutating func number(of location: SchemaLocation) -> Int {
        if let number = numbers[location.key] { return number }
        let number = nodes.count
        numbers[location.key] = number
        nodes.append(SchemaNode())
        waiting.append((number, location))
        return number
    }

    private mutating func node(_ location: SchemaLocation) throws(JSONSchemaError) -> SchemaNode {
        guard case .object(let members) = location.value else {
            throw Self.unusable(location.value, location, "A schema has to be a mapping")
        }
        if let reference = members["$ref"], !reference.isNull {
            guard case .string(let text) = reference else {
                throw Self.unusable(reference, location, "$ref has to be a string")
            }
            let target = registry.target(of: text, at: location)
            let rule: SchemaRule = target.map { .reference(number(of: $0)) } ?? .danglingReference(text)
            return SchemaNode(keywords: [SchemaKeyword(name: "$ref", rule: rule)])
        }
        var node = SchemaNode()
        for (name, value) in members {
            if let rule = try rule(name, value, members, location) {
                node.keywords.append(SchemaKeyword(name: name, rule: rule))
            }
        }
        return node
    }

    /// The rule of one keyword; nil where it requires nothing.
    private mutating func rule(
        _ name: String, _ value: Value, _ schema: Value.Object, _ location: SchemaLocation
    ) throws(JSONSchemaError) -> SchemaRule? {
        switch (name, value) {
        case ("type", .string(let type)): return .type([try Self.type(.string(type), location)])
        case ("type", .array(let names)):
            var types: [SchemaType] = []
            for name in names { types.append(try Self.type(name, location)) }
            return .type(types)
        case ("enum", .array(let values)): return .enumeration(values)
        case ("allOf", .array(let schemas)): return .allOf(numbers(of: schemas, name, location))
        case ("anyOf", .array(let schemas)): return .anyOf(numbers(of: schemas, name, location))
        case ("oneOf", .array(let schemas)):
            let numbers = numbers(of: schemas, name, location)
            return .oneOf(zip(numbers, schemas).map(SchemaRule.Subschema.init))
        case ("not", .object):
            return .not(SchemaRule.Subschema(node: number(of: location.part(.key(name), value: value)), value: value))
        case ("minimum", _) where SchemaType.number.includes(value):
            return .minimum(value, exclusive: schema["exclusiveMinimum"] == .bool(true))
        case ("maximum", _) where SchemaType.number.includes(value):
            return .maximum(value, exclusive: schema["exclusiveMaximum"] == .bool(true))
        case ("multipleOf", _) where SchemaType.number.includes(value): return .multipleOf(value)
        case ("minLength", _): return .minLength(try Self.count(value, location))
        case ("maxLength", _): return .maxLength(try Self.count(value, location))
        case ("minItems", _): return .minItems(try Self.count(value, location))
        case ("maxItems", _): return .maxItems(try Self.count(value, location))
        case ("minProperties", _): return .minProperties(try Self.count(value, location))
        case ("maxProperties", _): return .maxProperties(try Self.count(value, location))
        case ("uniqueItems", .bool(let wanted)): return wanted ? .uniqueItems : nil
        case ("pattern", .string(let pattern)): return .pattern(try Self.regex(pattern, location, [.key(name)]))
        default: return try containerRule(name, value, schema, location)
        }
    }

    private mutating func containerRule(
        _ name: String, _ value: Value, _ schema: Value.Object, _ location: SchemaLocation
    ) throws(JSONSchemaError) -> SchemaRule? {
        switch (name, value) {
        case ("items", .object): return .items(number(of: location.part(.key(name), value: value)))
        case ("items", .array(let schemas)): return .itemTuple(numbers(of: schemas, name, location))
        case ("additionalItems", _):
            guard case .array(let items)? = schema["items"] else { return nil }
            return switch value {
            case .object: .additionalItems(number(of: location.part(.key(name), value: value)), after: items.count)
            case .bool(false): .additionalItems(nil, after: items.count)
            default: nil
            }
        case ("required", .array(let keys)): return .required(keys.compactMap(\.stringValue))
        case ("properties", .object(let members)):
            return .properties(
                members.map { key, schema in
                    SchemaRule.Member(key: key, node: number(of: location.part(.key(name), .key(key), value: schema)))
                })
        case ("patternProperties", .object(let members)):
            var patterns: [SchemaRule.PatternMember] = []
            for (key, schema) in members {
                let pattern = try Self.regex(key, location, [.key(name), .key(key)])
                let node = number(of: location.part(.key(name), .key(key), value: schema))
                patterns.append(SchemaRule.PatternMember(pattern: pattern, node: node))
            }
            return .patternProperties(patterns)
        case ("additionalProperties", _): return try additionalProperties(value, schema, location)
        case ("dependencies", .object(let members)):
            return .dependencies(
                members.map { key, value in
                    let part = location.part(.key(name), .key(key), value: value)
                    return switch value {
                    case .array(let keys):
                        SchemaRule.Dependency(key: key, requirement: .keys(keys.compactMap(\.stringValue)))
                    default: SchemaRule.Dependency(key: key, requirement: .schema(number(of: part)))
                    }
                })
        case ("type", _), ("enum", _), ("allOf", _), ("anyOf", _), ("oneOf", _), ("not", _), ("minimum", _),
            ("maximum", _), ("multipleOf", _), ("pattern", _), ("items", _), ("required", _), ("properties", _),
            ("patternProperties", _), ("dependencies", _):
            // Only a reference to a place that holds no schema comes here; the rest is checked beforehand.
            throw Self.unusable(value, location, "\(name) has a value of the wrong type")
        default: return nil
        }
    }

    private mutating func additionalProperties(
        _ value: Value, _ schema: Value.Object, _ location: SchemaLocation
    ) throws(JSONSchemaError) -> SchemaRule? {
        var node: Int?
        switch value {
        case .object: node = number(of: location.part(.key("additionalProperties"), value: value))
        case .bool(false): break
        default: return nil
        }
        var patterns: [SchemaPattern] = []
        let patternProperties = schema["patternProperties"]?.objectValue
        for key in patternProperties?.keys ?? [] {
            patterns.append(try Self.regex(key, location, [.key("patternProperties"), .key(key)]))
        }
        // A lone empty pattern counts as none here, as in the reference.
        if patterns.count == 1, patterns[0].text.isEmpty { patterns = [] }
        let known = schema["properties"]?.objectValue.map { Set($0.keys) } ?? []
        return .additionalProperties(
            .init(node: node, known: known, patterns: patterns, patternTexts: patternProperties.map { Array($0.keys) }))
    }

    private mutating func numbers(of schemas: [Value], _ name: String, _ location: SchemaLocation) -> [Int] {
        schemas.enumerated().map { index, schema in
            number(of: location.part(.key(name), .index(index), value: schema))
        }
    }

    private static func type(_ name: Value, _ location: SchemaLocation) throws(JSONSchemaError) -> SchemaType {
        guard let type = name.stringValue.flatMap(SchemaType.init) else {
            throw unusable(name, location, "Unknown type")
        }
        return type
    }

    private static func count(_ value: Value, _ location: SchemaLocation) throws(JSONSchemaError) -> Int {
        switch value {
        case .int(let number): return number
        case .bigInt(let digits): return digits.hasPrefix("-") ? .min : .max
        default: throw unusable(value, location, "A length has to be an integer")
        }
    }

    private static func regex(
        _ pattern: String, _ location: SchemaLocation, _ steps: [PathElement]
    ) throws(JSONSchemaError) -> SchemaPattern {
        do {
            return try SchemaPattern(pattern)
        } catch {
            throw JSONSchemaError(
                message: "\(pattern.pythonRepr) is not a regular expression: \(error.message)",
                path: location.key.path + steps)
        }
    }

    private static func unusable(_ value: Value, _ location: SchemaLocation, _ rule: String) -> JSONSchemaError {
        JSONSchemaError(message: "\(rule), not \(value.pythonRepr.prefix(80))", path: location.key.path)
    }
}
