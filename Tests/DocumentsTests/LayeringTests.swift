import Documents
import OrderedCollections
import Primitives
import Testing

@Suite("Layering")
struct LayeringTests {
    private let parent = kind("parent", layer: "global", "labels: {key: value}", data: "{a: {x: 1, y: 2}, b: 4}")

    private func child(_ actions: String, data: String) -> String {
        kind("child", "+parentSelector: {key: value}, actions: [\(actions)]", data: data)
    }

    @Test("merge is deep, and the child wins")
    func merge() throws {
        let yaml = parent + child("{method: merge, path: .}", data: "{a: {x: 7, z: 3}, c: 5}")
        #expect(try rendered(yaml)["child"] == ["a": ["x": 7, "y": 2, "z": 3], "b": 4, "c": 5])
    }

    @Test("merge of a list replaces the list, merge of one element that element")
    func mergeLists() throws {
        let parent = kind("parent", layer: "global", "labels: {key: value}", data: "{l: [1, 2, 3]}")
        #expect(try rendered(parent + child("{method: merge, path: .}", data: "{l: [9]}"))["child"] == ["l": [9]])
        #expect(
            try rendered(parent + child("{method: merge, path: '.l[0]'}", data: "{l: [9]}"))["child"] == [
                "l": [9, 2, 3]
            ])
    }

    @Test("replace overwrites, and creates what the parent lacks")
    func replace() throws {
        let actions = "{method: replace, path: .a}, {method: replace, path: .n.m}"
        let yaml = parent + child(actions, data: "{a: {z: 3}, n: {m: 1}}")
        #expect(try rendered(yaml)["child"] == ["a": ["z": 3], "b": 4, "n": ["m": 1]])
    }

    @Test("delete of the root empties, delete of a path removes that path")
    func delete() throws {
        #expect(try rendered(parent + child("{method: delete, path: .}", data: "{}"))["child"] == [:])
        let duplicates = kind("parent", layer: "global", "labels: {key: value}", data: "{first: 5, second: 5}")
        #expect(
            try rendered(duplicates + child("{method: delete, path: .second}", data: "{}"))["child"] == ["first": 5])
    }

    @Test("delete of a mapping removes the first that equals it, as real sites expect")
    func deleteEqual() throws {
        let duplicates = kind(
            "parent", layer: "global", "labels: {key: value}", data: "{first: {k: 1}, second: {k: 1}}")
        #expect(
            try rendered(duplicates + child("{method: delete, path: .second}", data: "{}"))["child"] == [
                "second": ["k": 1]
            ])
    }

    @Test(
        "actions see the child's own data, one after the other", arguments: ["a", ".a", "$.a", ".data.a", "$.data.a"])
    func paths(path: String) throws {
        let yaml =
            parent + child("{method: delete, path: .}, {method: merge, path: '\(path)'}", data: "{a: {z: 3}, q: 1}")
        #expect(try rendered(yaml)["child"] == ["a": ["z": 3]])
    }

    @Test("a path that only begins with the letters of data is a path of its own")
    func database() throws {
        let yaml = parent + child("{method: merge, path: .database}", data: "{database: 1, base: 2}")
        #expect(try rendered(yaml)["child"]?["database"] == 1)
    }

    @Test("a path that the child or the accumulated data lacks is named in the error")
    func missing() {
        let merging = failure(parent + child("{path: .nope, method: merge}", data: "{a: 1}"))
        #expect(merging?.problem == .keyMissing)
        #expect(
            merging?.message
                == "Missing action path in {'path': '.nope', 'method': 'merge'} needed for layering from either the data "
                + "section of the parent [example/Kind/v1, global] parent or child [example/Kind/v1, site] child document"
        )
        #expect(failure(parent + child("{method: delete, path: .nope}", data: "{}"))?.problem == .keyMissing)
    }

    @Test("a grandparent's data passes through the parent")
    func threeLayers() throws {
        let yaml =
            kind("g", layer: "global", "labels: {n: g}", data: "{a: 1, b: 1, c: 1}")
                + """
                schema: example/Kind/v1
                metadata:
                  schema: metadata/Document/v1
                  name: t
                  labels: {n: t}
                  storagePolicy: cleartext
                  layeringDefinition: {layer: type, abstract: true, parentSelector: {n: g}, actions: [{method: merge, path: .}]}
                data: {b: 2}
                ---

                """
            + kind("s", "+parentSelector: {n: t}, actions: [{method: merge, path: .}]", data: "{c: 3}")
        let documents = try rendered(yaml)
        #expect(documents["s"] == ["a": 1, "b": 2, "c": 3])
        #expect(documents["t"] == nil)
    }

    @Test("a child without a matching parent is rendered unlayered")
    func orphan() throws {
        #expect(try rendered(child("{method: merge, path: .}", data: "{a: 1}"))["child"] == ["a": 1])
    }

    @Test("an unknown layer, two parents in one layer, and a parent that is not above are refused by their names")
    func errors() {
        #expect(
            failure(kind("x", layer: "nowhere", data: "1"))?.message
                == "Invalid layer 'nowhere' for document [example/Kind/v1] x was not found in layerOrder: global, type, "
                + "site for provided LayeringPolicy: layering-policy")
        let second = kind("second", layer: "global", "labels: {key: value}", data: "{}")
        let many = failure(parent + second + child("{method: merge, path: .}", data: "{a: 1}"))
        #expect(
            many?.message
                == "Too many parent documents found for document [example/Kind/v1, site] child. Found: 2. Expected: 1")
        let beside = kind("beside", "labels: {key: value}", data: "{}")
        let level = failure(beside + child("{method: merge, path: .}", data: "{a: 1}"))
        #expect(
            level?.reason
                == "Child has parentSelector which references parent, but the child layer site must be lower than the "
                + "parent layer site for layerOrder site.")
        let foreign = parent.replacing("example/Kind/v1", with: "example/Other/v1")
        #expect(
            failure(foreign + child("{method: merge, path: .}", data: "{a: 1}"))?.problem == .invalidParent)
    }

    @Test("without a LayeringPolicy nothing is rendered")
    func noPolicy() throws {
        let documents = try stored(kind("x", data: "1").replacing("---\n", with: ""))
        #expect(throws: DocumentError.self) { try DocumentEngine.render(documents) }
        let fallback = try #require(try stored(policy.replacing("---\n", with: "")).first)
        #expect(try DocumentEngine.render(documents, policyFallback: fallback).count == 2)
    }
}

