import OrderedCollections
import Primitives
import YAML

/// Changes what a text means rather than its bytes: the text stays one that can be parsed, and gets further.
package struct TreeMutator: Sendable {
    package enum Form: Sendable {
        case json
        /// One document of the stream for each element.
        case yaml
    }

    package let form: Form
    /// The seeds that can be parsed: the documents of each.
    private let trees: [[Value]]

    private static let scalars: [Value] = [
        nil, true, false, 0, 1, -1, .int(.max), .int(.min), 65535, 65536, 255, 256, 4096, 1e308, -0.0, 0.5, 1e-300,
        .bigInt("9223372036854775808"), .bigInt("-123456789012345678901234567890123456789012345678901234567890"), "",
        "0", "-1", "99999999999999999999", "1e400", ".", "$", "..", "*", "a", "\0", "\u{10ffff}", "e\u{301}", "é", "%",
        "/",
        "255.255.255.255", "0.0.0.0/0", "10.0.0.0/33", "ff:ff:ff:ff:ff:ff", "{{ 1 }}", "[0-9", "(?P<a>)", "100%", ">0",
        "1g",
        "2026-11-21T20:45:48Z", [], [:],
    ]

    package init(form: Form, seeds: [[UInt8]]) {
        self.form = form
        trees = seeds.compactMap { try? YAML.load($0) }.filter { !$0.isEmpty }
    }

    package var isEmpty: Bool { trees.isEmpty }

    package func input(_ generator: inout SplitMix) -> [UInt8] {
        var documents = trees[generator.index(trees.count)]
        for _ in 0..<(1 + generator.index(4)) {
            let place = generator.index(documents.count)
            documents[place] = changed(documents[place], depth: 0, &generator)
        }
        if generator.chance(in: 8) { documents += trees[generator.index(trees.count)].prefix(3) }
        switch form {
        case .yaml: return YAML.dumpBytes(documents, sortedKeys: false)
        case .json: return Array((documents.count == 1 ? documents[0] : .array(documents)).json().utf8)
        }
    }

    /// One node of `value` is another.
    private func changed(_ value: Value, depth: Int, _ generator: inout SplitMix) -> Value {
        if generator.chance(in: depth == 0 ? 40 : 5) { return replacement(value, &generator) }
        switch value {
        case .array(var elements) where !elements.isEmpty:
            let place = generator.index(elements.count)
            switch generator.index(12) {
            case 0: elements.remove(at: place)
            case 1: elements.insert(elements[generator.index(elements.count)], at: place)
            case 2: elements.append(foreign(&generator))
            default: elements[place] = changed(elements[place], depth: depth + 1, &generator)
            }
            return .array(elements)
        case .object(var members) where !members.isEmpty:
            let key = members.keys[generator.index(members.count)]
            switch generator.index(14) {
            case 0: members[key] = nil
            case 1: members[key + "x"] = members[key]
            case 2: members[Self.scalars[generator.index(Self.scalars.count)].stringValue ?? "k"] = members[key]
            case 3: members["k\(generator.index(9))"] = foreign(&generator)
            default: members[key] = changed(members[key] ?? nil, depth: depth + 1, &generator)
            }
            return .object(members)
        default: return replacement(value, &generator)
        }
    }

    private func replacement(_ value: Value, _ generator: inout SplitMix) -> Value {
        switch generator.index(10) {
        case 0: return foreign(&generator)
        case 1: return .array([value])
        case 2: return ["a": value]
        case 3:
            // As deep as readers allow, and one level deeper.
            return (0..<(190 + generator.index(20))).reduce(value) { inner, _ in .array([inner]) }
        case 4:
            return .string(
                String(repeating: String((value.stringValue ?? "ab").prefix(20)), count: 1 + generator.index(300)))
        default: return Self.scalars[generator.index(Self.scalars.count)]
        }
    }

    /// Something out of another seed.
    private func foreign(_ generator: inout SplitMix) -> Value {
        let documents = trees[generator.index(trees.count)]
        var value = documents[generator.index(documents.count)]
        for _ in 0..<generator.index(6) {
            switch value {
            case .array(let elements) where !elements.isEmpty: value = elements[generator.index(elements.count)]
            case .object(let members) where !members.isEmpty:
                value = members.elements[generator.index(members.count)].value
            default: return value
            }
        }
        return value
    }
}

extension SplitMix {
    /// From 0 to `bound - 1`; 0 where there is nothing to choose from.
    package mutating func index(_ bound: Int) -> Int { bound > 0 ? Int.random(in: 0..<bound, using: &self) : 0 }

    /// True once in so many times.
    package mutating func chance(in times: Int) -> Bool { index(times) == 0 }
}
