import Primitives

/// A text of a peer, and what it is once escapes in it are read: each byte with its place in the text.
struct EscapedText {
    /// How many escapes in each other are read.
    private static let depth = 4
    /// In bytes, at the end of a text that is cut: an escape that is not there as a whole cannot be read.
    private static let torn = 256

    private(set) var bytes: [UInt8]
    private var places: [Range<Int>]
    /// In bytes, of the text.
    private let length: Int
    /// Whether the text went on.
    private let isCut: Bool

    init(_ text: [UInt8], isCut: Bool = false) {
        bytes = text
        places = text.indices.map { $0..<($0 + 1) }
        length = text.count
        self.isCut = isCut
    }

    /// The places of secrets in a text, in their order and apart from each other.
    ///
    /// - Parameter isCut: whether the text went on: what may be the beginning of a secret at its end counts as one.
    static func places(of secrets: [SecretCopies], in text: [UInt8], isCut: Bool) -> [Range<Int>] {
        let whole = EscapedText(text, isCut: isCut).visible
        var found = whole.places(of: secrets)
        // An equals sign begins an escape of quoted-printable, and more often stands before a value.
        for readsEquals in [false, true] {
            var read = whole
            for _ in 0..<depth {
                let next = read.unescaped(readsEquals).visible
                if next.bytes == read.bytes { break }
                read = next
                found += read.places(of: secrets)
            }
        }
        var apart: [Range<Int>] = []
        for place in found.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = apart.last, place.lowerBound < last.upperBound {
                apart[apart.count - 1] = last.lowerBound..<max(last.upperBound, place.upperBound)
            } else {
                apart.append(place)
            }
        }
        return apart
    }

    private func places(of secrets: [SecretCopies]) -> [Range<Int>] {
        var lower = self
        lower.bytes = folded
        let digits = lower.withoutSeparators
        // Of Base64 in addresses, too.
        var standard = self
        standard.bytes = bytes.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 }
            .map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }
        var found: [Range<Int>] = []
        for secret in secrets {
            found += lower.places(of: secret.text, isBase64: false)
            found += digits.places(of: secret.hexadecimal, isBase64: false)
            for pattern in secret.base64 { found += standard.places(of: pattern, isBase64: true) }
        }
        return found
    }

    /// - Parameter isBase64: the digits around what is found belong to it: they are of the secret, too.
    private func places(of pattern: SearchPattern, isBase64: Bool) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var matched = 0
        var at = 0
        var unfinished: Int?
        while at < bytes.count {
            matched = pattern.matched(matched, then: bytes[at])
            at += 1
            if matched == pattern.bytes.count {
                let begin = isBase64 ? beginOfDigits(before: at - matched) : at - matched
                if isBase64 {
                    while at < bytes.count, Self.isDigit(bytes[at]) { at += 1 }
                    matched = 0
                }
                found.append(places[begin].lowerBound..<places[at - 1].upperBound)
            } else if matched > 0, isCut, at == bytes.count || places[at].upperBound > length - Self.torn {
                unfinished = min(unfinished ?? at, at - matched)
            }
        }
        if let unfinished {
            let begin = isBase64 ? beginOfDigits(before: unfinished) : unfinished
            found.append(places[begin].lowerBound..<length)
        }
        return found
    }

    private func beginOfDigits(before end: Int) -> Int {
        var begin = end
        while begin > 0, Self.isDigit(bytes[begin - 1]) { begin -= 1 }
        return begin
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        AddressCharacters.isAlphanumeric(byte) || "+/=".utf8.contains(byte)
    }

    /// Without what stands between the bytes of dumps in hexadecimal.
    private var withoutSeparators: EscapedText {
        var kept = self
        kept.bytes = []
        kept.places = []
        for (byte, place) in zip(bytes, places) {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: ","): break
            default:
                kept.bytes.append(byte)
                kept.places.append(place)
            }
        }
        return kept
    }

    /// The bytes with the letters of ASCII in lower case.
    var folded: [UInt8] { bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }

    /// Without the scalars that nobody sees.
    var visible: EscapedText {
        var seen = self
        seen.bytes = []
        seen.places = []
        var at = 0
        while at < bytes.count {
            if let length = Self.invisible(bytes[at...]) {
                at += length
            } else {
                seen.bytes.append(bytes[at])
                seen.places.append(places[at])
                at += 1
            }
        }
        return seen
    }

    /// How many bytes the scalar at the beginning has; nil where it is seen, or there is none.
    private static func invisible(_ text: ArraySlice<UInt8>) -> Int? {
        let length: Int
        switch text.first {
        case let byte? where byte < 0x80: return byte < 0x20 || byte == 0x7f ? 1 : nil
        case let byte? where (0xc2...0xdf).contains(byte): length = 2
        case let byte? where (0xe0...0xef).contains(byte): length = 3
        case let byte? where (0xf0...0xf4).contains(byte): length = 4
        default: return nil
        }
        let scalar = String(decoding: text.prefix(length), as: UTF8.self).unicodeScalars.first
        guard let scalar, ControlCharacters.contains(scalar) || scalar.properties.isDefaultIgnorableCodePoint else {
            return nil
        }
        return length
    }

    /// With each escape read once.
    private func unescaped(_ readsEquals: Bool) -> EscapedText {
        var read = self
        read.bytes = []
        read.places = []
        var at = 0
        while at < bytes.count {
            let (value, length) = Escape.read(bytes[at...], readsEquals)
            let place = places[at].lowerBound..<places[at + length - 1].upperBound
            for byte in value {
                read.bytes.append(byte)
                read.places.append(place)
            }
            at += length
        }
        return read
    }
}

