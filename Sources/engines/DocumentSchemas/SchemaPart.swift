import OrderedCollections
import Primitives

/// The words that schemas of documents are made of: JSON Schema draft 4, with what each member means beside its type.
enum SchemaPart {
    static func text(_ meaning: String? = nil, default: Value? = nil, example: Value? = nil) -> Value {
        part(["type": "string"], meaning, `default`, example)
    }

    static func number(_ meaning: String? = nil, default: Value? = nil, example: Value? = nil) -> Value {
        part(["type": "number"], meaning, `default`, example)
    }

    static func flag(_ meaning: String? = nil, default: Value? = nil) -> Value {
        part(["type": "boolean"], meaning, `default`, nil)
    }

    /// A text, a number or a flag.
    static func scalar(_ meaning: String? = nil, default: Value? = nil, example: Value? = nil) -> Value {
        part(
            ["anyOf": [["type": "string"], ["type": "number"], ["type": "boolean"]]], meaning, `default`, example)
    }

    static func choice(_ values: [String], _ meaning: String? = nil, default: Value? = nil) -> Value {
        part(["type": "string", "enum": Value(values)], meaning, `default`, nil)
    }

    static func pattern(_ expression: String, _ meaning: String? = nil, example: Value? = nil) -> Value {
        part(["type": "string", "pattern": .string(expression)], meaning, nil, example)
    }

    static func list(_ items: Value, _ meaning: String? = nil, example: Value? = nil) -> Value {
        part(["type": "array", "items": items], meaning, nil, example)
    }

    /// An object whose keys are names.
    static func map(_ values: Value, _ meaning: String? = nil, example: Value? = nil) -> Value {
        part(["type": "object", "additionalProperties": values], meaning, nil, example)
    }

    /// An object of anything.
    static func anything(_ meaning: String? = nil) -> Value { part(["type": "object"], meaning, nil, nil) }

    /// An object that refuses members it does not know.
    static func closed(_ members: Value, _ meaning: String? = nil, required: [String] = []) -> Value {
        object(members, meaning, required, others: false)
    }

    static func open(_ members: Value, _ meaning: String? = nil, required: [String] = []) -> Value {
        object(members, meaning, required, others: true)
    }

    private static func object(_ members: Value, _ meaning: String?, _ required: [String], others: Bool) -> Value {
        var schema: Value.Object = [
            "type": "object", "properties": members, "additionalProperties": .bool(others),
        ]
        if !required.isEmpty { schema["required"] = Value(required) }
        return part(schema, meaning, nil, nil)
    }

    /// The same where null means that the member is missing.
    static func orNull(_ schema: Value) -> Value {
        guard case .object(var members) = schema, let type = members["type"] else { return schema }
        members["type"] = [type, "null"]
        return .object(members)
    }

    /// - Parameter standard: the value that a missing member has.
    private static func part(_ schema: Value.Object, _ meaning: String?, _ standard: Value?, _ example: Value?) -> Value
    {
        var schema = schema
        schema["description"] = meaning.map { .string($0) }
        schema["default"] = standard
        schema["examples"] = example.map { [$0] }
        return .object(schema)
    }

    /// What does not change what a schema accepts.
    static let notes: Set<String> = ["description", "default", "examples"]

    /// The schema without what its members mean. Names of members are not looked at: `default` may be one.
    static func bare(_ schema: Value) -> Value {
        guard case .object(let members) = schema else {
            return schema.arrayValue.map { .array($0.map(bare)) } ?? schema
        }
        var result = Value.Object()
        for (key, value) in members where !notes.contains(key) {
            if key == "properties" || key == "patternProperties", let parts = value.objectValue {
                result[key] = .object(parts.mapValues(bare))
            } else {
                result[key] = bare(value)
            }
        }
        return .object(result)
    }
}
