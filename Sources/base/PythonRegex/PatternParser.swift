/// Parses a pattern of Python's `re`.
struct PatternParser {
    /// The letters of `(?imsxa)`.
    struct Flags {
        var ignoringCase = false
        var multiline = false
        var dotMatchesAll = false
        var verbose = false
        var asciiOnly = false
    }

    /// How deeply groups may nest.
    private static let depthLimit = 100

    let pattern: String
    var codes: [UInt32]
    var position = 0
    var groupNumbers = PatternGroups()
    /// The highest group that a conditional asks for; it may stand behind it.
    var highestCondition = 0

    init(_ pattern: String) {
        self.pattern = pattern
        codes = pattern.unicodeScalars.map(\.value)
    }

    mutating func parse() throws(PythonRegexError) -> PatternNode {
        var flags = Flags()
        let node = try alternatives(&flags, depth: 0)
        guard position == codes.count else { throw error("unbalanced parenthesis") }
        guard highestCondition <= groupNumbers.count else {
            throw error("invalid group reference \(highestCondition)")
        }
        return node
    }

    /// What stands between the parentheses of a group, or the whole pattern.
    mutating func alternatives(_ flags: inout Flags, depth: Int) throws(PythonRegexError) -> PatternNode {
        guard depth <= Self.depthLimit else {
            throw PythonRegexError(
                code: .tooLarge, message: "Groups nest more than \(Self.depthLimit) levels deep", pattern: pattern)
        }
        var branches: [PatternNode] = []
        repeat {
            branches.append(try sequence(&flags, depth: depth, isFirst: depth == 0 && branches.isEmpty))
        } while take("|")
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence(
        _ flags: inout Flags, depth: Int, isFirst: Bool
    ) throws(PythonRegexError) -> PatternNode {
        var items: [PatternNode] = []
        while let code = peek(), code != "|", code != ")" {
            if flags.verbose, skipVerbose() { continue }
            position += 1
            switch code {
            case "(":
                if let node = try group(&flags, depth: depth, mayTurnFlags: isFirst && items.isEmpty) {
                    items.append(node)
                }
            case "*", "+", "?", "{": try quantifier(code, &items, flags)
            case "[": items.append(.set(try characterClass(flags)))
            case ".":
                items.append(.set(flags.dotMatchesAll ? .everything : .everythingButLineFeed))
            case "^": items.append(.assertion(flags.multiline ? .lineStart : .textStart))
            case "$": items.append(.assertion(flags.multiline ? .lineEnd : .lastLineEnd))
            case "\\": items.append(try escape(flags))
            default: items.append(literal(code.value, flags))
            }
        }
        return items.count == 1 ? items[0] : items.isEmpty ? .empty : .sequence(items)
    }

    func literal(_ code: UInt32, _ flags: Flags) -> PatternNode {
        let hasCase = CaseFolding.lower(code) != code || CaseFolding.upper(code) != code
        guard flags.ignoringCase, hasCase else { return .literal(code) }
        let (lower, upper) = (CaseFolding.lower(code), CaseFolding.upper(code))
        return .set(ScalarSet(ranges: [code...code, lower...lower, upper...upper]))
    }

    /// Applies a quantifier to the last item; a `{` that opens none stands for itself.
    private mutating func quantifier(
        _ sign: Unicode.Scalar, _ items: inout [PatternNode], _ flags: Flags
    ) throws(PythonRegexError) {
        var minimum = 0
        var maximum: Int?
        switch sign {
        case "*": break
        case "+": minimum = 1
        case "?": maximum = 1
        default:
            guard let bounds = try braces() else { return items.append(literal(sign.value, flags)) }
            (minimum, maximum) = bounds
        }
        guard let item = items.popLast() else { throw error("nothing to repeat") }
        switch item {
        case .assertion, .empty: throw error("nothing to repeat")
        case .repeated: throw error("multiple repeat")
        default: break
        }
        let greed: PatternNode.Greed = take("?") ? .lazy : take("+") ? .possessive : .greedy
        items.append(.repeated(item, minimum: minimum, maximum: maximum, greed))
    }

    /// The bounds of `{m}`, `{m,}`, `{,n}`, `{m,n}` behind the brace; nil, and nothing consumed, if it is none.
    private mutating func braces() throws(PythonRegexError) -> (Int, Int?)? {
        let start = position
        let low = try number()
        var high = low
        let hasComma = take(",")
        if hasComma { high = try number() }
        guard take("}"), low != nil || hasComma else {
            position = start
            return nil
        }
        if let low, let high, high < low { throw error("min repeat greater than max repeat") }
        return (low ?? 0, high)
    }

    private mutating func number() throws(PythonRegexError) -> Int? {
        var value: Int?
        while let digit = peek(), ("0"..."9").contains(digit) {
            position += 1
            let next = (value ?? 0) * 10 + Int(digit.value - 48)
            guard next < 4_294_967_295 else { throw error("the repetition number is too large") }
            value = next
        }
        return value
    }

    /// Skips a blank or a comment of `(?x)`.
    private mutating func skipVerbose() -> Bool {
        guard let code = peek() else { return false }
        if code == "#" {
            while let code = peek(), code != "\n" { position += 1 }
            return true
        }
        guard [" ", "\t", "\n", "\r", "\u{b}", "\u{c}"].contains(code) else { return false }
        position += 1
        return true
    }

    func peek() -> Unicode.Scalar? {
        position < codes.count ? Unicode.Scalar(codes[position]) : nil
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    func error(_ message: String) -> PythonRegexError {
        PythonRegexError(code: .syntax, message: "\(message) at position \(position)", pattern: pattern)
    }
}
