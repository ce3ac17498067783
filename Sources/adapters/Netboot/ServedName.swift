import Primitives

/// Names that stand in paths of files, in addresses and in boot scripts.
package enum ServedName {
    /// Whether `name` may be that of an image, a generation or a file: 1 to 64 letters, digits, `.`, `_` and `-`, of which
    /// the first is a letter or a digit.
    package static func isValid(_ name: some StringProtocol) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first, AddressCharacters.isAlphanumeric(first)
        else {
            return false
        }
        return name.utf8.allSatisfy { AddressCharacters.isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }

    /// Whether `text` is a SHA-256 sum in small hexadecimal digits.
    package static func isSHA256(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
