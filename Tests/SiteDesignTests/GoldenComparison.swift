import OrderedCollections
import Primitives

@testable import SiteDesign

/// Where two dumps of a design differ, by the rules of the recordings' own comparison: an error equals any error, and
/// targets of boot actions have no order.
struct GoldenComparison {
    struct Difference: CustomStringConvertible {
        var path: String
        var golden: Value?
        var ours: Value?

        var description: String {
            "\(path): golden \(golden.map { $0.json(.compact) } ?? "nothing"), ours \(ours.map { $0.json(.compact) } ?? "nothing")"
        }
    }

    private(set) var differences: [Difference] = []

    init(golden: Value, ours: Value, at path: String, texts: Bool) {
        compare(Self.normalised(golden, texts, ""), Self.normalised(ours, texts, ""), path)
    }

    private mutating func compare(_ golden: Value, _ ours: Value, _ path: String) {
        switch (golden, ours) {
        case (.object(let left), .object(let right)):
            for key in Set(left.keys).union(right.keys).sorted() {
                let here = "\(path)/\(key)"
                switch (left[key], right[key]) {
                case (let one?, let other?): compare(one, other, here)
                case (let one, let other): differences.append(Difference(path: here, golden: one, ours: other))
                }
            }
        case (.array(let left), .array(let right)):
            if left.count != right.count {
                differences.append(
                    Difference(
                        path: path, golden: .string("\(left.count) items"), ours: .string("\(right.count) items")))
            }
            for (index, pair) in zip(left, right).enumerated() { compare(pair.0, pair.1, "\(path)/\(index)") }
        default:
            if golden != ours { differences.append(Difference(path: path, golden: golden, ours: ours)) }
        }
    }

    private static func normalised(_ value: Value, _ texts: Bool, _ key: String) -> Value {
        switch value {
        case .object(let members):
            if members["!error"] != nil { return "!error" }
            var members = members
            if !texts, members["diagnostic"] != nil || members["context_type"] != nil {
                members["message"] = nil
                members["diagnostic"] = nil
            }
            return .object(
                Value.Object(uniqueKeysWithValues: members.map { ($0, normalised($1, texts, $0)) }))
        case .array(let elements):
            // Drydock may choose a node twice; we do not.
            if key == "target_nodes" || key == "result" {
                return Value(Set(elements.compactMap(\.stringValue)).sorted())
            }
            return .array(elements.map { normalised($0, texts, "") })
        default: return value
        }
    }
}
