/// Tells words of a sentence from secrets.
enum Prose {
    /// What sentences have behind the name of a secret.
    private static let words = Set(
        """
        a accepted also an and are as at authentication be been before but by came can cannot changed characters command comes \
        could database did differs do does else empty entry env environment error exists expired expires failed field file for \
        found from given had has have if in invalid is it its kept length lines masked may missing must name need needed needs \
        no not of on only option or policy prompt read rejected required requires set shall should so stays stdin than that the \
        then there this to too unset updated value variable was were when where which will with without would wrong
        """.split(separator: " ").map(String.init))

    /// Whether a sentence may go on with it.
    static func isWord(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard text.count <= 16 else { return false }
        let letters = text.prefix { $0.isNameLetter }
        guard text.dropFirst(letters.count).allSatisfy({ ".,:;!?".utf8.contains($0) }) else { return false }
        return words.contains(String(decoding: letters, as: UTF8.self).lowercased())
    }

    /// Whether it is no word of any language: letters beside digits, capitals behind small letters, or signs.
    static func isSecret(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard text.count >= 6 else { return false }
        var (hasLetter, hasDigit, hasSign, hasInnerCapital) = (false, false, false, false)
        var isAfterSmall = false
        for byte in text {
            switch byte {
            case 0x30...0x39: hasDigit = true
            case 0x41...0x5A: (hasLetter, hasInnerCapital) = (true, hasInnerCapital || isAfterSmall)
            case 0x61...0x7A: hasLetter = true
            case UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "/"): return false
            default: hasSign = hasSign || "!@#$%^&*+~".utf8.contains(byte)
            }
            isAfterSmall = (0x61...0x7A).contains(byte)
        }
        let end = text.last.map { ".!?:".utf8.contains($0) } ?? false
        return hasLetter && (hasDigit || hasInnerCapital || hasSign && !end)
    }
}
