import JSONSchema
import OrderedCollections
import Primitives
import Testing

@Suite("Violations as python-jsonschema words and places them")
struct MessageTests {
    /// Schema, value, messages.
    static let cases: [(String, String, [String])] = [
        (#"{"type": "integer"}"#, #""foo""#, ["'foo' is not of type 'integer'"]),
        (#"{"type": ["integer", "null"]}"#, "1.0", ["1.0 is not of type 'integer', 'null'"]),
        (#"{"type": "integer"}"#, "true", ["True is not of type 'integer'"]),
        (#"{"type": "string"}"#, #"{"a": [1, null, "x"]}"#, ["{'a': [1, None, 'x']} is not of type 'string'"]),
        (#"{"required": ["a", "b"]}"#, "{}", ["'a' is a required property", "'b' is a required property"]),
        (
            #"{"properties": {"c": {}}, "additionalProperties": false}"#, #"{"b": 1, "c": 2, "a": 3}"#,
            ["Additional properties are not allowed ('a', 'b' were unexpected)"]
        ),
        (
            #"{"additionalProperties": false}"#, #"{"b": 1}"#,
            ["Additional properties are not allowed ('b' was unexpected)"]
        ),
        (
            #"{"patternProperties": {"^x": {}, "^a": {}}, "additionalProperties": false}"#, #"{"x1": 1, "b": 2}"#,
            ["'b' does not match any of the regexes: '^a', '^x'"]
        ),
        (
            #"{"patternProperties": {"^x": {}}, "additionalProperties": false}"#, #"{"c": 1, "b": 2}"#,
            ["'b', 'c' do not match any of the regexes: '^x'"]
        ),
        (#"{"enum": ["a", 1, null]}"#, "true", ["True is not one of ['a', 1, None]"]),
        (#"{"pattern": "^it's$"}"#, #""x""#, [#"'x' does not match "^it's$""#]),
        (#"{"minimum": 2}"#, "1", ["1 is less than the minimum of 2"]),
        (
            #"{"minimum": 2, "exclusiveMinimum": true}"#, "2",
            ["2 is less than or equal to the minimum of 2"]
        ),
        (#"{"maximum": 2.5}"#, "3", ["3 is greater than the maximum of 2.5"]),
        (
            #"{"maximum": 2, "exclusiveMaximum": true}"#, "2.0",
            ["2.0 is greater than or equal to the maximum of 2"]
        ),
        (#"{"multipleOf": 0.5}"#, "1.2", ["1.2 is not a multiple of 0.5"]),
        (#"{"minItems": 1}"#, "[]", ["[] should be non-empty"]),
        (#"{"minItems": 2}"#, "[1]", ["[1] is too short"]),
        (#"{"maxItems": 1}"#, "[1, 2]", ["[1, 2] is too long"]),
        (#"{"maxItems": 0}"#, "[1]", ["[1] is expected to be empty"]),
        (#"{"minLength": 1}"#, #""""#, ["'' should be non-empty"]),
        (#"{"minLength": 3}"#, #""ab""#, ["'ab' is too short"]),
        (#"{"maxLength": 1}"#, #""ab""#, ["'ab' is too long"]),
        (#"{"minProperties": 1}"#, "{}", ["{} should be non-empty"]),
        (#"{"minProperties": 2}"#, #"{"a": 1}"#, ["{'a': 1} does not have enough properties"]),
        (#"{"maxProperties": 0}"#, #"{"a": 1}"#, ["{'a': 1} is expected to be empty"]),
        (#"{"maxProperties": 1}"#, #"{"a": 1, "b": 2}"#, ["{'a': 1, 'b': 2} has too many properties"]),
        (#"{"uniqueItems": true}"#, "[1, 1.0]", ["[1, 1.0] has non-unique elements"]),
        (#"{"uniqueItems": true}"#, "[1, true, 0, false]", []),
        (
            #"{"anyOf": [{"type": "string"}, {"minimum": 5}]}"#, "1",
            ["1 is not valid under any of the given schemas"]
        ),
        (
            #"{"oneOf": [{"type": "string"}, {"minimum": 5}]}"#, "1",
            ["1 is not valid under any of the given schemas"]
        ),
        (
            #"{"oneOf": [{"minimum": 1}, {"type": "integer"}, {"maximum": 9}]}"#, "1",
            ["1 is valid under each of {'type': 'integer'}, {'maximum': 9}, {'minimum': 1}"]
        ),
        (#"{"not": {"type": "integer"}}"#, "1", ["1 should not be valid under {'type': 'integer'}"]),
        (#"{"dependencies": {"a": ["b"]}}"#, #"{"a": 1}"#, ["'b' is a dependency of 'a'"]),
        (
            #"{"items": [{}], "additionalItems": false}"#, "[1, 2, 3]",
            ["Additional items are not allowed (2, 3 were unexpected)"]
        ),
        (#"{"format": "date-time", "type": "string"}"#, #""never""#, []),
    ]

    @Test("a message has python-jsonschema's words", arguments: cases)
    func wording(schema: String, value: String, messages: [String]) throws {
        let schema = try CompiledSchema(Value(json: schema))
        #expect(try schema.validate(Value(json: value)).map(\.message) == messages)
    }

    @Test("that a text was asked for, and nothing else would do, is told by the rule and not by the words")
    func wantsText() throws {
        func wanted(_ schema: String, _ value: String) throws -> [Bool] {
            try CompiledSchema(Value(json: schema)).validate(Value(json: value)).map(\.wantsText)
        }
        #expect(try wanted(#"{"type": "string"}"#, "1") == [true])
        #expect(try wanted(#"{"properties": {"a": {"type": ["string"]}}}"#, #"{"a": 1}"#) == [true])
        #expect(try wanted(#"{"type": ["null", "string"]}"#, "1") == [false])
        #expect(try wanted(#"{"type": "integer"}"#, #""1 is not of type 'string'""#) == [false])
    }

    @Test("violations come in the order of the schema's keywords, with their paths")
    func orderAndPaths() throws {
        let schema = try CompiledSchema(
            Value(
                json: """
                    {"definitions": {"port": {"minimum": 1, "type": "integer"}},
                     "required": ["name"],
                     "properties": {
                       "ports": {"items": {"$ref": "#/definitions/port"}},
                       "mode": {"allOf": [{"type": "string"}, {"enum": ["a"]}]}},
                     "minProperties": 3}
                    """))
        let violations = try schema.validate(Value(json: #"{"mode": 5, "ports": [80, 0, "x"]}"#))
        #expect(violations.map(\.keyword) == ["required", "minimum", "type", "type", "enum", "minProperties"])
        #expect(violations[1].instancePath == [.key("ports"), .index(1)])
        #expect(violations[1].schemaPath == [.key("properties"), .key("ports"), .key("items"), .key("minimum")])
        #expect(violations[1].instance == 0)
        #expect(violations[4].instancePath == [.key("mode")])
        #expect(
            violations[4].schemaPath == [.key("properties"), .key("mode"), .key("allOf"), .index(1), .key("enum")])
        #expect(violations[5].instancePath.isEmpty)
        #expect(violations[5].schemaPath == [.key("minProperties")])
    }
}
