import JSONSchema
import OrderedCollections
import Primitives
import YAML

/// A place in what somebody wrote.
package struct SourcePlace: Sendable, Hashable {
    /// `site/networks.yaml:12`, or `line 12` where the file is not known.
    package let text: String
    /// How the scalar is written that stands there, where that is not how it would be written again.
    package let spelling: String?

    package init(text: String, spelling: String? = nil) {
        self.text = text
        self.spelling = spelling
    }
}

/// The lines of a stream on which its documents are written, and the files that the stream was joined from.
package struct StreamLines: Sendable {
    /// The lines of each document; empty where they are not known.
    package let maps: [LineMap]
    /// Where each file begins in the stream; empty for a stream that was not joined.
    package let files: [FileMark]
    /// Of each document, as `maps`.
    package let notes: [SourceNotes]

    /// Nothing is known of the stream.
    package static let unknown = StreamLines(maps: [], files: [])

    package init(maps: [LineMap], files: [FileMark], notes: [SourceNotes] = []) {
        self.maps = maps
        self.files = files
        self.notes = notes
    }

    package init(_ documents: [SourceDocument], files: [FileMark]) {
        self.init(maps: documents.map(\.lines), files: files, notes: documents.map(\.notes))
    }

    /// `site/networks.yaml:12` for a key at the top of a document, or `line 12` where the file is not known.
    ///
    /// - Parameter document: the one at `index`, as it was parsed.
    package func place(of key: String, in document: Value, at index: Int) -> String? {
        guard maps.indices.contains(index), let members = maps[index].members(),
            let keys = document.objectValue?.keys, keys.count == members.count, let position = keys.firstIndex(of: key)
        else { return nil }
        return text(line: members[position].line)
    }

    /// The place of what is at `path` of a document, or of the nearest around it that is there; nil where nothing is known
    /// of the document.
    ///
    /// - Parameter document: the one at `index`, as it was parsed.
    package func place(at path: [PathElement], in document: Value, at index: Int) -> SourcePlace? {
        guard maps.indices.contains(index) else { return nil }
        let (line, value) = maps[index].find(path, in: document)
        let spelling = notes.indices.contains(index) ? value.flatMap { notes[index].spelling(of: $0, line: line) } : nil
        return SourcePlace(text: text(line: line), spelling: spelling)
    }

    /// A line of the stream, in the file that it stood in.
    package func text(line: Int) -> String {
        guard let file = files.last(where: { $0.line < line }) else { return "line \(line)" }
        return "\(file.file):\(file.line(ofStreamLine: line))"
    }
}

extension LineMap {
    /// The line of what is at `path` of `value`, whose map this is, and the value there; of the nearest around it that is
    /// there without a value. Of the member of a mapping it is the line of its key.
    func find(_ path: [PathElement], in value: Value) -> (line: Int, value: Value?) {
        var map = self
        var value = value
        var line = self.line
        for step in path {
            switch (step, value) {
            case (.key(let name), .object(let object)):
                guard let index = object.index(forKey: name), let members = map.members(),
                    members.count == object.count
                else { return (line, nil) }
                (line, map) = members[index]
                value = object.elements[index].value
            case (.index(let index), .array(let array)):
                guard array.indices.contains(index), let elements = map.elements(), elements.count == array.count else {
                    return (line, nil)
                }
                map = elements[index]
                line = map.line
                value = array[index]
            default: return (line, nil)
            }
        }
        return (line, value)
    }
}
