import Glibc

/// A random UUID (RFC 4122 version 4), in lower case: request ids, Drydock task ids.
package struct UUIDv4: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init() {
        // One call of the system, where each number drawn would be one.
        var bytes = [UInt8](repeating: 0, count: 16)
        if getentropy(&bytes, bytes.count) != 0 { bytes = bytes.map { _ in UInt8.random(in: .min ... .max) } }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        description = Self.text(bytes)
    }

    /// A version 4 UUID in its hyphenated form, either case; nil for anything else.
    package init?(_ text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count == 36, [8, 13, 18, 23].allSatisfy({ utf8[$0] == UInt8(ascii: "-") }),
            let bytes = [UInt8](hex: utf8.filter { $0 != UInt8(ascii: "-") }), bytes.count == 16,
            bytes[6] >> 4 == 4, bytes[8] >> 6 == 2
        else { return nil }
        description = Self.text(bytes)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for (index, byte) in bytes.enumerated() {
                if [4, 6, 8, 10].contains(index) {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                text[place] = Hexadecimal.digit(byte >> 4)
                text[place + 1] = Hexadecimal.digit(byte & 15)
                place += 2
            }
            return place
        }
    }
}
