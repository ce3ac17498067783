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

    /// In bytes: no sequence has more parameters.
    private static let limit = 64

    private var state = State.text
    /// How many bytes the sequence has behind `ESC [`.
    private var length = 0

    /// What the next byte belongs to. A sequence that is broken off by an end of a line, by `CAN` or `SUB`, or by what none may
    /// contain, ends there, as does one that is too long: what follows is text.
    mutating func part(_ byte: UInt8) -> Part {
        switch (state, byte) {
        // In a sequence another one begins before it has ended.
        case (_, 0x1b): state = .escape
        case (.text, _): return .text
        case (_, 0x0a), (_, 0x0d), (_, 0x18), (_, 0x1a), (_, 0x80...):
            state = .text
            return .text
        case (.escape, UInt8(ascii: "[")):
            state = .sequence
            length = 0
        case (.escape, UInt8(ascii: "(")), (.escape, UInt8(ascii: ")")), (.escape, UInt8(ascii: "#")):
            state = .designation
        case (.escape, _), (.designation, _): state = .text
        case (.sequence, 0x40...0x7e):
            state = .text
            if byte == UInt8(ascii: "H") || byte == UInt8(ascii: "f") { return .cursor }
        case (.sequence, _):
            length += 1
            guard length > Self.limit else { break }
            state = .text
            return .text
        }
        return .sequence
    }
}
