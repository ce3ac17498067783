/// Takes secrets out of what goes into a step's log (`spec/shipyard.md` §13): values after words such as `password`, and
/// passwords in addresses.
package enum LogRedactor {
    private static let words: [[UInt8]] = [
        "admin_password", "auth_token", "secret_key", "private_key", "admin_pass", "new_pass", "password", "passwd",
        "api_key", "secret", "token",
    ].map { Array($0.utf8) }

    private static let mask = Array("***".utf8)

    package static func redact(_ text: String) -> String {
        var bytes = Array(text.utf8)
        // Most lines have nothing of the kind.
        guard let first = firstCandidate(bytes) else { return text }
        var index = first
        while index < bytes.count {
            if let value = addressPassword(bytes, at: index) ?? namedValue(bytes, at: index) {
                bytes.replaceSubrange(value, with: mask)
                index = value.lowerBound + mask.count
            } else {
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func firstCandidate(_ bytes: [UInt8]) -> Int? {
        bytes.indices.first { addressPassword(bytes, at: $0) != nil || namedValue(bytes, at: $0) != nil }
    }

    /// `password` in `scheme://user:password@host`, where `index` is at `://`.
    private static func addressPassword(_ bytes: [UInt8], at index: Int) -> Range<Int>? {
        guard bytes[index] == UInt8(ascii: ":"), bytes[index...].starts(with: "://".utf8) else { return nil }
        var colon: Int?
        for place in (index + 3)..<max(index + 3, min(bytes.count, index + 1000)) {
            switch bytes[place] {
            case UInt8(ascii: ":"): colon = colon ?? place
            case UInt8(ascii: "@"): return colon.map { ($0 + 1)..<place }
            case UInt8(ascii: "/"), 0...0x20: return nil
            default: continue
            }
        }
        return nil
    }

    /// The value that follows one of the words at `index`: `word: value`, `word=value`, `'word': 'value'`,
    /// `--word value`, `word "value"`.
    private static func namedValue(_ bytes: [UInt8], at index: Int) -> Range<Int>? {
        guard isLetter(bytes[index]), index == 0 || !isWord(bytes[index - 1]),
            let word = words.first(where: { matches($0, bytes, at: index) })
        else { return nil }
        var place = index + word.count
        guard place < bytes.count, !isWord(bytes[place]) else { return nil }
        if isQuote(bytes[place]) { place += 1 }
        let gap = skipBlanks(bytes, &place)
        guard place < bytes.count else { return nil }
        if bytes[place] == UInt8(ascii: "=") || bytes[place] == UInt8(ascii: ":") {
            place += 1
            _ = skipBlanks(bytes, &place)
        } else {
            let isOption = index >= 2 && bytes[index - 1] == UInt8(ascii: "-") && bytes[index - 2] == UInt8(ascii: "-")
            guard gap > 0, isOption || isQuote(bytes[place]) else { return nil }
        }
        guard place < bytes.count else { return nil }
        var end: Int
        if isQuote(bytes[place]) {
            let quote = bytes[place]
            place += 1
            end = bytes[place...].firstIndex(of: quote) ?? bytes.count
        } else {
            end = place
            while end < bytes.count, bytes[end] > 0x20, !", }])".utf8.contains(bytes[end]) { end += 1 }
        }
        return end > place ? place..<end : nil
    }

    private static func matches(_ word: [UInt8], _ bytes: [UInt8], at index: Int) -> Bool {
        guard index + word.count <= bytes.count else { return false }
        return word.indices.allSatisfy { bytes[index + $0] | (isLetter(word[$0]) ? 0x20 : 0) == word[$0] }
    }

    private static func skipBlanks(_ bytes: [UInt8], _ place: inout Int) -> Int {
        let start = place
        while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
        return place - start
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
    }
    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }
}
