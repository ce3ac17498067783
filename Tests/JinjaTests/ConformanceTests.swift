import Jinja
import OrderedCollections
import Primitives
import TestSupport
import Testing

@Suite("Templates as Jinja2 renders them")
struct ConformanceTests {
    @Test(
        "every recorded template renders as recorded, or fails where it failed",
        .enabled(if: Conformance.has("jinja/cases.json")))
    func recordedTemplates() throws {
        let file = try Conformance.json("jinja/cases.json")
        let context = try #require(file["context"]?.objectValue)
        let cases = try #require(file["cases"]?.arrayValue)
        #expect(!cases.isEmpty)
        for entry in cases {
            let source = try #require(entry["template"]?.stringValue)
            guard let expected = entry["ok"]?.stringValue else {
                #expect(throws: JinjaError.self, "\(source)") { try Template(source).render(context) }
                continue
            }
            do {
                let text = try Template(source).render(context)
                #expect(text.utf8.elementsEqual(expected.utf8), "\(source): \(text.debugDescription)")
            } catch {
                Issue.record("\(source): \(error)")
            }
        }
    }
}
