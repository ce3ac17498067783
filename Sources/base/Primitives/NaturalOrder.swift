/// The order in which people count names: `berth-2` before `berth-10`.
///
/// Runs of digits compare as numbers, everything else byte by byte; names that are alike so far (`n1`, `n01`) keep the
/// order of their bytes, so that the order is total.
package enum NaturalOrder {
    /// Whether `left` comes before `right`: digits count as numbers, so that `n2` precedes `n10`.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        var (a, b) = (Array(left.utf8)[...], Array(right.utf8)[...])
        while let first = a.first, let second = b.first {
            if isDigit(first), isDigit(second) {
                let (one, other) = (takeNumber(&a), takeNumber(&b))
                if one.count != other.count { return one.count < other.count }
                if one != other { return one.lexicographicallyPrecedes(other) }
            } else {
                if first != second { return first < second }
                a.removeFirst()
                b.removeFirst()
            }
        }
        if a.isEmpty != b.isEmpty { return a.isEmpty }
        return left < right
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The digits at the front without leading zeros, which are taken away, too.
    private static func takeNumber(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = bytes.prefix(while: isDigit)
        bytes = bytes.dropFirst(digits.count)
        return digits.drop { $0 == UInt8(ascii: "0") }
    }
}

extension Sequence {
    /// In natural order of the names that `name` gives.
    package func inNaturalOrder(of name: (Element) -> String) -> [Element] {
        sorted { NaturalOrder.precedes(name($0), name($1)) }
    }
}
