/// A character of a text whose notation nobody has told: as it stands there, or as the escape that is found for it.
///
/// Only ASCII counts. Of any other character `byte` is 0x80, save for blanks without a break, which are blanks.
struct EscapedCharacter {
    enum Form {
        case plain
        /// `\"`, `\/`
        case backslash
        /// `\u0061`, `\x61`, and a blank that is none of ASCII
        case unicode
        /// `%61`
        case percent
        /// `&quot;`, `&#97;`
        case entity
    }

    var byte: UInt8
    /// Behind it.
    var end: Int
    var form: Form
    /// How many stand before it.
    var backslashes = 0

    /// The character at `place`, which is in `bytes`. What is read is read once: `end` is behind it in any case.
    init(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) {
        (byte, end, form) = (bytes[place], place + 1, .plain)
        switch byte {
        case UInt8(ascii: "\\"): readBackslashes(bytes)
        case UInt8(ascii: "%"): readPercent(bytes)
        case UInt8(ascii: "&"): readEntity(bytes)
        case 0xC2 where bytes[end...].first == 0xA0: (byte, end, form) = (0x20, end + 1, .unicode)
        case 0xE2, 0xE3: readWideBlank(bytes)
        case 0x80...: byte = 0x80
        default: break
        }
    }

    var isBlank: Bool { byte == 0x20 || byte == 0x09 }
    var isQuote: Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
    var isPlain: Bool { form == .plain }

    func isOneOf(_ characters: String) -> Bool { characters.utf8.contains(byte) }

    /// Whether it ends what `opening`, the same character, has begun: written in the same way or with fewer escapes.
    func closes(_ opening: EscapedCharacter) -> Bool {
        guard byte == opening.byte else { return false }
        if isPlain { return true }
        return form == opening.form && backslashes <= opening.backslashes
    }

    private mutating func readBackslashes(_ bytes: UnsafeBufferPointer<UInt8>) {
        let first = end - 1
        while end < bytes.count, bytes[end] == UInt8(ascii: "\\") { end += 1 }
        backslashes = end - first
        guard end < bytes.count else { return }
        switch bytes[end] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/"):
            (byte, end, form) = (bytes[end], end + 1, .backslash)
        case UInt8(ascii: "u"): readDigits(bytes, from: end + 1, count: 4)
        case UInt8(ascii: "x"): readDigits(bytes, from: end + 1, count: 2)
        default: break
        }
    }

    private mutating func readDigits(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, count: Int) {
        guard let code = Self.number(bytes, from: start, count: count) else { return }
        (byte, end, form) = (Self.ascii(code), start + count, .unicode)
    }

    /// `%25` is the sign itself, so that `%253D` is `=` that was written twice in this way.
    private mutating func readPercent(_ bytes: UnsafeBufferPointer<UInt8>) {
        while end + 1 < bytes.count, bytes[end] == UInt8(ascii: "2"), bytes[end + 1] == UInt8(ascii: "5") { end += 2 }
        guard let code = Self.number(bytes, from: end, count: 2) else { return }
        (byte, end, form) = (Self.ascii(code), end + 2, .percent)
    }

    private mutating func readEntity(_ bytes: UnsafeBufferPointer<UInt8>) {
        var start = end
        while bytes[start...].starts(with: "amp;".utf8) { start += 4 }
        if bytes[start...].first == UInt8(ascii: "#") {
            let isHexadecimal = bytes[(start + 1)...].first.map { $0 | 0x20 } == UInt8(ascii: "x")
            let digits = start + (isHexadecimal ? 2 : 1)
            var code = 0
            for place in digits..<max(digits, min(digits + 8, bytes.count)) {
                if bytes[place] == UInt8(ascii: ";"), place > digits {
                    (byte, end, form) = (Self.ascii(code), place + 1, .entity)
                    return
                }
                guard let digit = Self.digit(bytes[place]), isHexadecimal || digit < 10 else { break }
                code = code * (isHexadecimal ? 16 : 10) + digit
            }
        }
        for (name, character) in Self.entities where bytes[start...].starts(with: name.utf8) {
            (byte, end, form) = (character, start + name.utf8.count, .entity)
            return
        }
        end = start
    }

    private mutating func readWideBlank(_ bytes: UnsafeBufferPointer<UInt8>) {
        let first = byte
        byte = 0x80
        guard end + 1 < bytes.count, bytes[end] == 0x80 else { return }
        let last = bytes[end + 1]
        let isBlank = first == 0xE2 ? (0x80...0x8B).contains(last) || last == 0xAF : last == 0x80
        if isBlank { (byte, end, form) = (0x20, end + 2, .unicode) }
    }

    private static let entities: [(String, UInt8)] = [
        ("quot;", UInt8(ascii: "\"")), ("apos;", UInt8(ascii: "'")), ("lt;", UInt8(ascii: "<")),
        ("gt;", UInt8(ascii: ">")), ("nbsp;", 0x20), ("equals;", UInt8(ascii: "=")), ("colon;", UInt8(ascii: ":")),
    ]

    private static func ascii(_ code: Int) -> UInt8 { code == 0xA0 ? 0x20 : code < 0x80 ? UInt8(clamping: code) : 0x80 }

    /// Nil where there are not as many digits.
    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, count: Int) -> Int? {
        guard start + count <= bytes.count else { return nil }
        var code = 0
        for place in start..<(start + count) {
            guard let digit = digit(bytes[place]) else { return nil }
            code = code * 16 + digit
        }
        return code
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte) - 0x30
        case 0x61...0x66: Int(byte) - 0x57
        case 0x41...0x46: Int(byte) - 0x37
        default: nil
        }
    }
}
