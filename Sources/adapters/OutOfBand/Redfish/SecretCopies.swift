import Primitives

/// A secret as it is looked for in texts of a peer that was told it.
struct SecretCopies: Sendable {
    let bytes: [UInt8]
    /// What Base64 makes of it, whatever stands before and behind it: the digits that depend on nothing else.
    let encoded: [[UInt8]]

    /// In bytes, of its longest form without escapes.
    var length: Int { bytes.count * 4 / 3 + 4 }

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.bytes = bytes
        encoded = (0..<3).map { before in
            let digits = Base64.encode([UInt8](repeating: 0, count: before) + bytes)
            let first = (before * 8 + 5) / 6
            return Array(digits[first..<max(first, (before + bytes.count) * 8 / 6)])
        }
    }
}

/// A text, and what it is once escapes in it are read: each byte with its place in the text.
struct EscapedText {
    var bytes: [UInt8]
    var places: [Range<Int>]

    /// The places of secrets in a text, in their order and apart from each other.
    static func places(of secrets: [SecretCopies], in text: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var read = EscapedText(bytes: text, places: text.indices.map { $0..<($0 + 1) })
        for level in 0...2 {
            if level > 0 {
                let next = read.unescaped
                if next.bytes == read.bytes { break }
                read = next
            }
            // Of Base64 in addresses, too.
            let standard = read.bytes.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 }
                .map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }
            for secret in secrets {
                found += read.places(of: secret.bytes, in: read.bytes, isDigits: false)
                for digits in secret.encoded { found += read.places(of: digits, in: standard, isDigits: true) }
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

    /// - Parameter isDigits: the digits of Base64 around what is found belong to it: they are of the secret, too.
    private func places(of wanted: [UInt8], in bytes: [UInt8], isDigits: Bool) -> [Range<Int>] {
        guard let first = wanted.first, bytes.count >= wanted.count else { return [] }
        var found: [Range<Int>] = []
        var at = 0
        while at <= bytes.count - wanted.count {
            guard bytes[at] == first, bytes[at..<(at + wanted.count)].elementsEqual(wanted) else {
                at += 1
                continue
            }
            var (begin, end) = (at, at + wanted.count)
            while isDigits, begin > 0, Self.isDigit(bytes[begin - 1]) { begin -= 1 }
            while isDigits, end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
            found.append(places[begin].lowerBound..<places[end - 1].upperBound)
            at = end
        }
        return found
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): true
        default: false
        }
    }

    /// With each escape read once.
    private var unescaped: EscapedText {
        var read = EscapedText(bytes: [], places: [])
        var at = 0
        while at < bytes.count {
            let (value, length) = Escape.read(bytes[at...])
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

/// The escapes of JSON, of addresses and of HTML.
private enum Escape {
    private static let characters: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
    private static let entities: [(name: String, byte: UInt8)] = [
        ("quot;", UInt8(ascii: "\"")), ("apos;", UInt8(ascii: "'")), ("lt;", UInt8(ascii: "<")),
        ("gt;", UInt8(ascii: ">")), ("amp;", UInt8(ascii: "&")),
    ]

    /// What the escape at the beginning stands for, in UTF-8, and how long it is; of anything else the first byte.
    static func read(_ text: ArraySlice<UInt8>) -> (value: [UInt8], length: Int) {
        let rest = text.dropFirst()
        switch text.first {
        case UInt8(ascii: "%"): if let byte = [UInt8](hex: rest.prefix(2))?.first { return ([byte], 3) }
        case UInt8(ascii: "\\"): if let read = backslash(rest) { return read }
        case UInt8(ascii: "&"): if let read = entity(rest) { return read }
        default: break
        }
        return (Array(text.prefix(1)), 1)
    }

    private static func backslash(_ rest: ArraySlice<UInt8>) -> (value: [UInt8], length: Int)? {
        switch rest.first {
        case UInt8(ascii: "u"):
            guard let high = unit(rest.dropFirst()) else { return nil }
            let second = rest.dropFirst(5)
            if (0xd800..<0xdc00).contains(high), second.starts(with: "\\u".utf8), let low = unit(second.dropFirst(2)),
                (0xdc00..<0xe000).contains(low)
            {
                return (utf8(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)), 12)
            }
            return (utf8(high), 6)
        case UInt8(ascii: "x"): return [UInt8](hex: rest.dropFirst().prefix(2))?.first.map { ([$0], 4) }
        case let byte? where byte < 0x80 && !isWord(byte): return ([byte], 2)
        case let byte?: return characters[byte].map { ([$0], 2) }
        case nil: return nil
        }
    }

    private static func entity(_ rest: ArraySlice<UInt8>) -> (value: [UInt8], length: Int)? {
        if let known = entities.first(where: { rest.starts(with: $0.name.utf8) }) {
            return ([known.byte], 1 + known.name.utf8.count)
        }
        guard rest.first == UInt8(ascii: "#"), let end = rest.prefix(9).firstIndex(of: UInt8(ascii: ";")) else {
            return nil
        }
        let digits = String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
        let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
        let code = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        return code.map { (utf8($0), 2 + end - rest.startIndex) }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: false
        }
    }

    /// Four hexadecimal digits.
    private static func unit(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard digits.count >= 4, let bytes = [UInt8](hex: digits.prefix(4)) else { return nil }
        return UInt32(bytes[0]) << 8 | UInt32(bytes[1])
    }

    /// A question mark for half of a pair.
    private static func utf8(_ code: UInt32) -> [UInt8] {
        Array(String(Character(Unicode.Scalar(code) ?? "?")).utf8)
    }
}
