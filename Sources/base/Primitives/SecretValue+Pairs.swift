/// Members that name each other.
extension SecretValue {
    /// The value among the members behind the name of a secret, of the same object or element.
    mutating func pairedValue() -> [Range<Int>] {
        let whole = limit
        defer { limit = whole }
        limit = min(limit, place + Self.window)
        _ = skipQuote()
        for _ in 0..<8 {
            guard let first = skipToMember() else { return [] }
            if first.isOneOf(">") {
                // `<entry key="name">value</entry>`
                limit = whole
                let start = place
                while let character = peek, character.byte != UInt8(ascii: "<") { place = character.end }
                return place > start ? [start..<place] : []
            }
            let tag = first.isOneOf("<") ? first : nil
            guard let member = readMember() else { return [] }
            if SecretPair.isValue(member.folded) {
                limit = whole
                if let tag { return element(tag).map { [$0] } ?? [] }
                return assignedMember() ? assigned() : []
            }
            if let tag {
                guard element(tag) != nil else { return [] }
            } else {
                guard assignedMember(), skipValue() else { return [] }
            }
        }
        return []
    }

    /// The value behind a name such as `value`, where a name of a secret follows it in the same object or element.
    ///
    /// - Returns: what to mask, and where another such value may begin.
    mutating func namedLater() -> (secrets: [Range<Int>], end: Int) {
        limit = min(limit, place + Self.longest)
        let behindName = place
        var value: [Range<Int>]
        var isList = false
        if let tag {
            value = element(tag).map { [$0] } ?? []
        } else {
            guard assignedMember() else { return ([], behindName) }
            _ = skipBlanks()
            isList = peek?.isOneOf("[(") == true
            value = assigned()
        }
        guard var last = value.last else { return ([], behindName) }
        var end = behindName
        if place <= last.upperBound {
            // Without marks around it: it has no other value in it, and ends where another member follows.
            end = last.upperBound
            if tag == nil, let comma = bytes[last].firstIndex(where: { ",;&".utf8.contains($0) }),
                comma > last.lowerBound
            {
                last = last.lowerBound..<comma
                value[value.count - 1] = last
            }
        }
        place = max(place, last.upperBound)
        if isList { skipWhitespace(and: "])") }
        _ = skipQuote()
        limit = min(bytes.count, place + Self.window)
        for _ in 0..<8 {
            guard let first = skipToMember(), !first.isOneOf(">"), let member = readMember() else { break }
            let isElement = first.isOneOf("<")
            if SecretPair.isRole(member.folded) {
                guard isElement || assignedMember() else { break }
                if isElement { skipWhitespace(and: ">") }
                _ = skipBlanks()
                _ = skipQuote()
                guard let character = peek, character.byte.isNameByte else { break }
                return (NameInText(bytes, at: place, previous: 0).kind == nil ? [] : value, end)
            }
            if isElement {
                guard element(first) != nil else { break }
            } else {
                guard assignedMember(), skipValue() else { break }
            }
        }
        return ([], end)
    }

    /// Goes on to where a member begins: to its name, or behind a `<` or `>`.
    ///
    /// - Returns: the character that it stands behind; nil at the end of the object.
    mutating func skipToMember() -> EscapedCharacter? {
        var isNewLine = false
        while let character = peek {
            if character.byte.isNameByte || character.isQuote {
                // `- `: the next element of a list.
                if isNewLine, character.byte == UInt8(ascii: "-") { return nil }
                if character.isQuote { place = character.end }
                return character
            }
            place = character.end
            switch character.byte {
            case UInt8(ascii: "<"):
                guard let next = peek else { return nil }
                if next.byte == UInt8(ascii: "/") {
                    // `</name>`
                    while let end = peek, end.byte != UInt8(ascii: ">") { place = end.end }
                    _ = skip(">")
                    continue
                }
                return character
            case UInt8(ascii: ">"): return character
            case UInt8(ascii: "/"), UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"): return nil
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): isNewLine = true
            case UInt8(ascii: "\\"): isNewLine = skipEscapedLineEnd() || isNewLine
            case 0...0x20, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "&"): continue
            default: return nil
            }
        }
        return nil
    }

    mutating func readMember() -> NameInText? {
        guard let character = peek, character.byte.isNameByte else { return nil }
        let member = NameInText(bytes, at: place, previous: 0)
        place = member.end
        return member
    }

    mutating func assignedMember() -> Bool {
        _ = skipQuote()
        _ = skipBlanks()
        return skipAssignment()
    }

    /// Goes behind a value that is no secret.
    ///
    /// - Returns: whether something follows it.
    mutating func skipValue() -> Bool {
        _ = skipBlanks()
        if let quote = skipQuote() {
            while let character = peek {
                place = character.end
                if character.isQuote, character.closes(quote) { return true }
            }
            return false
        }
        while let character = peek, character.byte > 0x20, !character.isOneOf(",;}>") { place = character.end }
        return place < limit
    }
}
