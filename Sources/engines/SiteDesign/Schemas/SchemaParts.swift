import OrderedCollections
import Primitives

/// The words that schemas of design documents are made of (JSON Schema draft 4).
enum SchemaParts {
    static let text: Value = ["type": "string"]
    static let number: Value = ["type": "number"]
    static let flag: Value = ["type": "boolean"]
    static let scalar: Value = ["anyOf": [["type": "string"], ["type": "number"], ["type": "boolean"]]]

    static func choice(_ values: String...) -> Value { ["type": "string", "enum": Value(values)] }

    static func pattern(_ expression: String) -> Value { ["type": "string", "pattern": .string(expression)] }

    static func list(_ items: Value) -> Value { ["type": "array", "items": items] }

    static func map(_ values: Value) -> Value { ["type": "object", "additionalProperties": values] }

    /// An object that refuses members it does not know.
    static func closed(_ properties: Value, required: [String] = []) -> Value {
        object(properties, required: required, additional: false)
    }

    static func open(_ properties: Value, required: [String] = []) -> Value {
        object(properties, required: required, additional: true)
    }

    private static func object(_ properties: Value, required: [String], additional: Bool) -> Value {
        var schema: Value.Object = [
            "type": "object", "properties": properties, "additionalProperties": .bool(additional),
        ]
        if !required.isEmpty { schema["required"] = Value(required) }
        return .object(schema)
    }
}
