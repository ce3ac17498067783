import Cryptography
import Primitives

/// UUIDs that follow from a deployment, so that a plan that is carried out again finds what it has made.
package struct DerivedIdentifiers: Sendable {
    /// The deployment's id.
    package let seed: String

    package init(seed: String) { self.seed = seed }

    /// 32 bytes that follow from the seed and `purpose`.
    private func digest(_ purpose: String) -> [UInt8] { Hash.sha256(Array("\(seed)\n\(purpose)".utf8)) }

    /// A UUID of version 8 (RFC 9562 §5.8), in lower case.
    package func uuid(_ purpose: String) -> String {
        var bytes = Array(digest(purpose).prefix(16))
        guard bytes.count == 16 else { return "00000000-0000-8000-8000-000000000000" }
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        return Self.text(bytes)
    }

    /// The serial number of a FAT file system as `blkid` shows it: `1A2B-3C4D`.
    package func volumeID(_ purpose: String) -> String {
        let digits = digest(purpose).prefix(4).hex.uppercased()
        return "\(digits.prefix(4))-\(digits.dropFirst(4))"
    }

    /// The UUID of an array as `mdadm` writes it.
    package func arrayUUID(_ purpose: String) -> String { Self.arrayForm(digest(purpose).prefix(16).hex) }

    /// The UUID of a physical volume as LVM writes it.
    package func physicalVolumeUUID(_ purpose: String) -> String {
        let letters = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        let characters = digest(purpose).map { letters[Int($0) % letters.count] }
        var parts: [String] = []
        var place = 0
        for length in [6, 4, 4, 4, 4, 4, 6] {
            parts.append(String(characters.dropFirst(place).prefix(length)))
            place += length
        }
        return parts.joined(separator: "-")
    }

    /// The 16 bytes of a UUID with hyphens, in either case; nil for anything else.
    static func bytes(ofUUID text: String) -> [UInt8]? {
        let utf8 = Array(text.utf8)
        guard utf8.count == 36, [8, 13, 18, 23].allSatisfy({ utf8[$0] == UInt8(ascii: "-") }) else { return nil }
        let bytes = [UInt8](hex: utf8.filter { $0 != UInt8(ascii: "-") })
        return bytes?.count == 16 ? bytes : nil
    }

    /// Of a UUID in the form with hyphens.
    static func arrayForm(ofUUID text: String) -> String { arrayForm(text.filter { $0 != "-" }.lowercased()) }

    private static func arrayForm(_ digits: String) -> String {
        stride(from: 0, to: digits.count, by: 8).map { String(digits.dropFirst($0).prefix(8)) }.joined(separator: ":")
    }

    private static func text(_ bytes: [UInt8]) -> String {
        let digits = bytes.hex
        var parts: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }
}
