import Testing

@testable import JSONSchema

@Suite("A pattern that remembers")
struct SchemaPatternTests {
    @Test("answers as the expression does, however many texts it is asked about and in whatever order")
    func manyTexts() throws {
        let pattern = try SchemaPattern("^[a-z]+[0-9]$")
        let texts = (0..<200).map { "abc\($0)" } + [String(repeating: "x", count: 100) + "1", ""]
        for _ in 0..<2 {
            for text in texts + texts.reversed() {
                let isExpected = text.last?.isNumber == true && text.dropLast().allSatisfy(\.isLetter) && text.count > 1
                #expect(try pattern.occurs(in: text) == isExpected, "\(text)")
            }
        }
    }

    @Test("says every time that a text takes too many steps")
    func tooManySteps() throws {
        let pattern = try SchemaPattern("^(a|a)*$")
        let text = String(repeating: "a", count: 60) + "b"
        for _ in 0..<2 { #expect(throws: (any Error).self) { try pattern.occurs(in: text) } }
    }
}
