import Cryptography
import Primitives

/// Opens what must not stand in the database in clear, and is sealed under the master key.
struct Vault: Sendable {
    /// The master key. What it seals has to be stored in the same transaction, so that no rotation of the key comes
    /// between.
    let keys: Keyring

    /// - Parameter context: what it was sealed for.
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
