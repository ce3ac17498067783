import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import YAML

/// `yaml/cases.json` of the conformance folder: what PyYAML 6 answered.
@Suite(.enabled(if: Conformance.has("yaml/cases.json")))
struct ConformanceTests {
    private static func cases(_ section: String) throws -> [Value] {
        try Conformance.json("yaml/cases.json")[section]?.arrayValue ?? []
    }

    @Test("every text that PyYAML loads gives the same values, and every other an error with its place")
    func load() throws {
        for (index, input) in try Self.cases("load").enumerated() {
            try check(input, index) { bytes in
                let documents = try YAML.loadNodes(bytes)
                return documents.isEmpty ? YAMLNode.null.described : documents[0].described
            }
        }
        for (index, input) in try Self.cases("load_all").enumerated() {
            try check(input, index) { bytes in
                "[" + (try YAML.loadNodes(bytes)).map(\.described).joined(separator: ", ") + "]"
            }
        }
    }

    @Test("every value is dumped as PyYAML dumps it, byte for byte")
    func dump() throws {
        for input in try Self.cases("dump") {
            let value = try #require(input["value"].flatMap(plainValue))
            #expect(YAML.dump(value) == input["dump"]?.stringValue)
        }
        for input in try Self.cases("dump_all") {
            let values = try #require(input["values"]?.arrayValue).map { try #require(plainValue($0)) }
            #expect(YAML.dumpAll(values) == input["dump"]?.stringValue)
        }
    }

    private func check(_ input: Value, _ index: Int, _ load: ([UInt8]) throws -> String) throws {
        let text = try #require(input["yaml"]?.stringValue)
        do {
            let loaded = try load(Array(text.utf8))
            guard let expected = input["ok"] else {
                Issue.record("\(text.debugDescription) is \(loaded), and should be refused")
                return
            }
            #expect(loaded == normalised(expected).json(), "\(text.debugDescription)")
        } catch let error as YAMLError {
            #expect(input["error"] != nil, "\(text.debugDescription): \(error)")
            #expect(error.line >= 1 && error.column >= 1 && !error.problem.isEmpty)
        }
    }

    /// The order of a set is arbitrary there.
    private func normalised(_ value: Value) -> Value {
        guard let array = value.arrayValue else { return value }
        if array.first == "set", let text = array.last?.stringValue {
            let members = text.dropFirst().dropLast().split(separator: ", ").sorted().joined(separator: ", ")
            return ["set", .string("{\(members)}")]
        }
        return .array(array.map(normalised))
    }

    private func plainValue(_ typed: Value) -> Value? {
        guard let type = typed[0]?.stringValue, let value = typed[1] else { return nil }
        switch type {
        case "int": return value.stringValue.flatMap { Int($0).map(Value.int) ?? .bigInt($0) }
        case "float": return value.stringValue.flatMap(Double.init).map(Value.double)
        case "seq": return value.arrayValue.map { .array($0.compactMap(plainValue)) }
        case "map":
            var object = Value.Object()
            for member in value.arrayValue ?? [] {
                guard let key = member[0]?[1]?.stringValue, let value = member[1].flatMap(plainValue) else {
                    return nil
                }
                object[key] = value
            }
            return .object(object)
        default: return value
        }
    }
}

extension YAMLNode {
    /// As the conformance cases write it.
    var described: String { typed.json() }

    private var typed: Value {
        switch self {
        case .null: ["null", nil]
        case .bool(let flag): ["bool", .bool(flag)]
        case .int(let number): ["int", .string(String(number))]
        case .bigInt(let digits): ["int", .string(digits)]
        case .float(let number): ["float", .string(number.pythonRepr)]
        case .string(let text): ["str", .string(text)]
        case .bytes(let bytes): ["bytes", .string("b'" + String(decoding: bytes, as: UTF8.self) + "'")]
        case .timestamp(let timestamp):
            [timestamp.time == nil ? "date" : "datetime", .string(timestamp.description)]
        case .sequence(let elements): ["seq", .array(elements.map(\.typed))]
        case .pairs(let pairs):
            ["seq", .array(pairs.map { ["tuple", .string("(\($0.key.python), \($0.value.python))")] })]
        case .mapping(let members):
            ["map", .array(members.map { .array([$0.key.node.typed, $0.value.typed]) })]
        case .set(let members):
            ["set", .string("{" + members.map { $0.node.python }.sorted().joined(separator: ", ") + "}")]
        }
    }

    private var python: String {
        switch self {
        case .int(let number): String(number)
        case .string(let text): text.pythonRepr
        default: "\(self)"
        }
    }
}
