/// The part of a body that a client asks for (RFC 9110 §14.1.2).
enum ByteRange: Equatable {
    /// No part, or one that is not understood, or several: the whole body is an answer to all of these.
    case whole
    case part(Range<Int>)
    /// Begins behind the end.
    case unsatisfiable

    /// - Parameters:
    ///   - field: of `Range`: `bytes=0-499`, `bytes=500-`, `bytes=-500`.
    ///   - length: of the whole body, in bytes; not zero.
    static func select(_ field: String, length: Int) -> ByteRange {
        let unit = "bytes="
        guard field.utf8.count < 100, field.lowercased().hasPrefix(unit) else { return .whole }
        let bounds = field.dropFirst(unit.count).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let first = number(bounds[0]), let last = number(bounds[1]) else { return .whole }
        switch (first, last) {
        case (nil, nil): return .whole
        case (nil, let suffix?): return suffix == 0 ? .unsatisfiable : .part(max(0, length - suffix)..<length)
        case (let first?, nil): return first < length ? .part(first..<length) : .unsatisfiable
        case (let first?, let last?):
            guard first <= last else { return .whole }
            return first < length ? .part(first..<min(last, length - 1) + 1) : .unsatisfiable
        }
    }

    /// Nil for what is no number, and no number for an empty text. What is larger than all numbers is the largest.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return .some(Int(text) ?? .max)
    }
}
