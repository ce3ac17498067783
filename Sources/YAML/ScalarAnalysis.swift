/// How a string must be written so that it is read as the same string.
struct ScalarAnalysis {
    enum Style {
        case plain, singleQuoted, doubleQuoted
    }

    let style: Style

    init(_ text: UnsafeBufferPointer<UInt8>) {
        guard let first = text.first, let last = text.last else {
            style = .singleQuoted
            return
        }
        var hasIndicators = text.starts(with: "---".utf8) || text.starts(with: "...".utf8)
        var hasBreaks = false
        var previous = UInt8(ascii: " ")
        for (index, byte) in text.enumerated() {
            // Whatever is not printable ASCII is escaped, and escapes need double quotes.
            guard byte == 0x0a || (0x20...0x7e).contains(byte) else {
                style = .doubleQuoted
                return
            }
            switch byte {
            case 0x0a:
                if previous == 0x20, index > 0 {
                    style = .doubleQuoted
                    return
                }
                hasBreaks = true
            case 0x20:
                if previous == 0x0a {
                    style = .doubleQuoted
                    return
                }
            case UInt8(ascii: ":"):
                if Self.isBlank(after: index, in: text) { hasIndicators = true }
            case UInt8(ascii: "#"):
                if previous == 0x20 || previous == 0x0a { hasIndicators = true }
            default: break
            }
            previous = byte
        }
        let isBounded = first == 0x20 || last == 0x20
        if hasIndicators || hasBreaks || isBounded || Self.isIndicator(first, in: text) {
            style = .singleQuoted
            return
        }
        // A plain scalar is a string only where YAML 1.1 would not read another type (`spec/deckhand.md` §15).
        if case .string = ImplicitTag(text) { style = .plain } else { style = .singleQuoted }
    }

    private static func isIndicator(_ first: UInt8, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch first {
        case UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"),
            UInt8(ascii: ">"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "@"),
            UInt8(ascii: "`"):
            true
        case UInt8(ascii: "?"), UInt8(ascii: "-"): isBlank(after: 0, in: text)
        default: false
        }
    }

    private static func isBlank(after index: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        index + 1 >= text.count || text[index + 1] == 0x20 || text[index + 1] == 0x0a
    }
}
