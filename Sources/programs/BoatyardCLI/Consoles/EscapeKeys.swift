/// What is typed at a machine, with the escapes that are for this program: `~.` ends, `~B` sends a break, `~?` tells them,
/// `~~` is one `~`. An escape begins a line, as with `ssh` and `ipmitool`.
struct EscapeKeys: Sendable {
    enum Key: Sendable, Hashable {
        case characters([UInt8])
        case sendBreak
        case help
        case leave
    }

    private enum State: Sendable {
        case lineBegins
        case inLine
        /// Behind the `~` that begins a line.
        case escape
    }

    private var state = State.lineBegins

    static let help = "~. ends, ~B sends a break, ~? shows this, ~~ types one ~; each at the beginning of a line"

    private static let tilde = UInt8(ascii: "~")

    /// What comes behind `leave` is left out.
    mutating func take(_ bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var characters: [UInt8] = []
        func flush() {
            if !characters.isEmpty { keys.append(.characters(characters)) }
            characters = []
        }
        for byte in bytes {
            switch (state, byte) {
            case (.lineBegins, Self.tilde): state = .escape
            case (.escape, UInt8(ascii: ".")):
                flush()
                return keys + [.leave]
            case (.escape, UInt8(ascii: "B")):
                flush()
                keys.append(.sendBreak)
                state = .lineBegins
            case (.escape, UInt8(ascii: "?")):
                flush()
                keys.append(.help)
                state = .lineBegins
            case (.escape, Self.tilde):
                characters.append(byte)
                state = .inLine
            case (.escape, _):
                characters += [Self.tilde, byte]
                state = Self.ends(byte) ? .lineBegins : .inLine
            case (_, _):
                characters.append(byte)
                state = Self.ends(byte) ? .lineBegins : .inLine
            }
        }
        flush()
        return keys
    }

    private static func ends(_ byte: UInt8) -> Bool { byte == 0x0d || byte == 0x0a }
}
