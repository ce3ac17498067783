/// A 128-bit identifier: 48 bits of milliseconds since 1970, 80 random bits; 26 characters of Crockford's base 32.
///
/// Text order is time order. Source: github.com/ulid/spec; `docs/reference/shipyard.md` §12.
package struct ULID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Sixteen bytes, most significant first.
    package let bytes: [UInt8]

    /// A new identifier for this moment.
    package init() {
        var generator = SystemRandomNumberGenerator()
        self.init(at: .now(), using: &generator)
    }

    package init(at time: Timestamp, using generator: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(max(0, time.microseconds / 1000))
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
        for _ in 0..<10 { bytes.append(.random(in: .min ... .max, using: &generator)) }
        self.bytes = bytes
    }

    /// - Parameter bytes: exactly sixteen; nil otherwise.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Parses the canonical text: 26 upper-case characters, the first at most `7`. Nil for anything else.
    package init?(_ text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count == 26 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        // 26 × 5 = 130 bits: the two topmost must be zero.
        var bit = -2
        for character in utf8 {
            guard let digit = Self.digits.firstIndex(of: character) else { return nil }
            for place in stride(from: 4, through: 0, by: -1) {
                let set = (digit >> place) & 1 == 1
                if bit < 0 {
                    if set { return nil }
                } else if set {
                    bytes[bit / 8] |= 1 << UInt8(7 - bit % 8)
                }
                bit += 1
            }
        }
        self.bytes = bytes
    }

    package var description: String {
        var text = ""
        text.reserveCapacity(26)
        var bit = -2
        for _ in 0..<26 {
            var digit = 0
            for _ in 0..<5 {
                digit <<= 1
                if bit >= 0, bytes[bit / 8] & (1 << UInt8(7 - bit % 8)) != 0 { digit |= 1 }
                bit += 1
            }
            text.unicodeScalars.append(Unicode.Scalar(Self.digits[digit]))
        }
        return text
    }

    /// When the identifier was made, to the millisecond.
    package var time: Timestamp {
        Timestamp(microseconds: bytes[..<6].reduce(Int64(0)) { $0 << 8 | Int64($1) } * 1000)
    }

    package static func < (left: ULID, right: ULID) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}
