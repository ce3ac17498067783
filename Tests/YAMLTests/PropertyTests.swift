import OrderedCollections
import Primitives
import TestSupport
import Testing
import YAML

struct PropertyTests {
    @Test("what is dumped is loaded as the same value, in the same order", arguments: [1, 2, 3, 4])
    func roundTrip(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        for _ in 0..<150 {
            let values = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                Self.value(depth: Int.random(in: 0...4, using: &generator), &generator)
            }
            let text = YAML.dumpAll(values, sortedKeys: false)
            #expect(text.utf8.allSatisfy { $0 < 0x80 })
            let loaded = try YAML.load(text)
            #expect(loaded == values, "\(text)")
            #expect(loaded.map { $0.json() } == values.map { $0.json() })
            #expect(try YAML.load(YAML.dumpAll(values)) == values)
        }
    }

    @Test("mutated streams are loaded or refused with a place, and never crash", arguments: [5, 6])
    func mutations(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        for _ in 0..<1000 {
            var bytes = Array(Self.sample.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = .random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                case 2:
                    bytes.insert(
                        Array("[]{}&*!|>'\"%@`-?:,#\n\t ~<=".utf8).randomElement(using: &generator) ?? 0, at: place)
                default: bytes.removeSubrange(place..<min(place + 20, bytes.count))
                }
            }
            check(bytes)
        }
    }

    @Test("a stream cut short anywhere is loaded or refused, and never crashes")
    func truncations() {
        let bytes = Array(Self.sample.utf8)
        for length in 0...bytes.count { check(Array(bytes[..<length])) }
    }

    private func check(_ bytes: [UInt8]) {
        do throws(YAMLError) {
            _ = try YAML.loadNodes(bytes)
            _ = try YAML.load(bytes)
        } catch {
            #expect(error.line >= 1 && error.column >= 1 && !error.problem.isEmpty)
        }
    }

    private static let sample = """
        %YAML 1.1
        ---
        schema: site/Document/v1
        metadata: &metadata {name: "n\\u00fcrnberg", labels: [a, 'b''c', *name], <<: &name x}
        data:
          text: |+
            line

          folded: >-
            one
            two
          numbers: [1, 0x1f, 0644, 1_000, 12:30:45, 190:20:30.15, 1.5e+3, .inf, -12]
          ? complex
          : !!omap [a: 1, b: 2]
          when: 2001-12-14 21:59:43.10 -5
          set: !!set {a, b}
          binary: !!binary aGVsbG8=
          merged: {<<: *metadata, c: d}
        ...
        --- !!str 12
        --- ü
        """

    private static func value(depth: Int, _ generator: inout SplitMix) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .int(Int(truncatingIfNeeded: generator.next()) >> Int.random(in: 0..<64, using: &generator))
        case 3:
            let number = Double(bitPattern: generator.next())
            return .double(number.isFinite ? number : 0.5)
        case 4...6: return .string(text(&generator))
        case 7: return .bigInt("-1234567890123456789012345678901234567890")
        case 8:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth: depth - 1, &generator) })
        default:
            var members = Value.Object()
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                members[text(&generator)] = value(depth: depth - 1, &generator)
            }
            return .object(members)
        }
    }

    private static let pieces = [
        "a", "word ", "yes", "0644", "12:30", "2001-01-01", "~", "null", "=", "<<", "-", "---", "...", "- x", "a: b",
        ":",
        " ", "  ", "\n", "\n\n", "#", " #", "?", "!", "&", "*", "%", "@", "`", "\"", "'", "[", "]", "{", "}", ",", "|",
        ">",
        "\t", "ü", "\u{2028}", "\u{85}", "\u{a0}", "😀", "\u{7}", "\u{7f}", "\u{feff}", "\r", "\\", "1.5", "e",
        "\u{301}",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ]

    private static func text(_ generator: inout SplitMix) -> String {
        let count = Int.random(in: 0...(Bool.random(using: &generator) ? 3 : 40), using: &generator)
        return (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }
}
