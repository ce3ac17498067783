import Primitives

/// The value that belongs to the name of a secret, in any of the notations that logs are made of:
///
/// - `name=value`, `name: value`, `name => value`, quoted or not, the value perhaps on the next line or in a YAML block;
/// - `--name value`, `['--name', 'value']`, `name "value"`;
/// - JSON, JSON within JSON (`\"name\": \"value\"`), Python's `u'…'` and `b'…'`, HTML's `&quot;`;
/// - `<name>value</name>`, with attributes and prefixes, and `{"name": "password", "value": "…"}`.
struct SecretValue {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var place: Int

    /// - Parameter start: where a name begins.
    /// - Returns: what to mask; nil where the name is no secret's, or nothing follows it.
    static func range(in bytes: UnsafeBufferPointer<UInt8>, ofNameAt start: Int) -> Range<Int>? {
        var end = start
        while end < bytes.count, bytes[end].isNameByte { end += 1 }
        // A sentence may end with a name.
        while end > start, [UInt8(ascii: "."), UInt8(ascii: "-")].contains(bytes[end - 1]) { end -= 1 }
        let name = bytes[start..<end]
        if name.elementsEqual("Bearer".utf8) || name.elementsEqual("Basic".utf8) {
            var value = SecretValue(bytes: bytes, place: end)
            return value.skipBlanks() > 0 ? value.bare(atLeast: 8) : nil
        }
        guard let kind = SecretName.kind(of: name) else { return nil }
        var value = SecretValue(bytes: bytes, place: end)
        return value.find(nameStart: start, isLine: kind == .line)
    }

    private mutating func find(nameStart: Int, isLine: Bool) -> Range<Int>? {
        if let element = element(nameStart) { return element }
        let isQuoted = skipQuote() != nil
        // environment["OS_PASSWORD"] = …
        if isQuoted { _ = skip("]") }
        let gap = skipBlanks()
        guard place < bytes.count else { return nil }
        if skipAssignment() { return assigned(nameStart: nameStart, isLine: isLine) }
        let isOption = bytes[nameStart] == UInt8(ascii: "-")
        if skip(",") {
            skipWhitespace()
            if isOption { return quoted() }
            return isQuoted && skipValueName() ? assigned(nameStart: nameStart, isLine: false) : nil
        }
        guard gap > 0 else { return nil }
        return quoted() ?? (isOption ? bare() : nil)
    }

