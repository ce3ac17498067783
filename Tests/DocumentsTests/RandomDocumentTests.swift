import Documents
import OrderedCollections
import Primitives
import TestSupport
import Testing
import YAML

/// Random sites, the same in every run: rendering ends with documents or with an error that names its kind.
@Suite("Random documents")
struct RandomDocumentTests {
    @Test("random layerings and substitutions end with documents or an error", arguments: 0..<200)
    func render(seed: Int) throws {
        var site = RandomSite(seed: UInt64(seed))
        let documents = try stored(YAML.load(policy).filter { !$0.isNull } + site.documents(count: 2 + seed % 7))
        do throws(DocumentError) {
            let rendered = try DocumentEngine.render(documents)
            try DocumentEngine.validate(rendered, latestSchemas: [], cache: DataSchemaCache())
            #expect(!rendered.isEmpty)
            let again = try DocumentEngine.render(documents)
            #expect(again.map(\.value) == rendered.map(\.value))
        } catch {
            #expect([ErrorKind.invalid, .missing, .conflict].contains(error.kind))
            #expect(!error.message.isEmpty)
        }
    }

    @Test("random metadata is refused or taken, never more", arguments: 0..<40)
    func shape(seed: Int) {
        var site = RandomSite(seed: UInt64(1000 + seed))
        for _ in 0..<20 {
            let document: Value = ["schema": site.value(depth: 1), "metadata": site.value(depth: 3), "data": 1]
            do throws(DocumentError) {
                _ = try DocumentDraft(document)
            } catch {
                #expect(error.problem == .invalidFormat)
                #expect(!error.messages.isEmpty)
            }
        }
    }
}

struct RandomSite {
    private var generator: SplitMix

    init(seed: UInt64) { generator = SplitMix(seed: seed) }

    private mutating func pick<T>(_ choices: [T], _ other: T) -> T { choices.randomElement(using: &generator) ?? other }

    private mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func path() -> String {
        let steps = (0..<number(0..<4)).map { _ in
            pick([".a", ".b", ".c", ".l[0]", ".l[2]", "[1]", "[*]", "..a", ".'q.r'", ".*", ".a-b"], ".a")
        }
        return steps.isEmpty ? "." : steps.joined()
    }

    mutating func value(depth: Int) -> Value {
        switch number(0..<(depth > 0 ? 10 : 7)) {
        case 0: return .null
        case 1: return .int(number(-3..<3))
        case 2: return .double(1.5)
        case 3: return .bool(true)
        case 4, 5: return .string(pick(["", "x", "IT and IT", "metadata/Document/v1", "a/b/v1", "ü"], "x"))
        case 6: return .bigInt("123456789012345678901234567890")
        case 7: return .array((0..<number(0..<4)).map { _ in value(depth: depth - 1) })
        default:
            var members: Value.Object = [:]
            for _ in 0..<number(0..<5) {
                members[pick(["a", "b", "c", "l", "q.r", "schema", "name", "labels"], "a")] = value(depth: depth - 1)
            }
            return .object(members)
        }
    }

    mutating func documents(count: Int) -> [Value] {
        (0..<count).map { place in
            let layer = pick(["global", "type", "site"], "site")
            var layering: Value.Object = ["layer": .string(layer), "abstract": .bool(number(0..<5) == 0)]
            if layer != "global", number(0..<3) > 0 {
                layering["parentSelector"] = ["n": .int(number(0..<place + 1))]
                layering["actions"] = .array(
                    (0..<number(1..<4)).map { _ in
                        let method = pick(["merge", "merge", "replace", "delete"], "merge")
                        return ["method": .string(method), "path": .string(number(0..<3) == 0 ? path() : ".")]
                    })
            }
            var metadata: Value.Object = [
                "schema": "metadata/Document/v1", "name": .string("d\(place)"), "storagePolicy": "cleartext",
                "layeringDefinition": .object(layering), "labels": ["n": .int(place)],
            ]
            if place > 0 {
                metadata["substitutions"] = .array((0..<number(0..<4)).map { _ in substitution(below: place) })
            }
            let data = value(depth: 4)
            return [
                "schema": "example/Kind/v1", "metadata": .object(metadata),
                "data": number(0..<4) == 0 ? data : ["a": data, "l": [data, 1, "IT"], "b": ["c": "IT"]],
            ]
        }
    }

    private mutating func substitution(below place: Int) -> Value {
        var source: Value.Object = [
            "schema": "example/Kind/v1", "name": .string("d\(number(0..<place))"),
            "path": .string(pick([".", ".a", ".b.c", ".l[0]", path()], ".")),
        ]
        if number(0..<6) == 0 { source["deepcopy"] = true }
        var destination: Value.Object = ["path": .string(pick([".s", ".a.s", ".b.c", path()], ".s"))]
        if number(0..<5) == 0 { destination["pattern"] = .string(pick(["IT", "(", "x*", "[A-Z]+"], "IT")) }
        if number(0..<8) == 0 { destination["recurse"] = ["depth": .int(number(-1..<3))] }
        return ["src": .object(source), "dest": .object(destination)]
    }
}
