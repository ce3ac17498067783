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
        var hasIndicators = Self.looksLikeMarker(text)
        var hasBreaks = false
        for (index, byte) in text.enumerated() {
            // Letters, and whatever else means nothing wherever it stands.
            if byte > UInt8(ascii: ":"), byte < 0x7f { continue }
            switch byte {
            case 0x0a:
                if index > 0, text[index - 1] == 0x20 {
                    style = .doubleQuoted
                    return
                }
                hasBreaks = true
            case 0x20:
                if index > 0, text[index - 1] == 0x0a {
                    style = .doubleQuoted
                    return
                }
            case UInt8(ascii: ":"):
                if Self.isBlank(after: index, in: text) { hasIndicators = true }
            case UInt8(ascii: "#"):
                if index == 0 || text[index - 1] == 0x20 || text[index - 1] == 0x0a { hasIndicators = true }
            case 0x21...0x39: break
            default:
                // Whatever is not printable ASCII is escaped, and escapes need double quotes.
                style = .doubleQuoted
                return
            }
        }
        let isBounded = first == 0x20 || last == 0x20
        if hasIndicators || hasBreaks || isBounded || Self.isIndicator(first, in: text) {
            style = .singleQuoted
            return
        }
        // A plain scalar is a string only where YAML 1.1 would not read another type
        // (`docs/reference/deckhand.md` §15).
        if case .string = ImplicitTag(text) { style = .plain } else { style = .singleQuoted }
    }

    /// Whether it begins as `---` and `...` do, which stand between documents.
    private static func looksLikeMarker(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 3, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: ".") else { return false }
        return text[1] == text[0] && text[2] == text[0]
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