    /// Behind `=` or `:`.
    private mutating func assigned(nameStart: Int, isLine: Bool) -> Range<Int>? {
        _ = skipBlanks()
        if let quoted = quoted() { return quoted }
        if isLine { return upToLineEnd() }
        let lineStart = place
        // `|-`, `>`: a block follows.
        while place < bytes.count, "|>-+0123456789".utf8.contains(bytes[place]) { place += 1 }
        _ = skipBlanks()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\n") || bytes[place] == UInt8(ascii: "\r") else {
            place = lineStart
            return bare()
        }
        let isBlock = place > lineStart && "|>".utf8.contains(bytes[lineStart])
        return isBlock ? block(nameStart) : nextLine()
    }

    /// `<name …>value</`, where `place` is behind the name.
    private mutating func element(_ nameStart: Int) -> Range<Int>? {
        var tag = nameStart
        while tag > max(0, nameStart - 100), bytes[tag - 1] == UInt8(ascii: ":") || bytes[tag - 1].isNameByte {
            tag -= 1
        }
        guard tag > 0, bytes[tag - 1] == UInt8(ascii: "<"),
            let close = bytes[place...].prefix(1000).firstIndex(where: { $0 == UInt8(ascii: ">") }),
            close == place || bytes[place] == UInt8(ascii: " "), bytes[close - 1] != UInt8(ascii: "/")
        else { return nil }
        let end = bytes[(close + 1)...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        return end > close + 1 ? (close + 1)..<end : nil
    }

    /// From `place` to whatever closes the quotation that begins here; nil where none does.
    private mutating func quoted() -> Range<Int>? {
        let start = place
        // Python's prefixes.
        while place < bytes.count, place - start < 2, "bBuUrRfF".utf8.contains(bytes[place]) { place += 1 }
        guard let quote = skipQuote() else {
            place = start
            return nil
        }
        let first = place
        while place < bytes.count {
            let here = place
            if let other = skipQuote(), other.mark == quote.mark, other.backslashes <= quote.backslashes {
                return first..<here
            }
            place = max(place, here + 1)
        }
        return first < bytes.count ? first..<bytes.count : nil
    }

    /// Up to a blank, a quote or a tag, without what closes a list or a sentence behind it.
    private mutating func bare(atLeast minimum: Int = 1) -> Range<Int>? {
        var end = place
        while end < bytes.count, bytes[end] > 0x20, !"\"'<".utf8.contains(bytes[end]) { end += 1 }
        while end > place, ",;}])>".utf8.contains(bytes[end - 1]) { end -= 1 }
        return end - place >= minimum ? place..<end : nil
    }

    private func upToLineEnd() -> Range<Int>? {
        let end = bytes[place...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? bytes.count
        return end > place ? place..<end : nil
    }

    /// The first line with something in it.
    private mutating func nextLine() -> Range<Int>? {
        skipWhitespace()
        return quoted() ?? upToLineEnd()
    }

    /// All lines that are indented more than the one with the name.
    private mutating func block(_ nameStart: Int) -> Range<Int>? {
        let line = (bytes[..<nameStart].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let indentation = bytes[line..<nameStart].prefix { $0 == UInt8(ascii: " ") }.count
        skipWhitespace()
        let first = place
        var end = place
        while let range = upToLineEnd() {
            end = range.upperBound
            place = end
            skipWhitespace()
            let start = (bytes[..<place].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            guard place < bytes.count, place - start > indentation else { break }
        }
        return end > first ? first..<end : nil
    }

    /// `value`, `"val":`, with what assigns it.
    private mutating func skipValueName() -> Bool {
        _ = skipQuote()
        let start = place
        while place < bytes.count, bytes[place].isNameByte { place += 1 }
        guard ["value", "val", "data"].contains(String(decoding: bytes[start..<place], as: UTF8.self).lowercased())
        else { return false }
        _ = skipQuote()
        _ = skipBlanks()
        return skipAssignment()
    }

    private mutating func skipAssignment() -> Bool {
        let start = place
        while place < bytes.count, place - start < 2, "=:".utf8.contains(bytes[place]) { place += 1 }
        if place > start, place < bytes.count, bytes[place] == UInt8(ascii: ">") { place += 1 }
        return place > start
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        guard bytes[place...].starts(with: text.description.utf8) else { return false }
        place += text.utf8CodeUnitCount
        return true
    }

    private mutating func skipBlanks() -> Int {
        let start = place
        while place < bytes.count, bytes[place] == UInt8(ascii: " ") || bytes[place] == UInt8(ascii: "\t") {
            place += 1
        }
        return place - start
    }

    private mutating func skipWhitespace() {
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
    }

    private struct Quote {
        var mark: UInt8
        var backslashes: Int
    }

    /// A quotation mark with the backslashes before it, or the name that HTML has for it.
    private mutating func skipQuote() -> Quote? {
        var here = place
        while here < bytes.count, bytes[here] == UInt8(ascii: "\\") { here += 1 }
        guard here < bytes.count else { return nil }
        if bytes[here] == UInt8(ascii: "\"") || bytes[here] == UInt8(ascii: "'") {
            defer { place = here + 1 }
            return Quote(mark: bytes[here], backslashes: here - place)
        }
        guard bytes[here] == UInt8(ascii: "&") else { return nil }
        for (name, mark) in Self.entities where bytes[here...].starts(with: name.utf8) {
            place = here + name.utf8.count
            return Quote(mark: mark, backslashes: 0)
        }
        return nil
    }

    private static let entities: [(String, UInt8)] = [
        ("&quot;", UInt8(ascii: "\"")), ("&#34;", UInt8(ascii: "\"")), ("&apos;", UInt8(ascii: "'")),
        ("&#39;", UInt8(ascii: "'")),
    ]
}
