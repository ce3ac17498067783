import OrderedCollections
import Primitives
import TestSupport
import Testing
import YAML

@testable import SiteDesign

@Suite("Recordings of the reference implementation", .enabled(if: Conformance.hasDesigns))
struct GoldenTests {
    static let samples =
        Conformance.names(in: "drydock/goldens/samples", suffix: ".json").map { Sample(name: $0, isSite: false) }
        + Conformance.names(in: "drydock/goldens/treasuremap", suffix: ".json").map {
            Sample(name: $0, isSite: true)
        }

    @Test("every design compiles, validates and renders as recorded", arguments: samples)
    func compiles(sample: Sample) async throws {
        let golden = try sample.golden()
        guard golden["ingest"]?["!error"] == nil else {
            #expect(throws: YAMLError.self) { try sample.documents() }
            return
        }
        let ours = try await sample.dump(of: golden)
        var unexplained: [String] = []
        for section in golden.objectValue?.keys.filter(Sample.isCompared) ?? [] {
            let comparison = GoldenComparison(
                golden: sample.adapted(golden[section] ?? .null, section), ours: ours[section] ?? .null, at: section,
                texts: true)
            for difference in comparison.differences where !Exceptions.explain(difference, in: sample) {
                unexplained.append("\(difference)")
            }
        }
        for difference in unexplained { Issue.record("\(sample.name) \(difference)") }
    }
}
