import JSONSchema
import Primitives
import TestSupport
import Testing

@Suite("JSON-Schema-Test-Suite, draft 4")
struct SuiteTests {
    private static let folder = "json-schema/draft4"

    /// The files of the suite, those of `optional` too, relative to the folder.
    private static let files: [String] = {
        guard Conformance.has(folder) else { return [] }
        let optional = Conformance.names(in: folder + "/optional", suffix: ".json").map { "optional/\($0)" }
        return (Conformance.names(in: folder, suffix: ".json") + optional).map { $0 + ".json" }
    }()

    /// Python's `re` takes every decimal digit and letter of Unicode for `\d` and `\w`, and U+FEFF for no blank.
    private static let pythonDiffers: Set<String> = [
        "NKO DIGIT ZERO does not match (unlike e.g. Python)", "NKO DIGIT ZERO (as \\u escape) does not match",
        "NKO DIGIT ZERO matches (unlike e.g. Python)", "NKO DIGIT ZERO (as \\u escape) matches",
        "latin-1 e-acute does not match (unlike e.g. Python)", "latin-1 e-acute matches (unlike e.g. Python)",
        "zero-width whitespace matches", "zero-width whitespace does not match",
        "non-ascii digits (BENGALI DIGIT FOUR, BENGALI DIGIT TWO)",
    ]

    @Test("every case of the suite is decided as it says", arguments: files)
    func decidesSuite(file: String) throws {
        for group in try #require(try Conformance.json("\(Self.folder)/\(file)").arrayValue) {
            let schema = try #require(group["schema"])
            let text = schema.json()
            if file.hasSuffix("ecmascript-regex.json"), text.contains("\\\\p{") || text.contains("\\\\c") {
                // No part of Python's dialect.
                #expect(throws: JSONSchemaError.self) { try CompiledSchema(schema) }
                continue
            }
            let compiled = try CompiledSchema(schema)
            for test in group["tests"]?.arrayValue ?? [] {
                let description = try #require(test["description"]?.stringValue)
                let data = try #require(test["data"])
                var isValid = try #require(test["valid"]) == .bool(true)
                if file.hasSuffix("ecmascript-regex.json") {
                    let isUnicodeWord = text.contains("\\\\wcole") && !description.hasPrefix("ascii")
                    if isUnicodeWord && !description.contains("case-sensitive")
                        || Self.pythonDiffers.contains(description)
                    {
                        isValid.toggle()
                    }
                }
                let violations = compiled.validate(data)
                #expect(
                    violations.isEmpty == isValid,
                    "\(file): \(group["description"]?.stringValue ?? ""): \(description): \(violations.map(\.message))")
                #expect(compiled.isSatisfied(by: data) == isValid)
            }
        }
    }
}
