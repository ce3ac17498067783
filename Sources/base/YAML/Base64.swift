/// Base64 as Python's `decodebytes` reads it: characters outside the alphabet are skipped.
enum Base64 {
    /// Nil where the padding is missing or the characters do not make whole bytes.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var characters = 0
        var padding = 0
        for byte in text {
            if byte == UInt8(ascii: "=") {
                if characters >= 2 { padding += 1 }
                if characters > 0, characters + padding == 4 { break }
                continue
            }
            guard let sextet = sextet(byte) else { continue }
            // As there, a character after padding that did not complete the group takes the padding's place.
            padding = 0
            bits = bits << 6 | sextet
            characters += 1
            if characters == 4 {
                bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
                (bits, characters) = (0, 0)
            }
        }
        switch (characters, padding) {
        case (0, _): break
        case (2, 2): bytes.append(UInt8(bits >> 4 & 255))
        case (3, 1): bytes += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
        default: return nil
        }
        return bytes
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 65...90: UInt32(byte) - 65
        case 97...122: UInt32(byte) - 71
        case 48...57: UInt32(byte) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
