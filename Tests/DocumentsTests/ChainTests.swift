import Primitives
import TestSupport
import Testing
import YAML

@testable import Documents

@Suite("Chains as long as somebody may write them")
struct ChainTests {
    private static let count = 600

    private func document(_ number: Int, _ metadata: String) -> String {
        """
        ---
        schema: example/Kind/v1
        metadata:
          schema: metadata/Document/v1
          name: d\(number)
          storagePolicy: cleartext
          labels: {number: '\(number)'}
          layeringDefinition: {layer: l0, abstract: false}
          \(metadata)
        data: {own: \(number), shared: {from: \(number)}}

        """
    }

    private func policy(_ layers: Int) -> String {
        """
        ---
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: layering-policy}
        data: {layerOrder: [\((0..<layers).map { "l\($0)" }.joined(separator: ", "))]}

        """
    }

    private func check(_ text: String, _ path: String) throws {
        let documents = try stored(text)
        let rendered = try DocumentEngine.render(documents)
        #expect(rendered.count == Self.count + 1)
        let last = try #require(rendered.first { $0.name == "d\(Self.count - 1)" })
        #expect(last.data["shared"]?["from"] == 0)
        let explanation = try DocumentEngine.explain(documents, identity: last.identity, path: path)
        #expect(!explanation.steps.isEmpty)
    }

    @Test("of layers are rendered and explained")
    func layers() throws {
        var text = policy(Self.count)
        for number in 0..<Self.count {
            let parent = ", parentSelector: {number: '\(number - 1)'}, actions: [{method: merge, path: .own}]"
            var one = document(number, "").replacing(
                "{layer: l0, abstract: false}",
                with: "{layer: l\(number), abstract: false\(number == 0 ? "" : parent)}")
            if number > 0 { one = one.replacing(", shared: {from: \(number)}", with: "") }
            text += one
        }
        try check(text, ".shared.from")
    }

    @Test("of substitutions are rendered and explained")
    func substitutions() throws {
        var text = policy(1)
        for number in 0..<Self.count {
            text += document(
                number,
                number == 0
                    ? ""
                    : "substitutions: [{src: {schema: example/Kind/v1, name: d\(number - 1), path: .shared}, "
                        + "dest: {path: .shared}}]")
        }
        try check(text, ".shared.from")
    }
}
