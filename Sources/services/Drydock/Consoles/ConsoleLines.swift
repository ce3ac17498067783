/// The lines of what a machine writes to its console, as people would read them: without escape sequences and control
/// characters. A cursor that is put somewhere begins a line, as firmware draws its screens so.
struct ConsoleLines: Sendable {
    private var escapes = ConsoleEscapes()
    private var line: [UInt8] = []

    /// In bytes: what comes behind it in a line is left out.
    private static let limit = 512

    /// The line that has not ended.
    var present: String { Self.text(line) }

    /// - Returns: the lines that end in these bytes, without the empty ones.
    mutating func take(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            switch (escapes.part(byte), byte) {
            case (.text, 0x0a), (.text, 0x0d), (.cursor, _): end(&lines)
            case (.text, 0x08): line = Array(line.dropLast())
            case (.text, 0x20...): if byte != 0x7f, line.count < Self.limit { line.append(byte) }
            case (.text, _), (.sequence, _): break
            }
        }
        return lines
    }

    private mutating func end(_ lines: inout [String]) {
        let text = Self.text(line)
        line = []
        if !text.isEmpty { lines.append(text) }
    }

    /// Without blanks at its ends.
    private static func text(_ line: [UInt8]) -> String {
        let blank = UInt8(ascii: " ")
        let rest = line.drop { $0 == blank }.reversed().drop { $0 == blank }
        return String(decoding: rest.reversed(), as: UTF8.self)
    }
}
