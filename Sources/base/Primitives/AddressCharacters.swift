/// The characters of addresses (RFC 3986), each as a byte of ASCII.
package enum AddressCharacters {
    /// Letters and digits.
    package static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// What is never encoded (§2.3): letters, digits and `-._~`.
    package static func isUnreserved(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "-._~".utf8.contains(byte) }

    /// What an address may have that is fetched: all but the `#` of a fragment, which is not sent.
    package static func isFetchable(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || ":/?[]@!$&'()*+,;=%".utf8.contains(byte)
    }

    /// What a word of a boot script for iPXE may have: nothing that iPXE expands, or ends a command at.
    package static func isOfBootScript(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || ":/?@+,=%[]".utf8.contains(byte)
    }
}
