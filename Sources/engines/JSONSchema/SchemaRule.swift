import Primitives

/// A compiled schema object: its keywords in the order in which they stand.
struct SchemaNode: Sendable {
    var keywords: [SchemaKeyword] = []
}

/// A keyword and what it requires. Shared: a rule is costly to copy.
final class SchemaKeyword: Sendable {
    let name: String
    let rule: SchemaRule

    init(name: String, rule: SchemaRule) {
        self.name = name
        self.rule = rule
    }
}

/// What one keyword requires. Subschemas are indices of nodes.
enum SchemaRule: Sendable {
    case reference(Int)
    case danglingReference(String)
    case type([SchemaType])
    case enumeration([Value])
    case allOf([Int])
    case anyOf([Int])
    case oneOf([Subschema])
    case not(Subschema)

    case minimum(Value, exclusive: Bool)
    case maximum(Value, exclusive: Bool)
    case multipleOf(Value)

    case minLength(Int)
    case maxLength(Int)
    case pattern(SchemaPattern)

    case minItems(Int)
    case maxItems(Int)
    case uniqueItems
    case items(Int)
    case itemTuple([Int])
    /// Nil: no item beyond `after` is allowed.
    case additionalItems(Int?, after: Int)

    case minProperties(Int)
    case maxProperties(Int)
    case required([String])
    case properties([Member])
    case patternProperties([PatternMember])
    case additionalProperties(AdditionalProperties)
    case dependencies([Dependency])

    /// A subschema that messages show.
    struct Subschema: Sendable {
        var node: Int
        var value: Value
    }

    struct Member: Sendable {
        var key: String
        var node: Int
    }

    struct PatternMember: Sendable {
        var pattern: SchemaPattern
        var node: Int
    }

    struct AdditionalProperties: Sendable {
        /// Nil: none is allowed.
        var node: Int?
        var known: Set<String>
        var patterns: [SchemaPattern]
        /// The keys of the schema's `patternProperties`; nil where it has none, which changes the message.
        var patternTexts: [String]?
    }

    struct Dependency: Sendable {
        enum Requirement: Sendable {
            case keys([String])
            case schema(Int)
        }

        var key: String
        var requirement: Requirement
    }
}

/// The types of draft 4. A boolean is no number, `1.0` is no integer.
enum SchemaType: String, Sendable {
    case array, boolean, integer, null, number, object, string

    func includes(_ value: Value) -> Bool {
        switch (self, value) {
        case (.array, .array), (.boolean, .bool), (.null, .null), (.object, .object), (.string, .string): true
        case (.integer, .int), (.integer, .bigInt): true
        case (.number, .int), (.number, .bigInt), (.number, .double): true
        default: false
        }
    }
}
