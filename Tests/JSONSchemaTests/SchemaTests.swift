import JSONSchema
import OrderedCollections
import Primitives
import Testing

@Suite("Schemas")
struct SchemaTests {
    private func compiled(_ schema: String) throws -> CompiledSchema { try CompiledSchema(Value(json: schema)) }

    @Test(
        "what breaks the metaschema is no schema",
        arguments: [
            #"{"type": "strng"}"#, #"{"type": 5}"#, #"{"minimum": "1"}"#, #"{"required": []}"#, #"{"required": "a"}"#,
            #"{"properties": []}"#, #"{"properties": {"a": 5}}"#, #"{"enum": []}"#, #"{"enum": [1, 1]}"#,
            #"{"minLength": -1}"#, #"{"minLength": 1.5}"#, #"{"multipleOf": 0}"#, #"{"pattern": "("}"#,
            #"{"pattern": 5}"#, #"{"items": 5}"#, #"{"exclusiveMinimum": true}"#, #"{"allOf": []}"#,
            #"{"additionalProperties": 5}"#, #"{"dependencies": {"a": []}}"#, "5", "[]", "null", "true",
            #"{"patternProperties": {"[": {}}}"#, #"{"$ref": 5}"#, #"{"definitions": {"a": {"type": "x"}}}"#,
        ])
    func unusable(schema: String) throws {
        let value = try Value(json: schema)
        #expect(throws: JSONSchemaError.self) { try CompiledSchema(value) }
    }

    @Test("an unusable schema says what is wrong and where")
    func unusableMessage() throws {
        let schema = try Value(json: #"{"properties": {"a": {"minLength": "x"}}}"#)
        #expect {
            try CompiledSchema(schema)
        } throws: {
            ($0 as? JSONSchemaError)?.description == "'x' is not of type 'integer', at .properties.a.minLength"
        }
        let pattern = try Value(json: #"{"properties": {"a": {"pattern": "a)"}}}"#)
        #expect {
            try CompiledSchema(pattern)
        } throws: {
            ($0 as? JSONSchemaError)?.description
                == "'a)' is not a regular expression: unbalanced parenthesis at position 1, at .properties.a.pattern"
        }
    }

