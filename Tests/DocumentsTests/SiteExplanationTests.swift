import Primitives
import TestSupport
import Testing

@testable import Documents

@Suite("Where the values of real sites came from")
struct SiteExplanationTests {
    @Test(
        "every scalar stands where the last step of its explanation says",
        .enabled(if: Conformance.has("sites")), arguments: ["airskiff", "airsloop", "seaworthy-virt"])
    func scalars(name: String) throws {
        let documents = try stored(Conformance.documents("sites/\(name).input.yaml"))
        let rendered = try DocumentEngine.render(documents)
        let graph = try DocumentGraph(documents)
        var renderer = Renderer(graph, sizeLimit: DocumentEngine.defaultSizeLimit, isTraced: true)
        let last = try #require(graph.order.last)
        try renderer.trace(ancestorsOf: last)
        var explained = 0
        var number = 0
        for document in rendered where document.metadata["schema"] == "metadata/Document/v1" {
            let place = try #require(graph.documents.firstIndex { $0.stored.id == document.source.id })
            for (path, value) in document.data.scalars() {
                number += 1
                guard number % 5 == 0 else { continue }
                let explanation = try renderer.explanation(
                    of: place, at: JSONPath(path.description), hidesSecrets: false)
                #expect(explanation.value == value)
                let isMade = explanation.steps.contains { step in
                    if case .substituted(_, _, _, _, .some, _) = step.action { return true }
                    return !step.text.isEmpty
                }
                guard let written = explanation.steps.last, !isMade else { continue }
                #expect(written.document.payload.value(at: written.place) == value, "\(document.identity) \(path)")
                explained += 1
            }
        }
        #expect(explained > 1000)
    }
}
