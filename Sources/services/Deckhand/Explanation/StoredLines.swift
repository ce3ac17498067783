import Documents
import Primitives
import YAML

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
