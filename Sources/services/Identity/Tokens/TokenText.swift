import Cryptography
import Primitives

/// A token as its owner holds it: 256 random bits as 64 hexadecimal digits.
enum TokenText {
    static func make() -> String { Random.bytes(32).hex }

    /// What is stored of a token; nil for what cannot be one.
    static func digest(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 64, let bytes = [UInt8](hex: text) else { return nil }
        let digest = Hash.sha256(bytes)
        return digest.isEmpty ? nil : digest
    }

    /// A short id by which a token and those made of it can be told in a log.
    static func auditID() -> String { Random.bytes(12).hex }
}
