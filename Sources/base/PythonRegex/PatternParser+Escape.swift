extension PatternParser {
    /// An escape outside a class, the backslash consumed.
    mutating func escape(_ flags: Flags) throws(PythonRegexError) -> PatternNode {
        guard let code = peek() else { throw error("bad escape (end of pattern)") }
        switch code {
        case "A": return assertion(.textStart)
        case "Z": return assertion(.textEnd)
        case "b": return assertion(.wordBoundary(asciiOnly: flags.asciiOnly))
        case "B": return assertion(.noWordBoundary(asciiOnly: flags.asciiOnly))
        case "1"..."9": return try backreference(flags)
        default: break
        }
        if let member = categoryEscape(flags) { return .set(ScalarSet(members: [member])) }
        return literal(try characterEscape(), flags)
    }

    private mutating func assertion(_ assertion: PatternNode.Assertion) -> PatternNode {
        position += 1
        return .assertion(assertion)
    }

    /// `\1` to `\99`; three octal digits are a code point instead.
    private mutating func backreference(_ flags: Flags) throws(PythonRegexError) -> PatternNode {
        if let octal = threeOctalDigits() {
            guard octal <= 0o377 else { throw error("octal escape value outside of range 0-0o377") }
            position += 3
            return literal(octal, flags)
        }
        var number = 0
        for _ in 0..<2 {
            guard let digit = peek(), ("0"..."9").contains(digit) else { break }
            number = number * 10 + Int(digit.value - 48)
            position += 1
        }
        guard number <= groupNumbers.count else { throw error("invalid group reference \(number)") }
        guard !groupNumbers.isOpen(number) else { throw error("cannot refer to an open group") }
        return .backreference(number, ignoringCase: flags.ignoringCase)
    }

    private func threeOctalDigits() -> UInt32? {
        guard position + 3 <= codes.count else { return nil }
        var value: UInt32 = 0
        for code in codes[position..<position + 3] {
            guard (48...55).contains(code) else { return nil }
            value = value * 8 + code - 48
        }
        return value
    }

    /// `\d`, `\w`, `\s` and their complements, consumed; nil for anything else.
    mutating func categoryEscape(_ flags: Flags) -> ScalarSet.Member? {
        let (category, negated): (ScalarSet.Category, Bool)
        switch peek() {
        case "d": (category, negated) = (.digit, false)
        case "D": (category, negated) = (.digit, true)
        case "w": (category, negated) = (.word, false)
        case "W": (category, negated) = (.word, true)
        case "s": (category, negated) = (.space, false)
        case "S": (category, negated) = (.space, true)
        default: return nil
        }
        position += 1
        return ScalarSet.Member(category: category, negated: negated, asciiOnly: flags.asciiOnly)
    }

    /// An escape that stands for one code point, inside or outside a class.
    mutating func characterEscape() throws(PythonRegexError) -> UInt32 {
        guard let code = peek() else { throw error("bad escape (end of pattern)") }
        position += 1
        switch code {
        case "a": return 7
        case "f": return 12
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "v": return 11
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        case "U": return try hexadecimal(digits: 8)
        case "0":
            var value: UInt32 = 0
            for _ in 0..<2 {
                guard let digit = peek(), ("0"..."7").contains(digit) else { break }
                value = value * 8 + digit.value - 48
                position += 1
            }
            return value
        case "A"..."Z", "a"..."z", "1"..."9":
            position -= 1
            throw error("bad escape \\\(code)")
        default: return code.value
        }
    }

    private mutating func hexadecimal(digits: Int) throws(PythonRegexError) -> UInt32 {
        var value: UInt64 = 0
        for _ in 0..<digits {
            guard let digit = peek().flatMap({ Character($0).hexDigitValue }), let scalar = peek(), scalar.isASCII
            else {
                throw error("incomplete escape")
            }
            value = value << 4 | UInt64(digit)
            position += 1
        }
        guard value <= 0x10ffff else { throw error("bad escape: no such code point") }
        return UInt32(value)
    }

    /// What follows an opening bracket, up to and with the closing one.
    mutating func characterClass(_ flags: Flags) throws(PythonRegexError) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        var members: [ScalarSet.Member] = []
        let negated = take("^")
        let start = position
        while true {
            guard let code = peek() else { throw error("unterminated character set") }
            if code == "]", position > start {
                position += 1
                break
            }
            let low = try classItem(flags, &members)
            guard peek() == "-", position + 1 < codes.count, codes[position + 1] != 93 else {
                if let low { ranges.append(low...low) }
                continue
            }
            position += 1
            let high = try classItem(flags, &members)
            guard let low, let high, low <= high else { throw error("bad character range") }
            ranges.append(low...high)
        }
        return ScalarSet(ranges: ranges, members: members, negated: negated, ignoringCase: flags.ignoringCase)
    }

    /// One code point of a class, or nil where a category was added to `members`.
    private mutating func classItem(
        _ flags: Flags, _ members: inout [ScalarSet.Member]
    ) throws(PythonRegexError) -> UInt32? {
        guard take("\\") else {
            guard position < codes.count else { throw error("unterminated character set") }
            position += 1
            return codes[position - 1]
        }
        if let member = categoryEscape(flags) {
            members.append(member)
            return nil
        }
        if take("b") { return 8 }
        if let octal = threeOctalDigits() {
            guard octal <= 0o377 else { throw error("octal escape value outside of range 0-0o377") }
            position += 3
            return octal
        }
        if let digit = peek(), ("1"..."7").contains(digit) {
            // Inside a class there are no group references: up to three octal digits.
            var value: UInt32 = 0
            while let digit = peek(), ("0"..."7").contains(digit) {
                value = value * 8 + digit.value - 48
                position += 1
            }
            return value
        }
        return try characterEscape()
    }
}
