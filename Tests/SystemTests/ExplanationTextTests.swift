import OrderedCollections
import Primitives
import Testing

@testable import BoatyardCLI

@Suite("Texts of boatyard explain")
struct ExplanationTextTests {
    private func step(
        _ action: String, _ name: String, layer: Value = "site", line: Value, _ more: Value.Object = [:]
    ) -> Value {
        var step: Value.Object = [
            "action": .string(action), "bucket": "site", "layer": layer, "line": line, "name": .string(name),
            "revision": 4,
            "schema": "example/Kind/v1", "path": ".data.a",
        ]
        for (key, value) in more { step[key] = value }
        return .object(step)
    }

    private func text(value: Value, origin: [Value], children: [Value] = []) -> String {
        ExplanationText(
            explanation: [
                "children": .array(children),
                "document": [
                    "bucket": "site", "layer": "site", "name": "to", "revision": 4, "schema": "example/Kind/v1",
                ],
                "origin": .array(origin), "path": ".a", "value": value,
            ], path: ".a", revision: 7
        ).text
    }

    @Test("the value comes first, then what was done last, then where it was written")
    func chain() {
        let substitution: Value.Object = [
            "source": ["schema": "example/Kind/v1", "name": "from", "path": ".a"],
            "destination": ["path": ".a", "pattern": "IT"], "text": [step("written", "to", line: 9)],
        ]
        let origin = [
            step("inherited", "to", line: 3), step("substitution", "parent", line: 5, substitution),
            step("merge", "from", line: nil, ["action_path": ".", "overrides": [step("written", "base", line: 2)]]),
        ]
        #expect(
            text(value: "a word", origin: origin) == """
                example/Kind/v1 to (layer site), rendered in revision 7

                  .a: a word

                  inherited from its parent by example/Kind/v1 to (layer site)
                      line 3 of bucket site, revision 4
                  substituted into example/Kind/v1 parent (layer site) at .a for the pattern IT from example/Kind/v1 from .a
                      line 5 of bucket site, revision 4
                      in the text
                        written in example/Kind/v1 to (layer site) at .data.a
                            line 9 of bucket site, revision 4
                  put by the action merge . of example/Kind/v1 from (layer site), which has it at .data.a
                      bucket site, revision 4
                      instead of that of example/Kind/v1 base (layer site), line 2 of bucket site, revision 4
                """)
    }

    @Test("what is hidden is said to be, and no sums are shown")
    func redacted() {
        let sum = String(repeating: "0a", count: 32)
        let step = step(
            "substitution", "to", line: 7,
            [
                "file": "site/to.yaml",
                "source": ["schema": "deckhand/Passphrase/v1", "name": "word", "path": .string(sum)],
                "destination": ["path": .string(sum)],
            ])
        let text = ExplanationText(
            explanation: [
                "children": [],
                "document": [
                    "bucket": "site", "layer": "site", "name": "to", "revision": 4, "schema": "example/Kind/v1",
                ],
                "origin": [step], "path": .string(sum), "redacted": true, "value": .string(sum),
            ], path: ".conf.password", revision: 7
        ).text
        #expect(
            text == """
                example/Kind/v1 to (layer site), rendered in revision 7

                  .conf.password: hidden, since the document holds a secret; --cleartext-secrets shows it

                  substituted into example/Kind/v1 to (layer site) from deckhand/Passphrase/v1 word
                      site/to.yaml:7, bucket site, revision 4
                """)
    }

    @Test("of a mapping every member has its line, and a long value is cut")
    func mapping() {
        let members = Value.Object(uniqueKeysWithValues: (0..<20).map { ("k\($0)", Value.int($0)) })
        let children: [Value] = [
            ["path": ".a.k0", "origin": [step("written", "to", line: 11)]],
            [
                "path": ".a.longer",
                "origin": [step("inherited", "to", line: 3), step("written", "g", layer: nil, line: 12)],
            ],
            ["path": ".a.made", "origin": []],
        ]
        let text = text(value: .object(members), origin: [step("shared", "to", line: nil)], children: children)
        #expect(text.contains("    … 8 lines more\n"))
        #expect(text.contains("  written through example/Kind/v1 to (layer site), which shares it\n"))
        #expect(
            text.hasSuffix(
                """
                In it:
                  .a.k0       example/Kind/v1 to (layer site), line 11 of bucket site, revision 4
                  .a.longer   example/Kind/v1 g, line 12 of bucket site, revision 4, through 1 step
                  .a.made     made to hold what is in it
                """))
    }
}
