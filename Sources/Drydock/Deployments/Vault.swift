import Cryptography
import Primitives

/// Seals what must not stand in the database in clear, with AES-256-GCM under the master key.
struct Vault: Sendable {
    /// 32 bytes.
    let masterKey: Secret<[UInt8]>

    /// - Parameter context: what the secret belongs to; it can be opened only with the same one.
    /// - Returns: the nonce, then what was sealed.
    func seal(_ plaintext: [UInt8], for context: String) throws -> [UInt8] {
        let nonce = Random.bytes(AES256GCM.nonceLength)
        return try nonce
            + AES256GCM.seal(
                key: masterKey.reveal(), nonce: nonce, plaintext: plaintext, aad: Array(context.utf8))
    }

    func open(_ sealed: [UInt8], for context: String) throws -> [UInt8] {
        do {
            return try AES256GCM.open(
                key: masterKey.reveal(), nonce: Array(sealed.prefix(AES256GCM.nonceLength)),
                sealed: Array(sealed.dropFirst(AES256GCM.nonceLength)), aad: Array(context.utf8))
        } catch {
            throw BoatyardError(
                "drydock.sealed",
                "What is sealed for \(context) cannot be opened: the master key is not the one it was sealed with. "
                    + "Restore secrets/master.key from the backup that belongs to this database.", cause: error)
        }
    }
}
