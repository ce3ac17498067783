/// What a plain scalar without a tag is, by YAML 1.1's rules as PyYAML applies them.
///
/// The rules are regular expressions there, tried by the first character; here they are written out, because every
/// plain scalar of every document goes through them.
enum ImplicitTag {
    case null
    case bool(Bool)
    case int
    case float
    case timestamp
    /// `<<`
    case merge
    /// `=`
    case value
    case string

    init(_ text: UnsafeBufferPointer<UInt8>) {
        guard let first = text.first else {
            self = .null
            return
        }
        switch first {
        case UInt8(ascii: "~"): self = text.count == 1 ? .null : .string
        case UInt8(ascii: "="): self = text.count == 1 ? .value : .string
        case UInt8(ascii: "<"): self = text.count == 2 && text[1] == first ? .merge : .string
        case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "t"),
            UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "o"), UInt8(ascii: "O"):
            self = text.count <= 5 ? Self.word(text) : .string
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), 48...57: self = Self.number(text)
        default: self = .string
        }
    }

    private static func word(_ text: UnsafeBufferPointer<UInt8>) -> ImplicitTag {
        switch text.count {
        case 2 where isWord("on", text), 3 where isWord("yes", text), 4 where isWord("true", text): .bool(true)
        case 2 where isWord("no", text), 3 where isWord("off", text), 5 where isWord("false", text): .bool(false)
        case 4 where isWord("null", text): .null
        default: .string
        }
    }

    /// Whether a text as long as `word` is that word in lower case, in upper case or capitalised.
    private static func isWord(_ word: StaticString, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in text.indices where text[index] | 0x20 != word.utf8Start[index] { return false }
        func isUpper(_ index: Int) -> Bool { text[index] & 0x20 == 0 }
        let endsUpper = isUpper(text.count - 1)
        for index in text.indices.dropFirst() where isUpper(index) != endsUpper { return false }
        return isUpper(0) || !endsUpper
    }

    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> ImplicitTag {
        if isInteger(ScalarScanner(text)) { return .int }
        if isFloat(ScalarScanner(text)) { return .float }
        return YAMLTimestamp.matches(ScalarScanner(text)) ? .timestamp : .string
    }

    /// `[-+]?0b[01_]+ | [-+]?0[0-7_]+ | [-+]?(0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+ | [-+]?[1-9][0-9_]*(:[0-5]?[0-9])+`
    private static func isInteger(_ start: ScalarScanner) -> Bool {
        var scanner = start
        scanner.skipSign()
        guard scanner.take("0") else {
            guard scanner.isAtDigit else { return false }
            scanner.skipDigitsAndUnderscores()
            while scanner.take(":") { guard scanner.skipBase60Digit() else { return false } }
            return scanner.isAtEnd
        }
        if scanner.isAtEnd { return true }
        if scanner.take("b") { return scanner.skipOne { $0 == 48 || $0 == 49 || $0 == 95 } && scanner.isAtEnd }
        if scanner.take("x") { return scanner.skipOne(isHexadecimalOrUnderscore) && scanner.isAtEnd }
        return scanner.skipOne { (48...55).contains($0) || $0 == 95 } && scanner.isAtEnd
    }

    private static func isHexadecimalOrUnderscore(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte | 0x20) || byte == 95
    }

    /// `[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)? | \.[0-9][0-9_]*([eE][-+][0-9]+)? |
    /// [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]* | [-+]?\.(inf|Inf|INF) | \.(nan|NaN|NAN)`
    private static func isFloat(_ start: ScalarScanner) -> Bool {
        var scanner = start
        let isSigned = scanner.skipSign()
        if scanner.isAtDigit {
            scanner.skipDigitsAndUnderscores()
            let isBase60 = scanner.isAt(":")
            while scanner.take(":") { guard scanner.skipBase60Digit() else { return false } }
            guard scanner.take(".") else { return false }
            scanner.skipDigitsAndUnderscores()
            return scanner.isAtEnd || !isBase60 && scanner.skipExponent() && scanner.isAtEnd
        }
        guard scanner.take(".") else { return false }
        if !isSigned, scanner.isAtDigit {
            scanner.skipDigitsAndUnderscores()
            return scanner.isAtEnd || scanner.skipExponent() && scanner.isAtEnd
        }
        switch scanner.rest {
        case "inf", "Inf", "INF": return true
        case "nan", "NaN", "NAN": return !isSigned
        default: return false
        }
    }
}
