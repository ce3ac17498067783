import Glibc
import Primitives

/// Marks the line of a stream at which a file begins, in a stream that was joined from files.
///
/// The mark is a comment, which other programs ignore: a line `# boatyard-origin: site/networks.yaml:1`, with nothing
/// between it and the `---` of a document but blank lines, other comments and directives. The number is that of the
/// line of the file that comes next.
package struct FileMark: Sendable, Hashable {
    /// The line of the mark in the stream, from 1.
    package let line: Int
    /// The path of the file, as the client named it.
    package let file: String
    /// The line of the file that the next line of the stream is; 0 where a `---` was put before the first.
    package let fileLine: Int

    package init(line: Int, file: String, fileLine: Int) {
        self.line = line
        self.file = file
        self.fileLine = fileLine
    }

    /// - Parameter line: behind the mark.
    package func line(ofStreamLine line: Int) -> Int { line - self.line - 1 + fileLine }

    /// The mark before a file whose first line is line `fileLine` of `file`; nil for a name that no mark can have.
    package static func text(file: String, fileLine: Int) -> String? {
        isName(file) ? "# \(word)\(file):\(fileLine)\n" : nil
    }

    /// The marks of a stream in UTF-8, in their order.
    package static func marks(in stream: [UInt8]) -> [FileMark] {
        let needle = Array("# \(word)".utf8)
        return stream.withUnsafeBytes { bytes in
            var marks: [FileMark] = []
            var lines = LineCounter(bytes)
            var position = 0
            while let start = find(UInt8(ascii: "#"), in: bytes, from: position) {
                position = start + 1
                guard start == 0 || bytes[start - 1] == newline, bytes[start...].starts(with: needle) else { continue }
                let end = endOfLine(bytes, from: start)
                let text = UnsafeRawBufferPointer(rebasing: bytes[(start + needle.count)..<end])
                position = end
                if let (file, fileLine) = parse(text), isBeforeDocument(bytes, end + 1, needle) {
                    marks.append(FileMark(line: lines.line(at: start), file: file, fileLine: fileLine))
                }
            }
            return marks
        }
    }

    private static let word = "boatyard-origin: "
    private static let newline = UInt8(ascii: "\n")
    private static let nameLimit = 1024

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= nameLimit
            && !text.unicodeScalars.contains(where: \.isControl)
    }

    /// `FILE:LINE`
    private static func parse(_ text: UnsafeRawBufferPointer) -> (String, Int)? {
        guard text.count <= nameLimit + 16, let text = String(validating: text, as: UTF8.self) else { return nil }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let number = text[text.index(after: colon)...].filter { $0 != "\r" }
        guard let line = Int(number), (0..<1 << 30).contains(line) else { return nil }
        let file = String(text[..<colon])
        return isName(file) ? (file, line) : nil
    }

    /// Whether a document begins before anything else but comments: no text of a document can look like this, as `---` ends
    /// every text.
    private static func isBeforeDocument(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ needle: [UInt8]) -> Bool {
        var position = start
        while position < bytes.count {
            let end = endOfLine(bytes, from: position)
            let line = bytes[position..<end]
            if line.starts(with: "---".utf8) { return true }
            let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
            // The last of several marks counts.
            guard isBlank || line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: "%"),
                !line.starts(with: needle)
            else { return false }
            position = end + 1
        }
        return false
    }

    private static func endOfLine(_ bytes: UnsafeRawBufferPointer, from position: Int) -> Int {
        find(newline, in: bytes, from: position) ?? bytes.count
    }

    private static func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from position: Int) -> Int? {
        guard position < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + position, Int32(byte), bytes.count - position)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}

/// Counts lines as the parser does, to which there are more ends of a line than one.
private struct LineCounter {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var line = 1

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// - Parameter offset: not before that of the call before.
    mutating func line(at offset: Int) -> Int {
        while position < offset {
            if isBreak(at: position) { line += 1 }
            position += 1
        }
        return line
    }

    /// Whether the byte is the last of a line feed, a carriage return, NEL, LS or PS.
    private func isBreak(at position: Int) -> Bool {
        func before(_ distance: Int) -> UInt8 { position >= distance ? bytes[position - distance] : 0 }
        switch bytes[position] {
        case 0x0a: return true
        case 0x0d: return position + 1 >= bytes.count || bytes[position + 1] != 0x0a
        case 0x85: return before(1) == 0xc2
        case 0xa8, 0xa9: return before(2) == 0xe2 && before(1) == 0x80
        default: return false
        }
    }
}
