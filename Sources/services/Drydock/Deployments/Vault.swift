import Cryptography
import Primitives

/// Seals what must not stand in the database in clear, under the master key.
struct Vault: Sendable {
    let keys: Keyring

    /// To be stored in the transaction that it is called in, lest a rotation of the key passes between.
    ///
    /// - Parameter context: what the secret belongs to; it can be opened only with the same one.
    func seal(_ plaintext: [UInt8], for context: String) throws -> [UInt8] { try keys.seal(plaintext, for: context) }

    func open(_ sealed: [UInt8], for context: String) throws -> Keyring.Opened {
        do {
            return try keys.open(sealed, for: context)
        } catch {
            throw BoatyardError(
                "drydock.sealed",
                "What is sealed for \(context) cannot be opened: the master key is not the one it was sealed with. "
                    + "Restore secrets/master.key from the backup that belongs to this database.", cause: error)
        }
    }
}
