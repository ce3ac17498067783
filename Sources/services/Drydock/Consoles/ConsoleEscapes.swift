/// Tells the escape sequences of terminals from text.
struct ConsoleEscapes: Sendable {
    enum Part: Sendable {
        /// A character, or a control character.
        case text
        case sequence
        /// The last byte of a sequence that puts the cursor somewhere.
        case cursor
    }

    private enum State: Sendable {
        case text
        case escape
        /// Behind `ESC [`.
        case sequence
        /// Behind `ESC (` and the like: one more byte.
        case designation
    }

    private var state = State.text

    /// What the next byte belongs to.
    mutating func part(_ byte: UInt8) -> Part {
        switch (state, byte) {
        // In a sequence another one begins before it has ended.
        case (.text, 0x1b), (.sequence, 0x1b): state = .escape
        case (.text, _): return .text
        case (.escape, UInt8(ascii: "[")): state = .sequence
        case (.escape, UInt8(ascii: "(")), (.escape, UInt8(ascii: ")")), (.escape, UInt8(ascii: "#")):
            state = .designation
        case (.escape, _), (.designation, _): state = .text
        case (.sequence, 0x40...0x7e):
            state = .text
            if byte == UInt8(ascii: "H") || byte == UInt8(ascii: "f") { return .cursor }
        case (.sequence, _): break
        }
        return .sequence
    }
}
