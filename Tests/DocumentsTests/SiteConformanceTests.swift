import Documents
import OrderedCollections
import Primitives
import TestSupport
import Testing

/// Three real sites against what Deckhand's own engine made of them.
@Suite(.enabled(if: Conformance.has("sites")))
struct SiteConformanceTests {
    @Test("a real site renders exactly as Deckhand renders it", arguments: ["airskiff", "airsloop", "seaworthy-virt"])
    func render(site: String) throws {
        let documents = try stored(Conformance.documents("sites/\(site).input.yaml"))
        let rendered = try DocumentEngine.render(documents)
        try DocumentEngine.validate(rendered, latestSchemas: [], cache: DataSchemaCache())

        var expected: [RenderedIdentity: Value] = [:]
        for document in try Conformance.documents("sites/\(site).rendered.yaml") {
            let draft = try DocumentDraft(document)
            let identity = RenderedIdentity(schema: draft.identity.schema, name: draft.identity.name)
            expected[identity] = ["data": draft.data, "metadata": draft.metadata, "schema": .string(identity.schema)]
        }
        #expect(rendered.count == expected.count)
        let differing = rendered.filter {
            expected[$0.identity].map(unordered) != unordered($0.value)
        }
        #expect(differing.map(\.identity.description) == [])
    }
}

/// Equal for mappings with the same members in any order.
private func unordered(_ value: Value) -> Value { value.sortedByKey() }
