import Primitives

/// A secret as it is looked for in texts of a peer that was told it, and in what machines write to their consoles.
package struct SecretCopies: Sendable {
    /// In bytes: what is shorter is in any text by chance, and a text without it would tell it.
    private static let shortest = 4

    /// Itself, folded as `EscapedText.folded` is.
    package let text: SearchPattern
    /// Its bytes, two lower-case digits for each.
    package let hexadecimal: SearchPattern
    /// What Base64 makes of it, whatever stands before and behind it: the digits that depend on nothing else.
    package let base64: [SearchPattern]

    /// Nil where less than four bytes of it are seen.
    package init?(_ secret: String) {
        let bytes = Array(secret.utf8)
        let folded = EscapedText(bytes).visible.folded
        guard folded.count >= Self.shortest else { return nil }
        text = SearchPattern(folded)
        hexadecimal = SearchPattern(Array(bytes.hex.utf8))
        base64 = (0..<3).map { before in
            let digits = Base64.encode([UInt8](repeating: 0, count: before) + bytes)
            let first = (before * 8 + 5) / 6
            return SearchPattern(Array(digits[first..<max(first, (before + bytes.count) * 8 / 6)]))
        }
    }
}

/// Bytes that are looked for in at most twice as many comparisons as there are bytes to look at, whatever both are
/// (Knuth, Morris and Pratt, SIAM J. Comput. 6, 1977).
package struct SearchPattern: Sendable {
    package let bytes: [UInt8]
    /// For each beginning of them, how long the longest other beginning is that it ends with.
    private let borders: [Int]

    /// - Parameter bytes: at least one.
    init(_ bytes: [UInt8]) {
        var borders = [Int](repeating: 0, count: bytes.count)
        var length = 0
        for at in bytes.indices.dropFirst() {
            while length > 0, bytes[at] != bytes[length] { length = borders[length - 1] }
            if bytes[at] == bytes[length] { length += 1 }
            borders[at] = length
        }
        self.bytes = bytes
        self.borders = borders
    }

    /// How long the longest beginning of them is that a text ends with, all of them included.
    ///
    /// - Parameters:
    ///   - matched: the same of the text without its last byte.
    ///   - byte: the last byte of the text.
    package func matched(_ matched: Int, then byte: UInt8) -> Int {
        var length = matched
        while length > 0, length == bytes.count || bytes[length] != byte { length = borders[length - 1] }
        return bytes.first != nil && bytes[length] == byte ? length + 1 : length
    }
}
