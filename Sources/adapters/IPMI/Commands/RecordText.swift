import Primitives

/// Text in sensor and FRU records: a byte of type and length, then that many bytes (IPMI v2.0 §43.15, FRU v1.0 §13).
enum RecordText {
    /// What type 0 means.
    enum Kind {
        /// Unicode, in sensor records.
        case sensor
        /// Bytes, in inventories.
        case inventory
    }

    static func read(from reader: inout ByteReader, _ kind: Kind = .sensor) throws(PacketError) -> String {
        let head = try reader.byte()
        let count = Int(head & 0x3f)
        // Some BMCs end the record before the text ends.
        let bytes = try reader.bytes(min(count, reader.remaining.count))
        return text(bytes, type: head >> 6, kind)
    }

    private static func text(_ bytes: [UInt8], type: UInt8, _ kind: Kind) -> String {
        switch type {
        // Many BMCs write ASCII and say 0.
        case 0 where kind == .inventory && bytes.contains(where: { !(0x20..<0x7f).contains($0) && $0 != 0 }):
            return "0x" + bytes.hex
        // Binary coded decimal, with a space, a dash and a full stop behind the digits.
        case 1:
            let digits = Array("0123456789 -.???".unicodeScalars)
            return String(
                String.UnicodeScalarView(
                    bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0x0f)]] }))
        case 2: return sixBit(bytes)
        default: return latin(bytes)
        }
    }

    /// 8-bit ASCII is Latin 1.
    private static func latin(_ bytes: [UInt8]) -> String {
        let scalars = bytes.prefix { $0 != 0 }.map { UnicodeScalar($0) }
        return trimmed(String(String.UnicodeScalarView(scalars)))
    }

    /// Without the blanks that many BMCs fill fields up with.
    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let last = scalars.lastIndex(where: { $0 != " " }) else { return "" }
        return String(scalars[...last])
    }

    /// Four characters in three bytes, the least significant bits first, counted from the space on.
    private static func sixBit(_ bytes: [UInt8]) -> String {
        var characters: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer |= Int(byte) << bits
            bits += 8
            while bits >= 6 {
                characters.append(UInt8(truncatingIfNeeded: buffer & 0x3f) + 0x20)
                buffer >>= 6
                bits -= 6
            }
        }
        return trimmed(String(decoding: characters, as: UTF8.self))
    }
}
