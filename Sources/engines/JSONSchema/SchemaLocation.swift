import OrderedCollections
import Primitives

/// Where a subschema stands: in which document, at which JSON pointer, under which base URI.
struct SchemaLocation {
    enum Document: Hashable {
        case schema
        case metaschema
    }

    /// What tells locations apart.
    struct Key: Hashable {
        var document: Document
        var path: [PathElement]
    }

    var key: Key
    var base: String
    var value: Value

    /// The part under `steps`; a string `id` on the way changes the base, unless `$ref` stands beside it.
    func part(_ steps: PathElement..., value: Value) -> SchemaLocation {
        let key = Key(document: key.document, path: key.path + steps)
        return SchemaLocation(key: key, base: Self.base(of: value, under: base), value: value)
    }

    static func root(_ value: Value, document: Document) -> SchemaLocation {
        SchemaLocation(key: Key(document: document, path: []), base: base(of: value, under: ""), value: value)
    }

    /// The schemas directly inside this one, wherever draft 4 puts one.
    var subschemas: [SchemaLocation] {
        guard case .object(let members) = value else { return [] }
        var found: [SchemaLocation] = []
        for (name, member) in members {
            switch (name, member) {
            case ("additionalItems", .object), ("additionalProperties", .object), ("not", .object), ("items", .object):
                found.append(part(.key(name), value: member))
            case ("allOf", .array(let schemas)), ("anyOf", .array(let schemas)), ("oneOf", .array(let schemas)),
                ("items", .array(let schemas)):
                for (index, schema) in schemas.enumerated() {
                    found.append(part(.key(name), .index(index), value: schema))
                }
            case ("definitions", .object(let schemas)), ("properties", .object(let schemas)),
                ("patternProperties", .object(let schemas)), ("dependencies", .object(let schemas)):
                for (key, schema) in schemas { found.append(part(.key(name), .key(key), value: schema)) }
            default: break
            }
        }
        return found
    }

    private static func base(of schema: Value, under base: String) -> String {
        guard let id = schema["id"]?.stringValue, schema["$ref"] == nil else { return base }
        return SchemaURI(id).resolved(against: base).withoutFragment
    }
}
