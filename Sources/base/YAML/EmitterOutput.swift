import Primitives

/// The text that an emitter writes, and where in it the emitter is.
struct EmitterOutput: ~Copyable {
    private var output = ByteWriter(capacity: 4000)
    /// Of the current collection; nil outside of any.
    var indentation: Int?
    /// Whether nothing but indentation and indicators that count as such are on the line.
    private(set) var isIndention = true
    /// Whether the stream must be closed by `...`, lest a reader wait for more of the scalar.
    private(set) var isOpenEnded = false
    private var column = 0
    private var isWhitespace = true

    var bytes: [UInt8] { output.bytes }

    private static let width = 80
    private static let step = 2

    mutating func increaseIndentation(isFlow: Bool = false) {
        if let outer = indentation { indentation = outer + Self.step } else { indentation = isFlow ? Self.step : 0 }
    }

    /// Begins a line at the indentation, unless one has just begun.
    mutating func indent() {
        let indentation = indentation ?? 0
        if !isIndention || column > indentation || (column == indentation && !isWhitespace) { lineBreak() }
        if column < indentation {
            isWhitespace = true
            output.append(repeating: 0x20, count: indentation - column)
            column = indentation
        }
    }

    mutating func indicator(
        _ indicator: StaticString, needsWhitespace: Bool = true, isWhitespace: Bool = false, isIndention: Bool = false
    ) {
        if needsWhitespace, !self.isWhitespace { write(0x20) }
        self.isWhitespace = isWhitespace
        self.isIndention = self.isIndention && isIndention
        isOpenEnded = false
        output.append(indicator)
        column += indicator.utf8CodeUnitCount
    }

    /// - Parameter text: printable ASCII without line breaks.
    mutating func plain(_ text: UnsafeBufferPointer<UInt8>, folds: Bool, isRoot: Bool) {
        if isRoot { isOpenEnded = true }
        if !isWhitespace { write(0x20) }
        isWhitespace = false
        isIndention = false
        guard folds, column + text.count > Self.width else { return write(text[...]) }
        var start = 0
        while start < text.count {
            let end = Self.runEnd(from: start, in: text)
            if text[start] == 0x20, end == start + 1, column > Self.width {
                indent()
                isWhitespace = false
                isIndention = false
            } else {
                write(text[start..<end])
            }
            start = end
        }
    }

    /// - Parameter text: printable ASCII and line breaks.
    mutating func singleQuoted(_ text: UnsafeBufferPointer<UInt8>, folds: Bool) {
        indicator("'")
        var start = 0
        while start < text.count {
            let end = Self.runEnd(from: start, in: text)
            switch text[start] {
            case 0x20 where end == start + 1 && column > Self.width && folds && start > 0 && end < text.count: indent()
            case 0x0a:
                // One break alone would be read as a blank.
                for _ in start...end { lineBreak() }
                indent()
            default: writeDoublingQuotes(text[start..<end])
            }
            start = end
        }
        indicator("'", needsWhitespace: false)
    }

    mutating func doubleQuoted(_ text: [Unicode.Scalar], folds: Bool) {
        indicator("\"")
        // As in the reference, `start` is one past `end` after an escape.
        var start = 0
        for end in text.indices {
            let scalar = text[end]
            if scalar == "\"" || scalar == "\\" || !(0x20...0x7e).contains(scalar.value) {
                write(text[start..<end])
                writeEscape(scalar)
                start = end + 1
            }
            guard folds, end > 0, end < text.count - 1, scalar == " " || start >= end,
                column + (end - start) > Self.width
            else { continue }
            if start < end {
                write(text[start..<end])
                start = end
            }
            write(UInt8(ascii: "\\"))
            indent()
            isWhitespace = false
            isIndention = false
            if text[start] == " " { write(UInt8(ascii: "\\")) }
        }
        if start < text.count { write(text[start...]) }
        indicator("\"", needsWhitespace: false)
    }

    private mutating func lineBreak() {
        isWhitespace = true
        isIndention = true
        column = 0
        output.append(0x0a)
    }

    private mutating func write(_ byte: UInt8) {
        output.append(byte)
        column += 1
    }

    private mutating func write(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        output.append(UnsafeBufferPointer(rebasing: text))
        column += text.count
    }

    private mutating func write(_ text: ArraySlice<Unicode.Scalar>) {
        for scalar in text { write(UInt8(truncatingIfNeeded: scalar.value)) }
    }

    private mutating func writeDoublingQuotes(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        guard text.contains(UInt8(ascii: "'")) else { return write(text) }
        for byte in text {
            write(byte)
            if byte == UInt8(ascii: "'") { write(byte) }
        }
    }

    private mutating func writeEscape(_ scalar: Unicode.Scalar) {
        write(UInt8(ascii: "\\"))
        switch scalar.value {
        case 0x00: write(UInt8(ascii: "0"))
        case 0x07: write(UInt8(ascii: "a"))
        case 0x08: write(UInt8(ascii: "b"))
        case 0x09: write(UInt8(ascii: "t"))
        case 0x0a: write(UInt8(ascii: "n"))
        case 0x0b: write(UInt8(ascii: "v"))
        case 0x0c: write(UInt8(ascii: "f"))
        case 0x0d: write(UInt8(ascii: "r"))
        case 0x1b: write(UInt8(ascii: "e"))
        case 0x22, 0x5c: write(UInt8(truncatingIfNeeded: scalar.value))
        case 0x85: write(UInt8(ascii: "N"))
        case 0xa0: write(UInt8(ascii: "_"))
        case 0x2028: write(UInt8(ascii: "L"))
        case 0x2029: write(UInt8(ascii: "P"))
        case ..<0x100: writeHexadecimal("x", scalar.value, digits: 2)
        case ..<0x10000: writeHexadecimal("u", scalar.value, digits: 4)
        default: writeHexadecimal("U", scalar.value, digits: 8)
        }
    }

    private mutating func writeHexadecimal(_ letter: Unicode.Scalar, _ value: UInt32, digits: UInt32) {
        write(UInt8(ascii: letter))
        for place in (0..<digits).reversed() {
            let digit = UInt8(truncatingIfNeeded: value >> (4 * place) & 15)
            write(digit < 10 ? digit + 48 : digit + 55)
        }
    }

    /// Where the run of blanks, of breaks or of other characters ends that begins at `start`.
    private static func runEnd(from start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        let first = text[start]
        var end = start + 1
        if first == 0x20 || first == 0x0a {
            while end < text.count, text[end] == first { end += 1 }
        } else {
            while end < text.count, text[end] != 0x20, text[end] != 0x0a { end += 1 }
        }
        return end
    }
}
