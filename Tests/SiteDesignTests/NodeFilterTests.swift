import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Node filters")
struct NodeFilterTests {
    private func site() throws -> EffectiveSite {
        try Design.site(
            Design.node("n2", "metadata: {tags: [a, b], rack: rack2, owner_data: {role: control, x: 'y'}}", address: 12)
                + "\n" + Design.node("n3", "metadata: {tags: [b], rack: rack2}", address: 13))
    }

    private func filter(_ type: String, _ sets: Value...) -> Value {
        ["filter_set_type": .string(type), "filter_set": .array(sets)]
    }

    @Test("no filter chooses all, in the order of the design")
    func all() throws {
        #expect(try NodeFilter.names(nil, in: site()) == ["n1", "n2", "n3"])
    }

    @Test("a node that meets several criteria is chosen once")
    func once() throws {
        let chosen = try NodeFilter(
            filter("union", ["filter_type": "union", "node_tags": ["a", "b"], "node_names": ["n2"]])
        )
        .apply(to: site())
        #expect(chosen == ["n2", "n3"])
    }

    @Test("an intersection needs every criterion, but any one of the labels")
    func intersection() throws {
        let criteria: Value = [
            "filter_type": "intersection", "node_names": [], "node_tags": ["b"], "rack_names": ["rack2"],
            "node_labels": ["role": "control", "x": "z"],
        ]
        #expect(try NodeFilter(filter("union", criteria)).apply(to: site()) == ["n2"])
    }

    @Test(
        "what is no filter is refused",
        arguments: [
            "x", [], [:], ["filter_set_type": "xor", "filter_set": []], ["filter_set_type": "union"],
            ["filter_set_type": "intersection", "filter_set": []],
            ["filter_set_type": "union", "filter_set": [["filter_type": "intersection"]]],
            ["filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": "n1"]]],
            ["filter_set_type": "union", "filter_set": ["n1"]],
        ] as [Value])
    func malformed(filter: Value) {
        #expect(throws: BoatyardError.self) { try NodeFilter(filter) }
    }
}
