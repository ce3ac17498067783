import Documents
import Primitives
import Testing
import YAML

@Suite("Marks of files in a stream")
struct FileMarkTests {
    private func marks(_ stream: String) -> [FileMark] { FileMark.marks(in: Array(stream.utf8)) }

    @Test("a mark says which line of which file the next line is")
    func marks() {
        let stream = """
            # boatyard-origin: a.yaml:1
            ---
            x: 1
            # boatyard-origin: sub folder/b:c.yaml:0
            # another comment

            %YAML 1.1
            --- {y: 2}

            """
        #expect(
            marks(stream) == [
                FileMark(line: 1, file: "a.yaml", fileLine: 1),
                FileMark(line: 4, file: "sub folder/b:c.yaml", fileLine: 0),
            ])
        #expect(FileMark(line: 4, file: "b", fileLine: 0).line(ofStreamLine: 6) == 1)
        #expect(marks(stream.replacing("\n", with: "\r\n")) == marks(stream))
        #expect(marks("") == [])
    }

    @Test(
        "what only looks like a mark is none",
        arguments: [
            "# boatyard-origin: a.yaml\n---\n", "# boatyard-origin: :1\n---\n", "# boatyard-origin: a:-1\n---\n",
            "# boatyard-origin: a:99999999999999999999\n---\n", "# boatyard-origin: a\u{1b}[2J:1\n---\n",
            "# boatyard-origin: a:1\nx: 1\n---\n", "# boatyard-origin: a:1", "# boatyard-origin: a:1\n",
            "x: 1 # boatyard-origin: a:1\n---\n", " # boatyard-origin: a:1\n---\n",
            "# boatyard-origin: \(String(repeating: "a", count: 1025)):1\n---\n",
        ])
    func none(stream: String) {
        #expect(marks(stream) == [])
    }

    @Test("no text of a document is taken for a mark")
    func texts() throws {
        let stream = "a: \"x\n# boatyard-origin: evil:1\n\n  y\"\nb: |\n  # boatyard-origin: evil:1\n  ---\n"
        #expect(try YAML.load(stream).first?["b"] == "# boatyard-origin: evil:1\n---\n")
        #expect(marks(stream) == [])
        #expect(marks("# boatyard-origin: first:1\n# boatyard-origin: last:1\n---\n").map(\.file) == ["last"])
    }

    @Test("lines are counted as the parser counts them")
    func breaks() throws {
        let stream = "a: 1\rb: 2\u{85}c: 3\u{2028}d: 4\r\n# boatyard-origin: f:1\n---\ne: 5\n"
        let documents = try YAML.loadWithLines(Array(stream.utf8))
        let mark = try #require(marks(stream).first)
        #expect(documents.count == 2)
        #expect(mark.line(ofStreamLine: documents[1].lines.line) == 2)
    }

    @Test("many marks and comments take no more than their length")
    func long() {
        let mark = "# boatyard-origin: f:1\n"
        #expect(marks(String(repeating: mark, count: 200_000) + "---\n").count == 1)
        #expect(marks(mark + String(repeating: "#\n", count: 2_000_000)).isEmpty)
    }

    @Test("a name that cannot stand in a mark has none")
    func names() {
        #expect(FileMark.text(file: "a b.yaml", fileLine: 1) == "# boatyard-origin: a b.yaml:1\n")
        #expect(FileMark.text(file: "a\nb.yaml", fileLine: 1) == nil)
        #expect(FileMark.text(file: "", fileLine: 1) == nil)
    }
}
