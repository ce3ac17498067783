import Primitives

/// Masks secrets in what is written to a step's log (`docs/reference/shipyard.md` §13).
///
/// It masks the values of names such as `password`, `adminPass` or `X-Auth-Token` in many notations (`SecretValue`),
/// passwords in addresses, credentials after `Bearer` and `Basic`, and private keys in PEM.
package enum LogRedactor {
    private static let mask = Array("***".utf8)
    private static let pemBegin = Array("-----BEGIN ".utf8)

    /// The text with `***` in place of each secret. The time it takes is proportional to the length of the text.
    package static func redact(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var output: [UInt8] = []
            var copied = 0
            var index = 0
            while index < bytes.count {
                guard let secret = secret(bytes, at: index) else {
                    index += 1
                    continue
                }
                output += bytes[copied..<secret.lowerBound]
                output += mask
                copied = secret.upperBound
                index = max(secret.upperBound, index + 1)
            }
            guard copied > 0 else { return String(decoding: bytes, as: UTF8.self) }
            output += bytes[copied...]
            return String(decoding: output, as: UTF8.self)
        }
    }

    /// The secret of a name, an address, a scheme or a PEM block that begins at `index`; nil where none does.
    private static func secret(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Range<Int>? {
        switch bytes[index] {
        case UInt8(ascii: ":"): addressPassword(bytes, at: index)
        case UInt8(ascii: "-") where bytes[index...].starts(with: pemBegin): privateKey(bytes, at: index)
        case let byte where byte.isNameByte && (index == 0 || !bytes[index - 1].isNameByte):
            SecretValue.range(in: bytes, ofNameAt: index)
        default: nil
        }
    }

    /// `password` in `scheme://user:password@host`, where `index` is at `://`. The last `@` of the authority ends it.
    private static func addressPassword(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Range<Int>? {
        guard bytes[index...].starts(with: "://".utf8) else { return nil }
        var colon: Int?
        var at: Int?
        scan: for place in (index + 3)..<max(index + 3, min(bytes.count, index + 1000)) {
            switch bytes[place] {
            case UInt8(ascii: ":"): colon = colon ?? place
            case UInt8(ascii: "@"): at = place
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), 0...0x20: break scan
            default: continue
            }
        }
        guard let colon, let at, at > colon + 1 else { return nil }
        return (colon + 1)..<at
    }

    /// What stands between the first and the last line of a private key.
    private static func privateKey(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Range<Int>? {
        guard let label = bytes[(index + pemBegin.count)...].prefix(80).firstIndex(of: UInt8(ascii: "-")),
            String(decoding: bytes[index..<label], as: UTF8.self).hasSuffix("PRIVATE KEY")
        else { return nil }
        let start = min(label + 5, bytes.count)
        var end = start
        while end < bytes.count, !bytes[end...].starts(with: "-----END".utf8) { end += 1 }
        return end > start ? start..<end : nil
    }
}
