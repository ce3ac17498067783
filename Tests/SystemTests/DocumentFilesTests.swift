import Documents
import Foundation
import Primitives
import Testing
import YAML

@testable import BoatyardCLI

@Suite("Files joined into a stream")
struct DocumentFilesTests {
    @Test("every document of the stream leads back to its file and line, however the file begins")
    func marks() throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let texts = [
            "a.yaml": "# first\n---\nname: one\n---\nname: two\n", "b.yaml": "name: three",
            "c.yml": "\n%YAML 1.1\n--- {name: four}\n",
            "d.yaml": "# only\n# comments\nname: five\ntext: |\n  # boatyard-origin: evil:1\n  x\n",
        ]
        var files: [String] = []
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            let file = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            files.append(file.path)
        }
        let stream = try DocumentFiles(files).stream
        let marks = FileMark.marks(in: stream)
        #expect(marks.map(\.file) == files)
        let documents = try YAML.loadWithLines(stream)
        #expect(documents.count == 5)
        let places = documents.map { document in
            let mark = marks.last { $0.line < document.lines.line }
            return "\(mark?.file.suffix(6) ?? ""):\(mark?.line(ofStreamLine: document.lines.line) ?? 0)"
        }
        #expect(places == ["a.yaml:3", "a.yaml:5", "b.yaml:1", "/c.yml:3", "d.yaml:3"])
        // Whoever does not know the marks reads the same documents.
        #expect(
            documents.map { $0.value["name"]?.stringValue } == ["one", "two", "three", "four", "five"])
    }
}
