import Cryptography
import Documents
import Primitives

/// Seals the data of encrypted documents with AES-256-GCM under the master key (`spec/deckhand.md` §9).
struct SecretVault: Sendable {
    private let masterKey: Secret<[UInt8]>

    private static let prefix = "https://deckhand/v1/secrets/"

    /// - Parameter masterKey: 32 bytes.
    init(masterKey: Secret<[UInt8]>) throws {
        guard masterKey.reveal().count == AES256GCM.keyLength else {
            throw BoatyardError(
                "deckhand.master_key",
                "The master key must have \(AES256GCM.keyLength) bytes, not \(masterKey.reveal().count). Restore the key "
                    + "file, or remove it on a new installation so that one is made")
        }
        self.masterKey = masterKey
    }

    /// What an encrypted document shows instead of its data, and its secret is stored under.
    static func newReference() -> String { prefix + UUIDv4().description }

    static func isReference(_ value: Value) -> Bool {
        guard let text = value.stringValue, text.hasPrefix(prefix) else { return false }
        return UUIDv4(String(text.dropFirst(prefix.count))) != nil
    }

    /// Nonce, ciphertext and tag; bound to `reference`, so that no secret can be put in another's place.
    func seal(_ payload: [UInt8], reference: String) throws -> [UInt8] {
        let nonce = Random.bytes(AES256GCM.nonceLength)
        return nonce
            + (try AES256GCM.seal(
                key: masterKey.reveal(), nonce: nonce, plaintext: payload, aad: Array(reference.utf8)))
    }

    func open(_ sealed: [UInt8], reference: String) throws -> Secret<[UInt8]> {
        guard sealed.count >= AES256GCM.nonceLength else { throw Self.unreadable(reference) }
        do {
            return Secret(
                try AES256GCM.open(
                    key: masterKey.reveal(), nonce: Array(sealed.prefix(AES256GCM.nonceLength)),
                    sealed: Array(sealed.dropFirst(AES256GCM.nonceLength)), aad: Array(reference.utf8)))
        } catch {
            throw Self.unreadable(reference, error)
        }
    }

    /// Tells equal payloads of one document without telling anything about them to whoever has the database alone.
    func fingerprint(_ payload: [UInt8], of identity: DocumentIdentity) -> [UInt8] {
        HMAC.sha256(key: masterKey.reveal(), message: Array("\(identity)\u{0}".utf8) + payload)
    }

    private static func unreadable(_ reference: String, _ cause: (any Error)? = nil) -> BoatyardError {
        BoatyardError(
            "deckhand.secret_unreadable",
            "The secret \(reference) cannot be decrypted: the master key is not the one that it was stored under, or the "
                + "database is damaged. Restore the key file that belongs to this database", cause: cause)
    }
}