    @Test("the metaschema satisfies itself and may be referred to")
    func metaschema() throws {
        let schema = try compiled(#"{"$ref": "http://json-schema.org/draft-04/schema#"}"#)
        #expect(schema.isSatisfied(by: ["type": "string"]))
        #expect(!schema.isSatisfied(by: ["type": "strng"]))
        let part = try compiled(#"{"$ref": "http://json-schema.org/draft-04/schema#/definitions/positiveInteger"}"#)
        #expect(part.isSatisfied(by: 3))
        #expect(!part.isSatisfied(by: -3))
    }

    @Test(
        "a schema that refers to itself without end is an error, not a crash",
        arguments: [
            ##"{"$ref": "#"}"##, ##"{"allOf": [{"$ref": "#"}]}"##, ##"{"not": {"$ref": "#"}}"##,
            ##"{"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "anyOf": [{"$ref": "#/definitions/a"}]}"##,
            ##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##, ##"{"oneOf": [{"$ref": "#"}, {"$ref": "#"}]}"##,
            ##"{"dependencies": {"a": {"$ref": "#"}}}"##,
        ])
    func endless(schema: String) throws {
        let violations = try compiled(schema).validate(["a": 1])
        #expect(violations.map(\.message) == ["The schema refers to itself without end"])
        #expect(violations.map(\.keyword) == ["$ref"])
        #expect(try !compiled(schema).isSatisfied(by: ["a": 1]))
    }

    @Test("a reference to nowhere is a violation where it is reached, and nothing where it is not")
    func dangling() throws {
        let schema = try compiled(
            ##"{"properties": {"a": {"$ref": "#/definitions/none"}, "b": {"$ref": "http://elsewhere/x#"}}}"##)
        #expect(schema.validate(["c": 1]).isEmpty)
        let violations = schema.validate(["a": 1])
        #expect(violations.map(\.message) == ["The reference '#/definitions/none' leads nowhere"])
        #expect(violations.first?.instancePath == [.key("a")])
    }

    @Test("a chain of ten thousand definitions compiles, and is refused when it is followed")
    func longChain() throws {
        var definitions = Value.Object()
        for index in 0..<10_000 { definitions["d\(index)"] = ["$ref": .string("#/definitions/d\(index + 1)")] }
        let schema = try CompiledSchema([
            "definitions": .object(definitions), "properties": ["a": ["$ref": "#/definitions/d0"]],
        ])
        #expect(schema.validate([:]).isEmpty)
        #expect(schema.validate(["a": 1]).map(\.keyword) == ["$ref"])
    }

    @Test("a recursive schema follows a value as deep as values go, on any thread's stack")
    func deepValues() async throws {
        let schema = try compiled(##"{"properties": {"a": {"allOf": [{"$ref": "#"}]}}, "type": "object"}"##)
        func nested(_ depth: Int) -> Value { (0..<depth).reduce(Value.object([:])) { value, _ in ["a": value] } }
        let satisfied = await Task.detached { schema.isSatisfied(by: nested(190)) }.value
        #expect(satisfied)
        let refused = await Task.detached { schema.validate(nested(400)) }.value
        #expect(refused.map(\.message) == ["The value nests too deeply to be validated"])
    }

    @Test("references that multiply are given up")
    func explosion() throws {
        var definitions = Value.Object()
        for index in 0..<60 {
            let next: Value = ["$ref": .string("#/definitions/d\(index + 1)")]
            definitions["d\(index)"] = ["allOf": [next, next, next]]
        }
        definitions["d60"] = [:]
        let schema = try CompiledSchema(["definitions": .object(definitions), "$ref": "#/definitions/d0"])
        let chained = schema.validate(1)
        #expect(chained.map(\.keyword) == ["$ref"])
    }

    @Test("a pattern that backtracks without end is a violation that says so")
    func catastrophe() throws {
        let schema = try compiled(#"{"properties": {"a": {"pattern": "^(a+)+$"}}}"#)
        let violations = schema.validate(["a": .string(String(repeating: "a", count: 60) + "b")])
        #expect(violations.map(\.keyword) == ["pattern"])
        #expect(violations[0].message.hasPrefix("Matching was given up after"))
        #expect(violations[0].instancePath == [.key("a")])
    }

    @Test("a hundred thousand elements are told apart in no time")
    func manyElements() throws {
        let schema = try compiled(#"{"uniqueItems": true}"#)
        var elements: [Value] = (0..<100_000).map { ["id": .int($0)] }
        #expect(schema.isSatisfied(by: .array(elements)))
        elements.append(["id": 5.0])
        #expect(!schema.isSatisfied(by: .array(elements)))
    }

    @Test("texts are compared by code points, not by canonical equivalence")
    func codePoints() throws {
        let schema = try compiled(#"{"enum": ["\u00e9"]}"#)
        #expect(schema.isSatisfied(by: "\u{e9}"))
        #expect(!schema.isSatisfied(by: "e\u{301}"))
        #expect(try compiled(#"{"maxLength": 1}"#).isSatisfied(by: "🐲"))
        #expect(try !compiled(#"{"maxLength": 1}"#).isSatisfied(by: "\r\n"))
    }

    @Test("integers beyond 64 bits are compared and divided exactly")
    func bigIntegers() throws {
        let limit = try compiled(#"{"maximum": 18446744073709551616, "multipleOf": 3}"#)
        #expect(try limit.isSatisfied(by: Value(json: "18446744073709551615")))
        #expect(try !limit.isSatisfied(by: Value(json: "18446744073709551617")))
        #expect(try !limit.isSatisfied(by: Value(json: "18446744073709551614")))
        let same = try compiled(#"{"enum": [9007199254740993]}"#)
        #expect(same.isSatisfied(by: 9_007_199_254_740_993))
        #expect(!same.isSatisfied(by: 9_007_199_254_740_992.0))
    }

    @Test("one schema is compiled once, whoever asks, and the oldest leaves")
    func cache() async throws {
        let cache = SchemaCache(capacity: 2)
        let schema: Value = ["type": "string"]
        let first = try cache.compiled(schema)
        let again = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? cache.compiled(["type": "string"])) === first } }
            return await group.allSatisfy { $0 }
        }
        #expect(again)
        _ = try cache.compiled(["type": "integer"])
        _ = try cache.compiled(["type": "null"])
        #expect(try cache.compiled(schema) !== first)
        #expect(throws: JSONSchemaError.self) { try cache.compiled(["type": "strng"]) }
    }

    @Test("what the cache keeps is bounded in bytes, and a schema larger than half of it drives nothing out")
    func cacheBytes() throws {
        let cache = SchemaCache(byteLimit: 1000)
        func schema(_ name: String, _ length: Int) -> Value {
            ["title": .string(name + String(repeating: "x", count: length))]
        }
        let first = try cache.compiled(schema("a", 300))
        let large = try cache.compiled(schema("large", 600))
        #expect(try cache.compiled(schema("large", 600)) !== large)
        #expect(try cache.compiled(schema("a", 300)) === first)
        _ = try cache.compiled(schema("b", 300))
        _ = try cache.compiled(schema("c", 300))
        _ = try cache.compiled(schema("d", 300))
        #expect(try cache.compiled(schema("a", 300)) !== first)
    }

    @Test("a thousand values of one schema compile it once")
    func thousand() throws {
        let cache = SchemaCache()
        let compiled = try (0..<1000).map { _ in try cache.compiled(["type": "object", "required": ["a"]]) }
        #expect(Set(compiled.map(ObjectIdentifier.init)).count == 1)
    }
}
