/// Numbers of revisions in paths.
enum RevisionNumber {
    /// Whether it consists of decimal digits, without a sign.
    static func isDecimal(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Nil for everything but decimal digits, and for what is too large.
    static func parse(_ text: String) -> Int? { isDecimal(text) ? Int(text) : nil }
}
