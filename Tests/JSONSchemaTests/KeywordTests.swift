import JSONSchema
import Primitives
import Testing

/// What python-jsonschema 4.26 says of each value, as Draft 4.
@Suite("Keywords of draft 4")
struct KeywordTests {
    @Test(
        "bounds and multiples of numbers",
        arguments: [
            (#"{"minimum": 3}"#, "2", ["2 is less than the minimum of 3"]),
            (#"{"minimum": 3}"#, "3", []),
            (#"{"minimum": 3}"#, "3.0", []),
            (#"{"minimum": 3}"#, "2.99", ["2.99 is less than the minimum of 3"]),
            (#"{"minimum": 3}"#, #""2""#, []),
            (#"{"minimum": 3}"#, "null", []),
            (#"{"minimum": 3, "exclusiveMinimum": true}"#, "3", ["3 is less than or equal to the minimum of 3"]),
            (#"{"minimum": 3, "exclusiveMinimum": true}"#, "3.01", []),
            (#"{"maximum": 3}"#, "3", []),
            (#"{"maximum": 3}"#, "4", ["4 is greater than the maximum of 3"]),
            (#"{"maximum": 3}"#, "-1", []),
            (#"{"maximum": 3, "exclusiveMaximum": true}"#, "3", ["3 is greater than or equal to the maximum of 3"]),
            (#"{"maximum": 3, "exclusiveMaximum": true}"#, "2.9", []),
            (#"{"multipleOf": 3}"#, "9", []),
            (#"{"multipleOf": 3}"#, "10", ["10 is not a multiple of 3"]),
            (#"{"multipleOf": 3}"#, "0", []),
            (#"{"multipleOf": 3}"#, "-6", []),
            (#"{"multipleOf": 3}"#, "4.5", ["4.5 is not a multiple of 3"]),
            (#"{"multipleOf": 0.5}"#, "4", []),
            (#"{"multipleOf": 0.5}"#, "4.5", []),
            (#"{"multipleOf": 0.5}"#, "4.2", ["4.2 is not a multiple of 0.5"]),
            (#"{"multipleOf": 1.5}"#, "3", []),
            (#"{"multipleOf": 1.5}"#, "4", ["4 is not a multiple of 1.5"]),
            (
                #"{"minimum": 1, "maximum": 0}"#, "0.5",
                ["0.5 is less than the minimum of 1", "0.5 is greater than the maximum of 0"]
            ),
            (#"{"minimum": -1.5}"#, "-2", ["-2 is less than the minimum of -1.5"]),
            (#"{"minimum": -1.5}"#, "-1.5", []),
            (
                #"{"maximum": 12345678901234567890123}"#, "12345678901234567890124",
                ["12345678901234567890124 is greater than the maximum of 12345678901234567890123"]
            ),
            (#"{"maximum": 12345678901234567890123}"#, "1", []),
        ] as [(String, String, [String])])
    func numbers(schema: String, value: String, messages: [String]) throws {
        try check(schema, value, messages)
    }

    @Test(
        "lengths and patterns of texts",
        arguments: [
            (#"{"minLength": 2}"#, #""a""#, ["'a' is too short"]),
            (#"{"minLength": 2}"#, #""ab""#, []),
            (#"{"minLength": 2}"#, "5", []),
            (#"{"minLength": 2}"#, #""🐲""#, ["'🐲' is too short"]),
            (#"{"maxLength": 2}"#, #""abc""#, ["'abc' is too long"]),
            (#"{"maxLength": 2}"#, #""ab""#, []),
            (#"{"maxLength": 2}"#, #""🐲🐲""#, []),
            (#"{"pattern": "^a.c$"}"#, #""abc""#, []),
            (#"{"pattern": "^a.c$"}"#, #""xabc""#, ["'xabc' does not match '^a.c$'"]),
            (#"{"pattern": "^a.c$"}"#, "5", []),
            (#"{"pattern": "b"}"#, #""abc""#, []),
            (#"{"pattern": "b"}"#, #""ac""#, ["'ac' does not match 'b'"]),
        ] as [(String, String, [String])])
    func texts(schema: String, value: String, messages: [String]) throws {
        try check(schema, value, messages)
    }

    @Test(
        "elements of arrays",
        arguments: [
            (
                #"{"items": {"type": "integer"}}"#, #"[1, "a", 2.5]"#,
                ["'a' is not of type 'integer'", "2.5 is not of type 'integer'"]
            ),
            (#"{"items": {"type": "integer"}}"#, "[]", []),
            (#"{"items": {"type": "integer"}}"#, #"{"0": "a"}"#, []),
            (#"{"items": {"type": "integer"}}"#, #""x""#, []),
            (#"{"items": [{"type": "integer"}, {"type": "string"}]}"#, #"[1, "a"]"#, []),
            (
                #"{"items": [{"type": "integer"}, {"type": "string"}]}"#, #"["a", 1]"#,
                ["'a' is not of type 'integer'", "1 is not of type 'string'"]
            ),
            (#"{"items": [{"type": "integer"}, {"type": "string"}]}"#, "[1]", []),
            (#"{"items": [{"type": "integer"}, {"type": "string"}]}"#, #"[1, "a", null]"#, []),
            (#"{"items": [{}], "additionalItems": false}"#, "[1]", []),
            (
                #"{"items": [{}], "additionalItems": false}"#, "[1, 2]",
                ["Additional items are not allowed (2 was unexpected)"]
            ),
            (#"{"items": [{}], "additionalItems": {"type": "integer"}}"#, "[1, 2]", []),
            (
                #"{"items": [{}], "additionalItems": {"type": "integer"}}"#, #"[1, "a", 3]"#,
                ["'a' is not of type 'integer'"]
            ),
            (#"{"items": {}, "additionalItems": false}"#, "[1, 2]", []),
            (#"{"additionalItems": false}"#, "[1, 2]", []),
            (#"{"minItems": 1}"#, "[]", ["[] should be non-empty"]),
            (#"{"minItems": 1}"#, "[1]", []),
            (#"{"minItems": 1}"#, #""x""#, []),
            (#"{"maxItems": 1}"#, "[1, 2]", ["[1, 2] is too long"]),
            (#"{"maxItems": 1}"#, "[1]", []),
            (#"{"uniqueItems": true}"#, "[1, 1]", ["[1, 1] has non-unique elements"]),
            (#"{"uniqueItems": true}"#, "[1, true]", []),
            (#"{"uniqueItems": true}"#, #"[{"a": 1}, {"a": 1}]"#, ["[{'a': 1}, {'a': 1}] has non-unique elements"]),
            (#"{"uniqueItems": true}"#, "[[1], [1]]", ["[[1], [1]] has non-unique elements"]),
            (#"{"uniqueItems": true}"#, #"["a", "b"]"#, []),
            (#"{"uniqueItems": true}"#, "[1, 1.0]", ["[1, 1.0] has non-unique elements"]),
            (#"{"uniqueItems": true}"#, "[0, false]", []),
            (#"{"uniqueItems": true}"#, "[[1], [true]]", []),
            (
                #"{"uniqueItems": true}"#, #"[{"a": 1, "b": 2}, {"b": 2, "a": 1}]"#,
                ["[{'a': 1, 'b': 2}, {'b': 2, 'a': 1}] has non-unique elements"]
            ),
            (#"{"uniqueItems": false}"#, "[1, 1]", []),
        ] as [(String, String, [String])])
    func arrays(schema: String, value: String, messages: [String]) throws {
        try check(schema, value, messages)
    }

    @Test(
        "members of objects",
        arguments: [
            (#"{"properties": {"a": {"type": "integer"}}}"#, #"{"a": 1}"#, []),
            (#"{"properties": {"a": {"type": "integer"}}}"#, #"{"a": "x"}"#, ["'x' is not of type 'integer'"]),
            (#"{"properties": {"a": {"type": "integer"}}}"#, "{}", []),
            (#"{"properties": {"a": {"type": "integer"}}}"#, "[]", []),
            (#"{"required": ["a", "b"]}"#, #"{"a": 1}"#, ["'b' is a required property"]),
            (#"{"required": ["a", "b"]}"#, #"{"a": null, "b": 1}"#, []),
            (#"{"required": ["a", "b"]}"#, #""x""#, []),
            (
                #"{"patternProperties": {"^n": {"type": "integer"}}}"#, #"{"n1": "x", "m": "y"}"#,
                ["'x' is not of type 'integer'"]
            ),
            (#"{"patternProperties": {"^n": {"type": "integer"}}}"#, #"{"n1": 1}"#, []),
            (
                #"{"properties": {"a": {}}, "patternProperties": {"b": {}}, "additionalProperties": false}"#,
                #"{"a": 1, "xb": 2}"#, []
            ),
            (
                #"{"properties": {"a": {}}, "patternProperties": {"b": {}}, "additionalProperties": false}"#,
                #"{"c": 1}"#, ["'c' does not match any of the regexes: 'b'"]
            ),
            (
                #"{"additionalProperties": {"type": "integer"}}"#, #"{"a": 1, "b": "x"}"#,
                ["'x' is not of type 'integer'"]
            ),
            (#"{"additionalProperties": {"type": "integer"}}"#, #"{"a": 1}"#, []),
            (#"{"additionalProperties": false}"#, "{}", []),
            (#"{"minProperties": 1}"#, "{}", ["{} should be non-empty"]),
            (#"{"minProperties": 1}"#, #"{"a": 1}"#, []),
            (#"{"maxProperties": 1}"#, #"{"a": 1, "b": 2}"#, ["{'a': 1, 'b': 2} has too many properties"]),
            (#"{"maxProperties": 1}"#, #"{"a": 1}"#, []),
            (#"{"dependencies": {"a": ["b", "c"]}}"#, #"{"a": 1, "b": 1}"#, ["'c' is a dependency of 'a'"]),
            (#"{"dependencies": {"a": ["b", "c"]}}"#, #"{"b": 1}"#, []),
            (#"{"dependencies": {"a": ["b", "c"]}}"#, #"{"a": 1, "b": 2, "c": 3}"#, []),
            (#"{"dependencies": {"a": {"required": ["d"]}}}"#, #"{"a": 1}"#, ["'d' is a required property"]),
            (#"{"dependencies": {"a": {"required": ["d"]}}}"#, #"{"a": 1, "d": 1}"#, []),
            (#"{"dependencies": {"a": {"required": ["d"]}}}"#, "{}", []),
            (
                #"{"properties": {"a": {"properties": {"b": {"type": "null"}}}}}"#, #"{"a": {"b": 1}}"#,
                ["1 is not of type 'null'"]
            ),
        ] as [(String, String, [String])])
    func objects(schema: String, value: String, messages: [String]) throws {
        try check(schema, value, messages)
    }

    @Test(
        "types and enumerations",
        arguments: [
            (#"{"type": "integer"}"#, "1", []),
            (#"{"type": "integer"}"#, "1.0", ["1.0 is not of type 'integer'"]),
            (#"{"type": "integer"}"#, "1.5", ["1.5 is not of type 'integer'"]),
            (#"{"type": "integer"}"#, "true", ["True is not of type 'integer'"]),
            (#"{"type": "integer"}"#, #""1""#, ["'1' is not of type 'integer'"]),
            (#"{"type": "integer"}"#, "12345678901234567890", []),
            (#"{"type": "number"}"#, "1", []),
            (#"{"type": "number"}"#, "1.5", []),
            (#"{"type": "number"}"#, "true", ["True is not of type 'number'"]),
            (#"{"type": "number"}"#, #""1""#, ["'1' is not of type 'number'"]),
            (#"{"type": "boolean"}"#, "true", []),
            (#"{"type": "boolean"}"#, "0", ["0 is not of type 'boolean'"]),
            (#"{"type": "null"}"#, "null", []),
            (#"{"type": "null"}"#, "0", ["0 is not of type 'null'"]),
            (#"{"type": "null"}"#, #""""#, ["'' is not of type 'null'"]),
            (#"{"type": "array"}"#, "[]", []),
            (#"{"type": "array"}"#, "{}", ["{} is not of type 'array'"]),
            (#"{"type": "object"}"#, "{}", []),
            (#"{"type": "object"}"#, "[]", ["[] is not of type 'object'"]),
            (#"{"type": "string"}"#, #""""#, []),
            (#"{"type": "string"}"#, "1", ["1 is not of type 'string'"]),
            (#"{"type": ["string", "null"]}"#, #""a""#, []),
            (#"{"type": ["string", "null"]}"#, "null", []),
            (#"{"type": ["string", "null"]}"#, "1", ["1 is not of type 'string', 'null'"]),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "1", []),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "1.0", []),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, #""a""#, []),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "null", []),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "[1]", []),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, #"{"a": 1}"#, []),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "true", ["True is not one of [1, 'a', None, [1], {'a': 1}]"]),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "2", ["2 is not one of [1, 'a', None, [1], {'a': 1}]"]),
            (
                #"{"enum": [1, "a", null, [1], {"a": 1}]}"#, #"{"a": 2}"#,
                ["{'a': 2} is not one of [1, 'a', None, [1], {'a': 1}]"]
            ),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "[1.0]", []),
            (#"{"enum": [1, "a", null, [1], {"a": 1}]}"#, "[]", ["[] is not one of [1, 'a', None, [1], {'a': 1}]"]),
            (#"{"enum": [true, 0]}"#, "1", ["1 is not one of [True, 0]"]),
            (#"{"enum": [true, 0]}"#, "true", []),
            (#"{"enum": [true, 0]}"#, "false", ["False is not one of [True, 0]"]),
            (#"{"enum": [true, 0]}"#, "0", []),
            (#"{"type": "array", "enum": [[]]}"#, "[]", []),
            (#"{"type": "array", "enum": [[]]}"#, "[1]", ["[1] is not one of [[]]"]),
        ] as [(String, String, [String])])
    func types(schema: String, value: String, messages: [String]) throws {
        try check(schema, value, messages)
    }

    @Test(
        "combinations of schemas",
        arguments: [
            (#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, "0", ["0 is less than the minimum of 1"]),
            (#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, "1", []),
            (#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, "3", ["3 is greater than the maximum of 2"]),
            (#"{"anyOf": [{"type": "string"}, {"minimum": 5}]}"#, #""a""#, []),
            (#"{"anyOf": [{"type": "string"}, {"minimum": 5}]}"#, "6", []),
            (
                #"{"anyOf": [{"type": "string"}, {"minimum": 5}]}"#, "4",
                ["4 is not valid under any of the given schemas"]
            ),
            (#"{"oneOf": [{"minimum": 1}, {"maximum": 5}]}"#, "0", []),
            (
                #"{"oneOf": [{"minimum": 1}, {"maximum": 5}]}"#, "3",
                ["3 is valid under each of {'maximum': 5}, {'minimum': 1}"]
            ),
            (
                #"{"oneOf": [{"type": "string"}, {"type": "null"}]}"#, "1",
                ["1 is not valid under any of the given schemas"]
            ),
            (#"{"oneOf": [{"type": "string"}, {"type": "null"}]}"#, "null", []),
            (#"{"not": {"type": "integer"}}"#, #""a""#, []),
            (#"{"not": {"type": "integer"}}"#, "1", ["1 should not be valid under {'type': 'integer'}"]),
            (#"{"not": {}}"#, "1", ["1 should not be valid under {}"]),
            (
                #"{"allOf": [{"properties": {"a": {"type": "integer"}}}], "required": ["b"]}"#, #"{"a": "x"}"#,
                ["'x' is not of type 'integer'", "'b' is a required property"]
            ),
        ] as [(String, String, [String])])
    func combinations(schema: String, value: String, messages: [String]) throws {
        try check(schema, value, messages)
    }

    @Test(
        "references by pointer, by name and by address",
        arguments: [
            (
                "{\"definitions\": {\"p\": {\"type\": \"integer\"}}, \"properties\": {\"a\": {\"$ref\": \"#/definitions/p\"}}}",
                #"{"a": 1}"#, []
            ),
            (
                "{\"definitions\": {\"p\": {\"type\": \"integer\"}}, \"properties\": {\"a\": {\"$ref\": \"#/definitions/p\"}}}",
                #"{"a": "x"}"#, ["'x' is not of type 'integer'"]
            ),
            (
                "{\"definitions\": {\"a/b\": {\"type\": \"integer\"}, \"c~d\": {\"type\": \"string\"}, \"e%f\": {\"type\": \"null\"}}, \"properties\": {\"x\": {\"$ref\": \"#/definitions/a~1b\"}, \"y\": {\"$ref\": \"#/definitions/c~0d\"}, \"z\": {\"$ref\": \"#/definitions/e%25f\"}}}",
                #"{"x": "1", "y": 1, "z": 1}"#,
                ["'1' is not of type 'integer'", "1 is not of type 'string'", "1 is not of type 'null'"]
            ),
            (
                "{\"definitions\": {\"a/b\": {\"type\": \"integer\"}, \"c~d\": {\"type\": \"string\"}, \"e%f\": {\"type\": \"null\"}}, \"properties\": {\"x\": {\"$ref\": \"#/definitions/a~1b\"}, \"y\": {\"$ref\": \"#/definitions/c~0d\"}, \"z\": {\"$ref\": \"#/definitions/e%25f\"}}}",
                #"{"x": 1, "y": "a", "z": null}"#, []
            ),
            (
                "{\"items\": [{\"type\": \"integer\"}, {\"$ref\": \"#/items/0\"}]}", #"[1, "a"]"#,
                ["'a' is not of type 'integer'"]
            ),
            ("{\"items\": [{\"type\": \"integer\"}, {\"$ref\": \"#/items/0\"}]}", "[1, 2]", []),
            (
                "{\"properties\": {\"child\": {\"$ref\": \"#\"}}, \"additionalProperties\": false}",
                #"{"child": {"child": {}}}"#, []
            ),
            (
                "{\"properties\": {\"child\": {\"$ref\": \"#\"}}, \"additionalProperties\": false}",
                #"{"child": {"x": 1}}"#, ["Additional properties are not allowed ('x' was unexpected)"]
            ),
            (
                #"{"id": "http://h/root.json", "definitions": {"a": {"id": "a.json", "type": "integer"}}, "properties": {"x": {"$ref": "a.json"}}}"#,
                #"{"x": 1}"#, []
            ),
            (
                #"{"id": "http://h/root.json", "definitions": {"a": {"id": "a.json", "type": "integer"}}, "properties": {"x": {"$ref": "a.json"}}}"#,
                #"{"x": "a"}"#, ["'a' is not of type 'integer'"]
            ),
            (
                #"{"id": "http://h/dir/root.json", "definitions": {"a": {"id": "sub/a.json", "definitions": {"b": {"id": "../b.json", "type": "integer"}}}}, "properties": {"x": {"$ref": "b.json"}, "y": {"$ref": "http://h/dir/b.json"}, "z": {"$ref": "/dir/b.json"}, "w": {"$ref": "./sub/./../b.json"}, "v": {"$ref": "//h/dir/b.json"}}}"#,
                #"{"x": "a", "y": "a", "z": "a", "w": "a", "v": "a"}"#,
                [
                    "'a' is not of type 'integer'", "'a' is not of type 'integer'", "'a' is not of type 'integer'",
                    "'a' is not of type 'integer'", "'a' is not of type 'integer'",
                ]
            ),
            (
                #"{"id": "http://h/dir/root.json", "definitions": {"a": {"id": "sub/a.json", "definitions": {"b": {"id": "../b.json", "type": "integer"}}}}, "properties": {"x": {"$ref": "b.json"}, "y": {"$ref": "http://h/dir/b.json"}, "z": {"$ref": "/dir/b.json"}, "w": {"$ref": "./sub/./../b.json"}, "v": {"$ref": "//h/dir/b.json"}}}"#,
                #"{"x": 1, "y": 1}"#, []
            ),
            (
                "{\"id\": \"http://h/r\", \"definitions\": {\"a\": {\"id\": \"#name\", \"type\": \"integer\"}}, \"properties\": {\"x\": {\"$ref\": \"#name\"}}}",
                #"{"x": "a"}"#, ["'a' is not of type 'integer'"]
            ),
            (
                "{\"id\": \"http://h/r\", \"definitions\": {\"a\": {\"id\": \"#name\", \"type\": \"integer\"}}, \"properties\": {\"x\": {\"$ref\": \"#name\"}}}",
                #"{"x": 1}"#, []
            ),
            (
                "{\"definitions\": {\"p\": {\"type\": \"integer\"}}, \"$ref\": \"#/definitions/p\", \"type\": \"string\"}",
                "1", []
            ),
            (
                "{\"definitions\": {\"p\": {\"type\": \"integer\"}}, \"$ref\": \"#/definitions/p\", \"type\": \"string\"}",
                #""a""#, ["'a' is not of type 'integer'"]
            ),
            (
                #"{"id": "http://h/r?q=1", "definitions": {"a": {"type": "integer"}}, "properties": {"x": {"$ref": "?q=1#/definitions/a"}}}"#,
                #"{"x": "a"}"#, ["'a' is not of type 'integer'"]
            ),
            (
                #"{"id": "http://h", "definitions": {"a": {"id": "c.json", "type": "integer"}}, "properties": {"x": {"$ref": "http://h/c.json"}}}"#,
                #"{"x": "a"}"#, ["'a' is not of type 'integer'"]
            ),
            (
                "{\"id\": \"urn:x:y\", \"definitions\": {\"a\": {\"type\": \"integer\"}}, \"properties\": {\"x\": {\"$ref\": \"#/definitions/a\"}}}",
                #"{"x": "a"}"#, ["'a' is not of type 'integer'"]
            ),
            (#"{"$ref": "http://json-schema.org/draft-04/schema#"}"#, #"{"type": "string"}"#, []),
            (
                #"{"$ref": "http://json-schema.org/draft-04/schema#"}"#, #"{"type": 5}"#,
                ["5 is not valid under any of the given schemas"]
            ),
            (
                #"{"$ref": "http://json-schema.org/draft-04/schema#"}"#, #"{"minimum": "x"}"#,
                ["'x' is not of type 'number'"]
            ),
        ] as [(String, String, [String])])
    func references(schema: String, value: String, messages: [String]) throws {
        try check(schema, value, messages)
    }

    private func check(_ schema: String, _ value: String, _ messages: [String]) throws {
        let schema = try CompiledSchema(Value(json: schema))
        let value = try Value(json: value)
        #expect(schema.validate(value).map(\.message) == messages)
        #expect(schema.isSatisfied(by: value) == messages.isEmpty)
    }
}
