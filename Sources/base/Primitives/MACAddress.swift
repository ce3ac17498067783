/// A 48-bit Ethernet address in its one canonical form: lower case, colons.
///
/// Firmware, switches and people write addresses with `:`, `-`, `.` or nothing between the digits and in either
/// case; comparing their texts has made duplicate machines in most systems of the field.
package struct MACAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Six bytes.
    package let bytes: [UInt8]

    /// - Parameter bytes: exactly six; nil otherwise.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 6 else { return nil }
        self.bytes = bytes
    }

    /// Accepts `52:54:00:aa:bb:cc`, `52-54-00-AA-BB-CC`, `5254.00aa.bbcc` and `525400aabbcc`; nil for anything else.
    package init?(_ text: String) {
        let utf8 = Array(text.utf8)
        let digits: [UInt8]
        switch utf8.count {
        case 12: digits = utf8
        case 14 where utf8[4] == UInt8(ascii: ".") && utf8[9] == UInt8(ascii: "."):
            digits = Array(utf8[0..<4] + utf8[5..<9] + utf8[10..<14])
        case 17:
            let separator = utf8[2]
            guard separator == UInt8(ascii: ":") || separator == UInt8(ascii: "-"),
                stride(from: 2, to: 17, by: 3).allSatisfy({ utf8[$0] == separator })
            else { return nil }
            digits = utf8.enumerated().filter { $0.offset % 3 != 2 }.map(\.element)
        default: return nil
        }
        guard let bytes = [UInt8](hex: digits) else { return nil }
        self.init(bytes: bytes)
    }

    /// `00:00:00:00:00:00`, which no machine has.
    package static let zero = MACAddress(unchecked: [UInt8](repeating: 0, count: 6))

    /// Whether an interface can have it: it is not zero, and not that of a group (IEEE 802, the lowest bit of the first byte), as
    /// the broadcast address is.
    package var isOfInterface: Bool { bytes[0] & 1 == 0 && self != .zero }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    package var description: String {
        bytes.map { [$0].hex }.joined(separator: ":")
    }

    package static func < (left: MACAddress, right: MACAddress) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
