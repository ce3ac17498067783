import Cryptography
import Documents
import Primitives

/// Seals the data of encrypted documents under the master key (`docs/reference/deckhand.md` §9).
struct SecretVault: Sendable {
    private let keys: Keyring

    private static let prefix = "https://deckhand/v1/secrets/"

    init(keys: Keyring) throws {
        let length = keys.current.reveal().count
        guard length == AES256GCM.keyLength else {
            throw BoatyardError(
                "deckhand.master_key",
                "The master key must have \(AES256GCM.keyLength) bytes, not \(length). Restore the key file, or remove "
                    + "it on a new installation so that one is made")
        }
        self.keys = keys
    }

    /// What an encrypted document shows instead of its data, and its secret is stored under.
    static func newReference() -> String { prefix + UUIDv4().description }

    static func isReference(_ value: Value) -> Bool {
        guard let text = value.stringValue, text.hasPrefix(prefix) else { return false }
        return UUIDv4(String(text.dropFirst(prefix.count))) != nil
    }

    /// Seals a payload. It has to be stored in the transaction in which it was sealed, so that no rotation of the key
    /// comes between.
    func seal(_ payload: [UInt8], reference: String) throws -> [UInt8] { try keys.seal(payload, for: reference) }

    func open(_ sealed: [UInt8], reference: String) throws -> Keyring.Opened {
        do {
            return try keys.open(sealed, for: reference)
        } catch {
            throw Self.unreadable(reference, error)
        }
    }

    /// A value that is equal for equal payloads of one document, and tells nothing about them without the master key.
    ///
    /// - Parameter payload: in its canonical form (`EncodedDocument.canonical`).
    func fingerprint(_ payload: [UInt8], of identity: DocumentIdentity) -> [UInt8] {
        HMAC.sha256(key: keys.current.reveal(), message: Array("\(identity)\u{0}".utf8) + payload)
    }

    private static func unreadable(_ reference: String, _ cause: (any Error)? = nil) -> BoatyardError {
        BoatyardError(
            "deckhand.secret_unreadable",
            "The secret \(reference) cannot be decrypted: the master key is not the one that it was stored under, or the "
                + "database is damaged. Restore the key file that belongs to this database", cause: cause)
    }
}
