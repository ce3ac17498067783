import OrderedCollections
import Primitives
import YAML

/// Where the documents of a stream are written: on which of its lines, and in which files those stood before.
package struct StreamLines: Sendable {
    /// Of each document; empty where nothing is known.
    package let maps: [LineMap]
    package let files: [FileMark]

    package static let unknown = StreamLines(maps: [], files: [])

    package init(maps: [LineMap], files: [FileMark]) {
        self.maps = maps
        self.files = files
    }

    /// `site/networks.yaml:12` for a key at the top of a document, or `line 12` where the file is not known.
    ///
    /// - Parameter document: the one at `index`, as it was parsed.
    package func place(of key: String, in document: Value, at index: Int) -> String? {
        guard maps.indices.contains(index), let members = maps[index].members(),
            let keys = document.objectValue?.keys, keys.count == members.count, let position = keys.firstIndex(of: key)
        else { return nil }
        let line = members[position].line
        guard let file = files.last(where: { $0.line < line }) else { return "line \(line)" }
        return "\(file.file):\(file.line(ofStreamLine: line))"
    }
}