@Suite("Replacement")
struct ReplacementTests {
    private let original = kind("doc", layer: "global", "labels: {n: doc}", data: "{a: 1}")
    private let replacement = """
        schema: example/Kind/v1
        metadata:
          schema: metadata/Document/v1
          name: doc
          replacement: true
          storagePolicy: cleartext
          layeringDefinition: {layer: site, parentSelector: {n: doc}, actions: [{method: merge, path: .}]}
        data: {b: 2}
        ---

        """

    @Test("only the replacement is rendered, and it is the source of substitutions")
    func replaced() throws {
        let receiver = kind(
            "receiver", "substitutions: [{src: {schema: example/Kind/v1, name: doc, path: .}, dest: {path: .in}}]",
            data: "{}")
        let documents = try DocumentEngine.render(stored(policy + receiver + original + replacement))
        #expect(documents.filter { $0.name == "doc" }.map(\.data) == [["a": 1, "b": 2]])
        #expect(documents.first { $0.name == "receiver" }?.data == ["in": ["a": 1, "b": 2]])
    }

    @Test("a replacement without a parent, of another name, or doubled is refused with the reason")
    func errors() {
        #expect(failure(replacement)?.reason?.contains("have a parent") == true)
        let other = replacement.replacing("name: doc", with: "name: other")
        #expect(failure(original + other)?.reason?.contains("both documents have the same") == true)
        let plain = replacement.replacing("  replacement: true\n", with: "")
        #expect(failure(original + plain)?.reason?.contains("Non-replacement documents cannot") == true)
        let duplicate = kind("doc", layer: "type", data: "{}")
        #expect(failure(original + duplicate)?.reason?.contains("More than one document") == true)
    }

    @Test("a replacement that is replaced itself is refused")
    func replacedItself() throws {
        let middle = replacement.replacing("layer: site", with: "layer: type")
            .replacing("  name: doc\n", with: "  name: doc\n  labels: {n: middle}\n")
        let last = replacement.replacing("{n: doc}", with: "{n: middle}")
        let error = failure(original + middle + last)
        #expect(error?.problem == .invalidReplacement)
        #expect(error?.reason == "A replacement document cannot itself be replaced by another document.")
        // An abstract one is not rendered, and may be.
        let abstract = middle.replacing("{layer: type,", with: "{layer: type, abstract: true,")
        #expect(try rendered(original + abstract + last)["doc"] == ["a": 1, "b": 2])
    }

    @Test("of two documents that replace one, both are rendered")
    func twice() throws {
        let other = replacement.replacing("layer: site", with: "layer: type").replacing("{b: 2}", with: "{c: 3}")
        let documents = try DocumentEngine.render(stored(policy + original + other + replacement))
        let data = documents.filter { $0.name == "doc" }.map(\.data)
        #expect(data.count == 2)
        #expect(data.allSatisfy { $0["a"] == 1 })
        #expect(data.contains { $0["b"] == 2 })
        #expect(data.contains { $0["c"] == 3 })
    }
}
