/// Percent-encoding of URLs (RFC 3986 §2.1).
package enum PercentCoding {
    /// Everything but unreserved characters (§2.3) and those of `kept` is encoded, in upper case.
    package static func encode(_ text: String, keeping kept: String = "") -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case _ where AddressCharacters.isUnreserved(byte) || kept.utf8.contains(byte):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + [byte].hex.uppercased()
            }
        }
        return encoded
    }

    /// Decodes as WSGI servers do: a malformed escape is left as it is, and bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Parameter plusIsSpace: whether `+` is a blank, as in the query of a form.
    package static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        let isPlain = !text.utf8.contains { $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+") }
        return isPlain ? String(text) : String(decoding: bytes(of: text, plusIsSpace: plusIsSpace).bytes, as: UTF8.self)
    }

    /// Nil where an escape is malformed or the bytes are not UTF-8.
    package static func decodeExactly(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        let (bytes, isWellFormed) = bytes(of: text, plusIsSpace: plusIsSpace)
        return isWellFormed ? String(validating: bytes, as: UTF8.self) : nil
    }

    private static func bytes(
        of text: some StringProtocol, plusIsSpace: Bool
    ) -> (bytes: [UInt8], isWellFormed: Bool) {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var isWellFormed = true
        var index = 0
        while index < source.count {
            let byte = source[index]
            if byte == UInt8(ascii: "%") {
                if let value = [UInt8](hex: source[(index + 1)...].prefix(2))?.first {
                    bytes.append(value)
                    index += 3
                    continue
                }
                isWellFormed = false
            }
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index += 1
        }
        return (bytes, isWellFormed)
    }
}
