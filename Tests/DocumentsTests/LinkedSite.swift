import OrderedCollections
import Primitives
import TestSupport

/// Random documents that always render: chains of layers and of substitutions, with every kind of destination.
struct LinkedSite {
    private var generator: SplitMix
    private var leaves = 0

    init(seed: UInt64) { generator = SplitMix(seed: seed) }

    private mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func pick(_ choices: String...) -> String { choices[number(0..<choices.count)] }

    /// A value that no other place has.
    private mutating func leaf() -> Value {
        leaves += 1
        return number(0..<3) == 0 ? .string("IT \(leaves)") : .int(leaves)
    }

    private mutating func data() -> Value {
        [
            "a": ["x": leaf(), "deep": ["k": leaf(), "l": [leaf(), leaf()]]], "b": ["x": leaf(), "c.d": leaf()],
            "l": [leaf(), ["m": leaf()]], "t": leaf(),
        ]
    }

    mutating func documents(count: Int) -> [Value] {
        (0..<count).flatMap { place in
            let root = document(place, layer: "global", parent: nil)
            guard number(0..<3) > 0 else { return [root] }
            return [root, document(place, layer: "site", parent: place)]
        }
    }

    private mutating func document(_ place: Int, layer: String, parent: Int?) -> Value {
        var layering: Value.Object = ["layer": .string(layer)]
        var metadata: Value.Object = [
            "schema": "metadata/Document/v1", "storagePolicy": "cleartext",
            "name": .string(parent == nil ? "d\(place)" : "child\(place)"),
        ]
        if let parent {
            layering["parentSelector"] = ["n": .int(parent)]
            layering["actions"] = .array(
                (0..<number(1..<4)).map { _ in
                    ["method": .string(pick("merge", "replace")), "path": .string(pick(".", ".a", ".b.x", ".l[0]"))]
                })
            if number(0..<4) == 0 {
                layering["actions"] = [
                    ["method": "delete", "path": .string(pick(".t", "."))], ["method": "merge", "path": ".a.deep"],
                ]
            }
        } else {
            metadata["labels"] = ["n": .int(place)]
        }
        metadata["layeringDefinition"] = .object(layering)
        if place > 0 {
            metadata["substitutions"] = .array((0..<number(0..<4)).map { _ in substitution(below: place) })
        }
        return ["schema": "example/Kind/v1", "metadata": .object(metadata), "data": data()]
    }

    private mutating func substitution(below place: Int) -> Value {
        var source: Value.Object = [
            "schema": "example/Kind/v1", "name": .string("d\(number(0..<place))"),
            "path": .string(pick(".a", ".a.deep", ".b", ".a.deep.k", ".", "$.b.'c.d'")),
        ]
        if number(0..<6) == 0 { source["deepcopy"] = true }
        let path = pick(".r", ".r.s", ".r.deep.k", ".r.deep.new", ".r.x", ".a", ".b.x", ".", ".n[1].o")
        return [
            "src": .object(source),
            "dest": number(0..<3) == 0 ? [["path": .string(path)], ["path": ".q"]] : ["path": .string(path)],
        ]
    }
}