/// The escapes of JSON, C, Swift, addresses, HTML and quoted-printable.
private enum Escape {
    private static let characters: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
    private static let entities: [(name: String, byte: UInt8)] = [
        ("quot", UInt8(ascii: "\"")), ("apos", UInt8(ascii: "'")), ("lt", UInt8(ascii: "<")),
        ("gt", UInt8(ascii: ">")), ("amp", UInt8(ascii: "&")),
    ]

    /// What the escape at the beginning stands for, in UTF-8, and how long it is; of anything else the first byte.
    ///
    /// - Parameter readsEquals: reads those of quoted-printable, too: `=70`.
    static func read(_ text: ArraySlice<UInt8>, _ readsEquals: Bool) -> (value: [UInt8], length: Int) {
        let rest = text.dropFirst()
        switch text.first {
        case UInt8(ascii: "%"): if let byte = [UInt8](hex: rest.prefix(2))?.first { return ([byte], 3) }
        case UInt8(ascii: "="):
            if readsEquals, let byte = [UInt8](hex: rest.prefix(2))?.first { return ([byte], 3) }
        case UInt8(ascii: "\\"): if let read = backslash(rest) { return read }
        case UInt8(ascii: "&"): if let read = entity(rest) { return read }
        default: break
        }
        return (Array(text.prefix(1)), 1)
    }

    private static func backslash(_ rest: ArraySlice<UInt8>) -> (value: [UInt8], length: Int)? {
        switch rest.first {
        case UInt8(ascii: "u"): return unicode(rest.dropFirst())
        case UInt8(ascii: "x"): return [UInt8](hex: rest.dropFirst().prefix(2))?.first.map { ([$0], 4) }
        case let byte? where (0x30...0x37).contains(byte):
            return number(rest.prefix(3), 8).map { ([UInt8(truncatingIfNeeded: $0.value)], 1 + $0.length) }
        case let byte? where byte < 0x80 && !AddressCharacters.isAlphanumeric(byte): return ([byte], 2)
        case let byte?: return characters[byte].map { ([$0], 2) }
        case nil: return nil
        }
    }

    /// Behind `\u`: four digits, twice for two halves of a pair, or digits in braces.
    private static func unicode(_ rest: ArraySlice<UInt8>) -> (value: [UInt8], length: Int)? {
        if rest.first == UInt8(ascii: "{") {
            guard let code = number(rest.dropFirst(), 16),
                rest.dropFirst(1 + code.length).first == UInt8(ascii: "}")
            else { return nil }
            return (utf8(code.value), 4 + code.length)
        }
        guard let high = unit(rest) else { return nil }
        let second = rest.dropFirst(4)
        if (0xd800..<0xdc00).contains(high), second.starts(with: "\\u".utf8), let low = unit(second.dropFirst(2)),
            (0xdc00..<0xe000).contains(low)
        {
            return (utf8(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)), 12)
        }
        return (utf8(high), 6)
    }

    /// Behind `&`. The semicolon may be missing.
    private static func entity(_ rest: ArraySlice<UInt8>) -> (value: [UInt8], length: Int)? {
        let value: [UInt8]
        let length: Int
        if let known = entities.first(where: { rest.starts(with: $0.name.utf8) }) {
            value = [known.byte]
            length = known.name.utf8.count
        } else {
            guard rest.first == UInt8(ascii: "#") else { return nil }
            let prefix = rest.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x") ? 2 : 1
            guard let code = number(rest.dropFirst(prefix), prefix == 2 ? 16 : 10) else { return nil }
            value = utf8(code.value)
            length = prefix + code.length
        }
        return (value, 1 + length + (rest.dropFirst(length).first == UInt8(ascii: ";") ? 1 : 0))
    }

    /// Four hexadecimal digits.
    private static func unit(_ digits: ArraySlice<UInt8>) -> UInt32? {
        number(digits.prefix(4), 16).flatMap { $0.length == 4 ? $0.value : nil }
    }

    /// The digits at the beginning, as many as there are; nil for none. What is beyond Unicode is U+110000.
    private static func number(_ text: ArraySlice<UInt8>, _ radix: UInt32) -> (value: UInt32, length: Int)? {
        var value: UInt32 = 0
        var length = 0
        for byte in text {
            let digit = Character(Unicode.Scalar(byte)).hexDigitValue.flatMap { UInt32(exactly: $0) }
            guard let digit, digit < radix else { break }
            value = min(value * radix + digit, 0x11_0000)
            length += 1
        }
        return length == 0 ? nil : (value, length)
    }

    /// A question mark for half of a pair, and for what is no scalar.
    private static func utf8(_ code: UInt32) -> [UInt8] {
        Array(String(Character(Unicode.Scalar(code) ?? "?")).utf8)
    }
}
