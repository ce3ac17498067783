import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Templates of boot actions")
struct TemplateTests {
    private func action(_ template: String, pipeline: String = "[utf8_decode, template]") -> String {
        """
        ---
        schema: drydock/BootAction/v1
        metadata: {name: hello}
        data: {assets: [{type: file, path: /f, data: "\(template)", data_pipeline: \(pipeline)}]}
        """
    }

    @Test(
        "a template that never ends, raises or reads what is not there is an error of the design that says where",
        arguments: [
            (
                "a\\n{% for i in range(100000000) %}{{ i }}{% endfor %}",
                "A range of 100000000 numbers exceeds the limit of 1048576, at line 2 of the template"
            ),
            (
                "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}",
                "The template's loops exceed 100000 rounds, at line 1 of the template"
            ),
            (
                "{% set s = 'x' * 100000 %}{% for i in range(99) %}{{ s }}{% endfor %}",
                "The template's output exceeds 4194304 bytes, at line 1 of the template"
            ),
            (
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "Calls, blocks and values nest too deeply (500 levels), at line 1 of the template"
            ),
            ("{{ 1 / 0 }}", "division by zero, at line 1 of the template"),
            ("\\n\\n{{ node.nothing.more }}", "'dict object' has no attribute 'nothing', at line 3 of the template"),
        ])
    func wrong(template: String, message: String) throws {
        let design = try Design.compile(action(template))
        #expect(design.status == .invalid)
        #expect(
            design.messages.filter { $0.name == "BY1007" }.map(\.message) == [
                "Boot Action Templates: BootAction hello, file asset number 1 (/f): the segment template failed: \(message)"
                    + " (for BaremetalNode n1)"
            ])
    }

    @Test("one template is compiled once for all machines, and again once others have taken its place")
    func cached() throws {
        let cache = TemplateCache(capacity: 20)
        let source = "{{ node.name }}"
        for _ in 0..<1000 { _ = try cache.template(source) }
        #expect(cache.count == 1)
        _ = try cache.template("{{ another }}")
        #expect(cache.count == 1)
        _ = try cache.template(String(repeating: "x", count: 21))
        #expect(cache.count == 1)
        #expect(throws: (any Error).self) { try cache.template("{{") }
        #expect(cache.count == 1)
    }

    @Test("a second validation says what the first said, and adds no routes")
    func twice() throws {
        let documents = try Design.documents(Design.base)
        let first = SiteDesign.compile(documents)
        let second = SiteDesign.compile(documents)
        #expect(first.messages == second.messages)
        #expect(first.draft.networks == second.draft.networks)
        #expect(first.draft.nodes == second.draft.nodes)
    }
}
