/// Steps.
extension SecretValue {
    var peek: EscapedCharacter? { place < limit ? EscapedCharacter(bytes, at: place) : nil }

    /// `value`, `"val":`, with what assigns it.
    mutating func skipValueName() -> Bool {
        _ = skipQuote()
        guard let member = readMember(), SecretPair.isValue(member.folded) || member.isText("id") else { return false }
        return assignedMember()
    }

    mutating func skipAssignment() -> Bool {
        var count = 0
        while count < 2, let character = peek, character.isOneOf("=:") { (place, count) = (character.end, count + 1) }
        if count > 0, let arrow = peek, arrow.byte == UInt8(ascii: ">") { place = arrow.end }
        return count > 0
    }

    mutating func skip(_ text: String) -> Bool {
        var end = place
        for byte in text.utf8 {
            guard end < bytes.count else { return false }
            let character = EscapedCharacter(bytes, at: end)
            guard character.byte == byte else { return false }
            end = character.end
        }
        place = end
        return true
    }

    mutating func skipBlanks() -> Int {
        var count = 0
        while let character = peek, character.isBlank { (place, count) = (character.end, count + 1) }
        return count
    }

    /// Blanks and ends of lines, and the characters of `others`.
    mutating func skipWhitespace(and others: String = "") {
        while let character = peek {
            if character.byte == UInt8(ascii: "\\") {
                let start = place
                place = character.end
                if skipEscapedLineEnd() { continue }
                place = start
                return
            }
            guard character.byte <= 0x20 || character.isOneOf(others) else { return }
            place = character.end
        }
    }

    /// Where `place` is behind backslashes: behind the `n`, `r` or `t` of `\n`.
    mutating func skipEscapedLineEnd() -> Bool {
        guard place < bytes.count, "nrt".utf8.contains(bytes[place]) else { return false }
        place += 1
        return true
    }

    /// Whether a line ends with it, be it in JSON.
    func isLineEnd(_ character: EscapedCharacter) -> Bool {
        if character.isOneOf("\n\r") { return true }
        return character.byte == UInt8(ascii: "\\") && character.end < bytes.count
            && "nr".utf8.contains(bytes[character.end])
    }

    /// A quotation mark with the backslashes before it, or as HTML and addresses have it.
    mutating func skipQuote() -> EscapedCharacter? {
        guard let character = peek, character.isQuote else { return nil }
        place = character.end
        return character
    }
}
