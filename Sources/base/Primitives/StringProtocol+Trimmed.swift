extension StringProtocol {
    /// Without white space at both ends.
    package var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// As a part of a longer sentence: without a full stop at its end.
    package var asClause: String { String(dropLast(hasSuffix(".") ? 1 : 0)) }
}
