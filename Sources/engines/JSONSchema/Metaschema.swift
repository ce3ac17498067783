import Primitives

/// The schema of schemas of draft 4, `http://json-schema.org/draft-04/schema#`.
enum Metaschema {
    /// A text of our own is always JSON, as every test of this room proves.
    static let draft4: Value = (try? Value(json: text)) ?? .null

    /// Compiled without being checked against itself.
    static let compiled: CompiledSchema? = try? CompiledSchema(unchecked: draft4)

    private static let text = """
        {
          "id": "http://json-schema.org/draft-04/schema#",
          "type": "object",
          "definitions": {
            "schemaArray": {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
            "schemaMap": {"type": "object", "additionalProperties": {"$ref": "#"}},
            "schemaOrFlag": {"anyOf": [{"type": "boolean"}, {"$ref": "#"}]},
            "positiveInteger": {"type": "integer", "minimum": 0},
            "positiveIntegerDefault0": {"$ref": "#/definitions/positiveInteger"},
            "simpleTypes": {"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]},
            "stringArray": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"}}
          },
          "properties": {
            "id": {"type": "string"},
            "$schema": {"type": "string"},
            "title": {"type": "string"},
            "description": {"type": "string"},
            "format": {"type": "string"},
            "type": {
              "anyOf": [
                {"$ref": "#/definitions/simpleTypes"},
                {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/definitions/simpleTypes"}}
              ]
            },
            "enum": {"type": "array", "minItems": 1, "uniqueItems": true},
            "allOf": {"$ref": "#/definitions/schemaArray"},
            "anyOf": {"$ref": "#/definitions/schemaArray"},
            "oneOf": {"$ref": "#/definitions/schemaArray"},
            "not": {"$ref": "#"},
            "definitions": {"$ref": "#/definitions/schemaMap"},
            "multipleOf": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
            "minimum": {"type": "number"},
            "exclusiveMinimum": {"type": "boolean"},
            "maximum": {"type": "number"},
            "exclusiveMaximum": {"type": "boolean"},
            "minLength": {"$ref": "#/definitions/positiveInteger"},
            "maxLength": {"$ref": "#/definitions/positiveInteger"},
            "pattern": {"type": "string"},
            "minItems": {"$ref": "#/definitions/positiveInteger"},
            "maxItems": {"$ref": "#/definitions/positiveInteger"},
            "uniqueItems": {"type": "boolean"},
            "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/schemaArray"}]},
            "additionalItems": {"$ref": "#/definitions/schemaOrFlag"},
            "minProperties": {"$ref": "#/definitions/positiveInteger"},
            "maxProperties": {"$ref": "#/definitions/positiveInteger"},
            "required": {"$ref": "#/definitions/stringArray"},
            "properties": {"$ref": "#/definitions/schemaMap"},
            "patternProperties": {"$ref": "#/definitions/schemaMap"},
            "additionalProperties": {"$ref": "#/definitions/schemaOrFlag"},
            "dependencies": {
              "type": "object",
              "additionalProperties": {"anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/stringArray"}]}
            }
          },
          "dependencies": {"exclusiveMaximum": ["maximum"], "exclusiveMinimum": ["minimum"]}
        }
        """
}
