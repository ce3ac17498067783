/// A set of code points: what a class `[…]`, an escape like `\d`, or a dot matches.
struct ScalarSet: Sendable {
    /// The classes that Python names by a letter.
    enum Category: Sendable {
        case digit
        case word
        case space
    }

    /// A category or its complement.
    struct Member: Sendable {
        var category: Category
        var negated: Bool
        /// `(?a)`: only ASCII counts.
        var asciiOnly: Bool
    }

    private var ranges: [ClosedRange<UInt32>]
    private var members: [Member]
    private var negated: Bool
    private var ignoringCase: Bool
    /// The answers for ASCII, computed once.
    private var ascii: (low: UInt64, high: UInt64) = (0, 0)

    init(
        ranges: [ClosedRange<UInt32>] = [], members: [Member] = [], negated: Bool = false, ignoringCase: Bool = false
    ) {
        self.ranges = ranges
        self.members = members
        self.negated = negated
        self.ignoringCase = ignoringCase
        for code in UInt32(0)..<64 where decide(code) { ascii.low |= 1 << UInt64(code) }
        for code in UInt32(64)..<128 where decide(code) { ascii.high |= 1 << UInt64(code - 64) }
    }

    static let everything = ScalarSet(negated: true)
    static let everythingButLineFeed = ScalarSet(ranges: [10...10], negated: true)

    func contains(_ code: UInt32) -> Bool {
        if code < 64 { return ascii.low >> UInt64(code) & 1 == 1 }
        if code < 128 { return ascii.high >> UInt64(code - 64) & 1 == 1 }
        return decide(code)
    }

    private func decide(_ code: UInt32) -> Bool {
        var found = lists(code)
        if !found, ignoringCase {
            found = lists(CaseFolding.lower(code)) || lists(CaseFolding.upper(code))
        }
        return found != negated
    }

    private func lists(_ code: UInt32) -> Bool {
        for range in ranges where range.contains(code) { return true }
        for member in members
        where member.category.contains(code, asciiOnly: member.asciiOnly) != member.negated {
            return true
        }
        return false
    }
}

extension ScalarSet.Category {
    /// Membership as Python's `str.isdecimal`, `isalnum` and `isspace` decide it.
    func contains(_ code: UInt32, asciiOnly: Bool) -> Bool {
        if code < 128 {
            switch self {
            case .digit: return (48...57).contains(code)
            case .word:
                return (48...57).contains(code) || (65...90).contains(code) || (97...122).contains(code) || code == 95
            case .space:
                return code == 32 || (9...13).contains(code) || (!asciiOnly && (28...31).contains(code))
            }
        }
        guard !asciiOnly, let scalar = Unicode.Scalar(code) else { return false }
        switch (self, scalar.properties.generalCategory) {
        case (.digit, .decimalNumber): return true
        case (.word, .decimalNumber), (.word, .otherNumber), (.word, .letterNumber), (.word, .lowercaseLetter),
            (.word, .uppercaseLetter), (.word, .titlecaseLetter), (.word, .modifierLetter), (.word, .otherLetter):
            return true
        case (.space, .spaceSeparator), (.space, .lineSeparator), (.space, .paragraphSeparator): return true
        case (.space, .control): return code == 0x85
        default: return false
        }
    }
}

/// One code point to one code point, as `re.IGNORECASE` compares.
enum CaseFolding {
    static func lower(_ code: UInt32) -> UInt32 {
        if code < 128 { return (65...90).contains(code) ? code + 32 : code }
        guard let scalar = Unicode.Scalar(code) else { return code }
        return single(scalar.properties.lowercaseMapping) ?? code
    }

    static func upper(_ code: UInt32) -> UInt32 {
        if code < 128 { return (97...122).contains(code) ? code - 32 : code }
        guard let scalar = Unicode.Scalar(code) else { return code }
        return single(scalar.properties.uppercaseMapping) ?? code
    }

    private static func single(_ mapping: String) -> UInt32? {
        let scalars = mapping.unicodeScalars
        guard let first = scalars.first, scalars.count == 1 else { return nil }
        return first.value
    }
}
