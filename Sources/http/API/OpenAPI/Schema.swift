import OrderedCollections
import Primitives

/// A JSON Schema (draft 2020-12), as a route declares what it takes and answers.
package indirect enum Schema: Sendable {
    /// Keywords as they are written.
    case keywords(Value.Object)
    case list(Schema, atMost: Int? = nil)
    /// Further members are allowed.
    case object([Member])
    /// No further members are allowed.
    case closedObject([Member])
    /// Any names, with values of one kind.
    case map(Schema)
    case either([Schema])
    /// A schema that stands once in the document, under this name.
    case named(String, Schema)

    /// A member of an object.
    package struct Member: Sendable {
        var name: String
        var schema: Schema
        var isRequired = true
    }

    /// An object whose members are all there.
    static func object(_ members: KeyValuePairs<String, Schema>) -> Schema {
        .object(members.map { Member(name: $0.key, schema: $0.value) })
    }

    /// An object with members that need not be there.
    static func object(_ members: KeyValuePairs<String, Schema>, optional: KeyValuePairs<String, Schema>)
        -> Schema
    {
        .object(
            members.map { Member(name: $0.key, schema: $0.value) }
                + optional.map { Member(name: $0.key, schema: $0.value, isRequired: false) })
    }

    /// An object that may have these members alone.
    static func closedObject(
        _ members: KeyValuePairs<String, Schema>, optional: KeyValuePairs<String, Schema> = [:]
    ) -> Schema {
        .closedObject(
            members.map { Member(name: $0.key, schema: $0.value) }
                + optional.map { Member(name: $0.key, schema: $0.value, isRequired: false) })
    }

    /// The names of the members that an object is declared with; empty for another schema.
    var memberNames: [String] {
        switch self {
        case .object(let members), .closedObject(let members): members.map(\.name)
        case .named(_, let schema): schema.memberNames
        case .keywords, .list, .map, .either: []
        }
    }

    static let anything = Schema.keywords([:])
    static let string = Schema.keywords(["type": "string"])
    static let integer = Schema.keywords(["type": "integer"])
    static let number = Schema.keywords(["type": "number"])
    static let boolean = Schema.keywords(["type": "boolean"])
    static let null = Schema.keywords(["type": "null"])
    static let anyObject = Schema.keywords(["type": "object"])
    /// Text in which a time stands as RFC 3339 writes it.
    static let time = Schema.keywords(["type": "string", "format": "date-time"])
    /// Bytes that are not described further.
    static let bytes = Schema.keywords(["type": "string", "format": "binary"])

    static func integer(_ range: ClosedRange<Int>) -> Schema {
        .keywords(["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)])
    }

    /// A text that matches a pattern of ECMA 262.
    static func text(_ pattern: String) -> Schema {
        .keywords(["type": "string", "pattern": .string(pattern)])
    }

    /// One of these texts.
    static func choice(_ texts: [String]) -> Schema {
        .keywords(["type": "string", "enum": .array(texts.map(Value.string))])
    }

    /// This, or null.
    var orNull: Schema {
        guard case .keywords(var members) = self, let type = members["type"], members["enum"] == nil else {
            return .either([self, .null])
        }
        members["type"] = .array([type, "null"])
        return .keywords(members)
    }

    /// As it stands in a document.
    ///
    /// - Parameter named: gets each schema that has a name.
    func value(_ named: inout Value.Object) -> Value {
        switch self {
        case .keywords(let members): return .object(members)
        case .list(let item, let most):
            var list: Value.Object = ["type": "array", "items": item.value(&named)]
            list["maxItems"] = most.map(Value.int)
            return .object(list)
        case .map(let item): return ["type": "object", "additionalProperties": item.value(&named)]
        case .either(let choices): return ["anyOf": .array(choices.map { $0.value(&named) })]
        case .object(let members): return .object(Self.object(members, &named))
        case .closedObject(let members):
            var object = Self.object(members, &named)
            object["additionalProperties"] = false
            return .object(object)
        case .named(let name, let schema):
            if named[name] == nil {
                named[name] = .null
                named[name] = schema.value(&named)
            }
            return ["$ref": .string("#/components/schemas/\(name)")]
        }
    }

    private static func object(_ members: [Member], _ named: inout Value.Object) -> Value.Object {
        var object: Value.Object = ["type": "object"]
        let required = members.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { object["required"] = .array(required) }
        var properties: Value.Object = [:]
        for member in members { properties[member.name] = member.schema.value(&named) }
        object["properties"] = .object(properties)
        return object
    }
}
