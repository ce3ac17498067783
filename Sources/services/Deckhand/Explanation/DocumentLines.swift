import Documents
import OrderedCollections
import Primitives
import YAML

/// On which lines of the stream that was put one document stands. No text of it: that is the document itself.
struct DocumentLines: Sendable, Hashable {
    /// Of the document.
    let line: Int
    let metadata: Part?
    let data: Part?

    /// A section of the document.
    struct Part: Sendable, Hashable {
        /// Of its key.
        let line: Int
        /// Of what is in it; empty where nothing more is known.
        let map: LineMap
    }

    /// - Parameter hidesData: keeps nothing of how the data is laid out, which encrypted documents do not show.
    init(_ map: LineMap, of document: Value, hidesData: Bool) {
        line = map.line
        let members = map.members() ?? []
        let keys = document.objectValue.map { Array($0.keys) } ?? []
        func part(_ section: String, isHidden: Bool) -> Part? {
            // Repeated keys are one member: then it is not known which is which.
            guard keys.count == members.count, let index = keys.firstIndex(of: section) else { return nil }
            let (line, value) = members[index]
            return Part(line: line, map: isHidden ? LineMap(base: line, entries: []) : value)
        }
        metadata = part("metadata", isHidden: false)
        data = part("data", isHidden: hidesData)
    }

    fileprivate init(line: Int, metadata: Part?, data: Part?) {
        self.line = line
        self.metadata = metadata
        self.data = data
    }

    /// The line of `place` in a section, which holds `value`; of what is around it where its own is not known.
    func line(of section: Explanation.Section, _ place: DataPlace, in value: Value) -> Int {
        guard let part = section == .metadata ? metadata : data else { return line }
        var found = part.line
        var map = part.map
        var value = value
        for step in place.steps {
            switch (step, value) {
            case (.member(let name), .object(let object)):
                guard let index = object.index(forKey: name), let members = map.members(),
                    // Metadata has its defaults at the end; beyond that, repeated keys are one member.
                    members.count == object.count || (section == .metadata && members.count < object.count),
                    members.indices.contains(index)
                else { return found }
                (found, map) = members[index]
                value = object.elements[index].value
            case (.element(let index), .array(let array)):
                guard array.indices.contains(index), let elements = map.elements(), elements.count == array.count else {
                    return found
                }
                map = elements[index]
                found = map.line
                value = array[index]
            default: return found
            }
        }
        return found
    }
}

/// The lines of all documents of one PUT, in their order, as they are stored: a few bytes for each key and value.
enum StoredLines {
    static func encode(_ documents: [DocumentLines]) -> [UInt8] {
        var bytes: [UInt8] = []
        for document in documents {
            append(document.line, to: &bytes)
            for part in [document.metadata, document.data] {
                guard let part else {
                    append(0, to: &bytes)
                    continue
                }
                append(part.line, to: &bytes)
                append(part.map.entries.count, to: &bytes)
                bytes += part.map.entries
            }
        }
        return bytes
    }

    /// The lines of document `index`; nil where there are none.
    static func decode(_ bytes: [UInt8], document index: Int) -> DocumentLines? {
        var position = 0
        for skipped in 0...max(0, index) {
            guard let line = number(bytes, &position), let metadata = part(bytes, &position),
                let data = part(bytes, &position)
            else { return nil }
            if skipped == index { return DocumentLines(line: line, metadata: metadata.part, data: data.part) }
        }
        return nil
    }

    private static func part(_ bytes: [UInt8], _ position: inout Int) -> (part: DocumentLines.Part?, isThere: Bool)? {
        guard let line = number(bytes, &position) else { return nil }
        guard line > 0 else { return (nil, false) }
        guard let count = number(bytes, &position), count <= bytes.count - position else { return nil }
        let entries = Array(bytes[position..<(position + count)])
        position += count
        return (DocumentLines.Part(line: line, map: LineMap(base: line, entries: entries)), true)
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = max(0, number)
        while rest > 0x7f {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func number(_ bytes: [UInt8], _ position: inout Int) -> Int? {
        var number = 0
        var shift = 0
        while position < bytes.count, shift < 56 {
            let byte = bytes[position]
            position += 1
            number |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return number }
            shift += 7
        }
        return nil
    }
}
