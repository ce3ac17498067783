extension PatternParser {
    /// What follows an opening parenthesis; nil where it is no part of the match (a comment, flags).
    mutating func group(
        _ flags: inout Flags, depth: Int, mayTurnFlags: Bool
    ) throws(PythonRegexError) -> PatternNode? {
        guard take("?") else { return try capture(name: nil, flags, depth: depth) }
        guard let kind = peek() else { throw error("unexpected end of pattern") }
        position += 1
        switch kind {
        case ":": return try plain(flags, depth: depth)
        case ">": return .atomic(try plain(flags, depth: depth))
        case "=": return .look(try plain(flags, depth: depth), behind: false, negative: false)
        case "!": return .look(try plain(flags, depth: depth), behind: false, negative: true)
        case "#":
            while let code = peek(), code != ")" {
                _ = code
                position += 1
            }
            guard take(")") else { throw error("missing ), unterminated comment") }
            return nil
        case "<":
            if take("=") { return try lookBehind(flags, depth: depth, negative: false) }
            if take("!") { return try lookBehind(flags, depth: depth, negative: true) }
            throw error("unknown extension ?<")
        case "P": return try named(flags, depth: depth)
        case "(": return try conditional(flags, depth: depth)
        default:
            position -= 1
            return try flagged(&flags, depth: depth, mayTurnFlags: mayTurnFlags)
        }
    }

    private mutating func capture(
        name: String?, _ flags: Flags, depth: Int
    ) throws(PythonRegexError) -> PatternNode {
        guard let number = groupNumbers.begin(name: name) else { throw error("redefinition of group name") }
        let body = try plain(flags, depth: depth)
        groupNumbers.end(number)
        return .capture(number, body)
    }

    /// A group's body, which sees the flags but cannot turn them.
    private mutating func plain(_ flags: Flags, depth: Int) throws(PythonRegexError) -> PatternNode {
        var flags = flags
        let body = try alternatives(&flags, depth: depth + 1)
        guard take(")") else { throw error("missing ), unterminated subpattern") }
        // A group is one item: a repetition of a repetition is written with it.
        return switch body {
        case .repeated, .assertion, .empty: .sequence([body])
        default: body
        }
    }

    private mutating func lookBehind(
        _ flags: Flags, depth: Int, negative: Bool
    ) throws(PythonRegexError) -> PatternNode {
        let body = try plain(flags, depth: depth)
        let width = body.width
        guard width.minimum == width.maximum else { throw error("look-behind requires fixed-width pattern") }
        return .look(body, behind: true, negative: negative)
    }

    private mutating func named(_ flags: Flags, depth: Int) throws(PythonRegexError) -> PatternNode {
        if take("<") { return try capture(name: try name(endedBy: ">"), flags, depth: depth) }
        guard take("=") else { throw error("unknown extension ?P") }
        let name = try name(endedBy: ")")
        guard let number = groupNumbers.numbers[name] else {
            throw error("unknown group name \(name.debugDescription)")
        }
        guard !groupNumbers.isOpen(number) else { throw error("cannot refer to an open group") }
        return .backreference(number, ignoringCase: flags.ignoringCase)
    }

    private mutating func name(endedBy end: Unicode.Scalar) throws(PythonRegexError) -> String {
        var name = String.UnicodeScalarView()
        while let code = peek(), code != end {
            name.append(code)
            position += 1
        }
        guard take(end) else { throw error("missing \(end), unterminated name") }
        guard let first = name.first, first == "_" || first.properties.isXIDStart,
            name.allSatisfy(\.properties.isXIDContinue)
        else { throw error("bad character in group name") }
        return String(name)
    }

    private mutating func conditional(_ flags: Flags, depth: Int) throws(PythonRegexError) -> PatternNode {
        let start = position
        var number = 0
        while let digit = peek(), ("0"..."9").contains(digit), number < 100_000 {
            number = number * 10 + Int(digit.value - 48)
            position += 1
        }
        if position == start {
            let name = try name(endedBy: ")")
            guard let named = groupNumbers.numbers[name] else { throw error("unknown group name") }
            number = named
        } else {
            guard take(")") else { throw error("bad character in group name") }
        }
        guard number > 0 else { throw error("bad group number") }
        highestCondition = max(highestCondition, number)
        var flags = flags
        let body = try alternatives(&flags, depth: depth + 1)
        guard take(")") else { throw error("missing ), unterminated subpattern") }
        guard case .alternatives(let branches) = body else {
            return .conditional(group: number, matched: body, unmatched: .empty)
        }
        guard branches.count == 2 else { throw error("conditional backref with more than two branches") }
        return .conditional(group: number, matched: branches[0], unmatched: branches[1])
    }

    /// `(?i)` turns flags for the whole pattern, `(?i-s:…)` for a group.
    private mutating func flagged(
        _ flags: inout Flags, depth: Int, mayTurnFlags: Bool
    ) throws(PythonRegexError) -> PatternNode? {
        var changed = flags
        var turnedOn: Set<Unicode.Scalar> = []
        var turnedOff: Set<Unicode.Scalar> = []
        var value = true
        while let code = peek() {
            position += 1
            switch code {
            case "i": changed.ignoringCase = value
            case "m": changed.multiline = value
            case "s": changed.dotMatchesAll = value
            case "x": changed.verbose = value
            case "a" where value: changed.asciiOnly = true
            case "u" where value: changed.asciiOnly = false
            case "-" where value:
                value = false
                continue
            case ":":
                guard value || !turnedOff.isEmpty else { throw error("missing flag") }
                guard turnedOn.isDisjoint(with: turnedOff) else {
                    throw error("bad inline flags: flag turned on and off")
                }
                return .sequence([try plain(changed, depth: depth)])
            case ")" where value:
                guard mayTurnFlags else { throw error("global flags not at the start of the expression") }
                flags = changed
                return nil
            default: throw error("unknown extension ?\(code)")
            }
            if value { turnedOn.insert(code) } else { turnedOff.insert(code) }
            guard !turnedOn.isSuperset(of: ["a", "u"]) else {
                throw error("bad inline flags: flags 'a', 'u' and 'L' are incompatible")
            }
        }
        throw error("missing -, : or )")
    }
}
