import Primitives
import Testing
import YAML

@Suite("Runs of combining characters in YAML") struct CombiningCharactersTests {
    @Test(
        "a longer run than 256 is refused, however it is written, with its line",
        arguments: [
            "a: MARKS", "a: 'xMARKS'", "a: \"ESCAPED\"", "MARKS: a", "a: |\n  xMARKS\n", "a: !%TAG x", "a: !!str MARKS",
        ])
    func refused(form: String) throws {
        let text = form.replacing("MARKS", with: String(repeating: "\u{316}\u{301}", count: 8000))
            .replacing("ESCAPED", with: String(repeating: "\\u0316\\u0301", count: 8000))
            .replacing("%TAG", with: String(repeating: "%cc%96%cc%81", count: 8000))
        let error = #expect(throws: YAMLError.self) { try YAML.load(Array(("---\n" + text).utf8)) }
        #expect(error?.line == 2)
        if !form.contains("TAG") { #expect(error?.problem == "More than 256 combining characters in a row") }
    }

    @Test("as many as 256 are taken")
    func taken() throws {
        let marks = String(repeating: "\u{316}\u{301}", count: 128)
        #expect(try YAML.load(Array("a: x\(marks)".utf8)).first?["a"]?.stringValue?.unicodeScalars.count == 257)
    }
}
