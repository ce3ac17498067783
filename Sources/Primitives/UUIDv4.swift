/// A random UUID (RFC 4122 version 4), in lower case: request ids, Drydock task ids.
package struct UUIDv4: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init() {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
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
        let hex = bytes.hex
        var text = ""
        for (index, character) in hex.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(character)
        }
        return text
    }
}
