/// The lines of what a machine writes to its console, as people would read them: without escape sequences and control
/// characters. A cursor that is put somewhere begins a line, as firmware draws its screens so.
struct ConsoleLines: Sendable {
    private enum State: Sendable {
        case text
        case escape
        /// Behind `ESC [`.
        case sequence
        /// Behind `ESC (` and the like: one more byte.
        case designation
    }

    private var state = State.text
    private var line: [UInt8] = []

    /// In bytes: what comes behind it in a line is left out.
    private static let limit = 512

    /// The line that has not ended.
    var present: String { Self.text(line) }

    /// - Returns: the lines that end in these bytes, without the empty ones.
    mutating func take(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            switch (state, byte) {
            case (.text, 0x1b): state = .escape
            case (.text, 0x0a), (.text, 0x0d): end(&lines)
            case (.text, 0x08): line = Array(line.dropLast())
            case (.text, 0x20...): if byte != 0x7f, line.count < Self.limit { line.append(byte) }
            case (.text, _): break
            case (.escape, UInt8(ascii: "[")): state = .sequence
            case (.escape, UInt8(ascii: "(")), (.escape, UInt8(ascii: ")")), (.escape, UInt8(ascii: "#")):
                state = .designation
            case (.escape, _), (.designation, _): state = .text
            case (.sequence, 0x40...0x7e):
                state = .text
                if byte == UInt8(ascii: "H") || byte == UInt8(ascii: "f") { end(&lines) }
            // Another one begins before it has ended.
            case (.sequence, 0x1b): state = .escape
            case (.sequence, _): break
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
