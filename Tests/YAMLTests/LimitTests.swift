import Primitives
import Testing
import YAML

/// Input made to exhaust: each is refused with a place, in bounded time and memory.
struct LimitTests {
    @Test(
        "nesting beyond the limit is refused where it begins",
        arguments: [("[", 201), ("{a: ", 801), ("- ", 401), ("? ", 401)])
    func depth(opening: String, column: Int) throws {
        let error = #expect(throws: YAMLError.self) {
            try YAML.load(String(repeating: opening, count: 100_000))
        }
        #expect(error?.description == "nested more than 200 levels deep, line 1, column \(column)")
        let deepest = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(try YAML.load(deepest).count == 1)
    }

    @Test("aliases that multiply are refused before they are written out")
    func aliasNodes() {
        var text = "a0: &a0 [x]\n"
        for level in 1...7 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let error = #expect(throws: YAMLError.self) { try YAML.load(text) }
        #expect(error?.problem == "aliases expand to more than 1000000 nodes")
        #expect(error?.line == 7)
    }

    @Test("a long text behind many aliases is refused too")
    func aliasBytes() {
        let text = "- &a '\(String(repeating: "x", count: 100_000))'\n" + String(repeating: "- *a\n", count: 1000)
        let error = #expect(throws: YAMLError.self) { try YAML.load(text) }
        #expect(error?.problem == "aliases expand to more than 67108864 bytes")
    }

    @Test("merging a large mapping many times is refused too")
    func merges() {
        var limits = YAML.Limits()
        limits.aliasNodes = 10_000
        let base = (0..<1000).map { "k\($0): 1" }.joined(separator: ", ")
        let text = "a: &a {\(base)}\nb:\n" + String(repeating: "- {<<: *a}\n", count: 10)
        let error = #expect(throws: YAMLError.self) { try YAML.load(text, limits: limits) }
        #expect(error?.description == "aliases expand to more than 10000 nodes, line 7, column 8")
    }

    @Test("the aliases of all documents count together")
    func aliasesOfManyDocuments() throws {
        var limits = YAML.Limits()
        limits.aliasNodes = 4
        let document = "---\na: &a x\nb: [*a, *a, *a, *a]\n"
        #expect(try YAML.load(document, limits: limits).count == 1)
        let error = #expect(throws: YAMLError.self) { try YAML.load(document + document, limits: limits) }
        #expect(error?.description == "aliases expand to more than 4 nodes, line 6, column 5")
    }

    @Test("more nodes than the limit are refused where the first of them stands")
    func nodes() throws {
        var limits = YAML.Limits()
        limits.nodes = 5
        #expect(try YAML.load("- 1\n- 2\n---\n- 3\n", limits: limits).count == 2)
        let error = #expect(throws: YAMLError.self) { try YAML.load("- 1\n- 2\n---\n- 3\n- 4\n", limits: limits) }
        #expect(
            error?.description
                == "more than 5 nodes in one stream; send its documents in several, line 5, column 3")
        let million = Array(repeating: "- a\n", count: 1_000_000).joined()
        #expect(throws: YAMLError.self) { try YAML.load(million) }
    }

    @Test("more documents than the limit are refused")
    func documents() throws {
        var limits = YAML.Limits()
        limits.documents = 3
        #expect(try YAML.load("---\n---\n---\n", limits: limits).count == 3)
        let error = #expect(throws: YAMLError.self) { try YAML.load("---\n---\n---\n---\n", limits: limits) }
        #expect(error?.description == "more than 3 documents, line 4, column 1")
    }

    @Test("floods of tag directives are refused, in UTF-16 too")
    func directives() {
        let text = (0...100).map { "%TAG !a\($0)! x\n" }.joined() + "--- a\n"
        let error = #expect(throws: YAMLError.self) { try YAML.load(text) }
        #expect(error?.description == "more than 100 %TAG directives, line 101, column 1")
        #expect(throws: YAMLError.self) {
            try YAML.load("\u{feff}\(text)".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        }
    }

    @Test("integers may have 4300 digits")
    func integers() throws {
        let digits = String(repeating: "9", count: 4300)
        #expect(try YAML.loadOne(digits) == .bigInt(digits))
        #expect(throws: YAMLError.self) { try YAML.load(digits + "9") }
        #expect(throws: YAMLError.self) { try YAML.load("0x" + String(repeating: "f", count: 1_000_000)) }
    }

    @Test("NUL bytes, broken UTF-8, half of UTF-16 and surrogates are refused")
    func encodings() {
        for bytes: [UInt8] in [
            [0], [0x61, 0, 0x62], [0xff], [0xc3], [0x61, 0x3a, 0x20, 0xc0, 0x80], [0xed, 0xa0, 0x80],
            [0xff, 0xfe, 0x61], [0xff, 0xfe, 0x00, 0xd8, 0x61, 0x00], [0xf5, 0x80, 0x80, 0x80],
            Array("\"\\ud800\"".utf8), Array("\"\\U00110000\"".utf8),
        ] {
            let error = #expect(throws: YAMLError.self, "\(bytes)") { try YAML.load(bytes) }
            #expect(error?.line == 1)
        }
    }
}
