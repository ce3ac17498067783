import Primitives
import Synchronization

/// The master key, and earlier ones, which open what was sealed under them.
package final class Keyring: Sendable {
    /// The current one comes first.
    private let keys: Mutex<[Secret<[UInt8]>]>

    /// A plaintext, and whether it was sealed under the current key.
    package struct Opened: Sendable {
        /// The opened bytes.
        package let plaintext: Secret<[UInt8]>
        /// Whether it was sealed under the current key; otherwise it is to be sealed anew.
        package let isCurrent: Bool
    }

    /// - Parameters:
    ///   - current: 32 bytes.
    ///   - previous: the newest first.
    package init(_ current: Secret<[UInt8]>, previous: [Secret<[UInt8]>] = []) { keys = Mutex([current] + previous) }

    /// The same keys as now, whatever is replaced and forgotten later.
    package var asOfNow: Keyring { Keyring(keys: keys.withLock { $0 }) }

    private init(keys: [Secret<[UInt8]>]) { self.keys = Mutex(keys) }

    /// The one of the keys that `sealed` was sealed under; nil where it is none of them.
    package func key(opening sealed: [UInt8], for context: String) -> Secret<[UInt8]>? {
        keys.withLock { $0 }.first { (try? Keyring($0).open(sealed, for: context)) != nil }
    }

    /// 32 bytes.
    package var current: Secret<[UInt8]> { keys.withLock { $0[0] } }

    /// Seals under `key` from now on.
    package func replace(with key: Secret<[UInt8]>) {
        keys.withLock { keys in
            keys.removeAll { $0.reveal() == key.reveal() }
            keys.insert(key, at: 0)
        }
    }

    /// Forgets every key but the current one: nothing is sealed under them any more.
    package func dropPrevious() { keys.withLock { $0.removeSubrange(1...) } }

    /// Nonce, ciphertext and tag, by AES-256-GCM; to be opened with the same `context` only, so that nothing sealed can
    /// be put in another's place.
    package func seal(_ plaintext: [UInt8], for context: String) throws(CryptoError) -> [UInt8] {
        let nonce = Random.bytes(AES256GCM.nonceLength)
        return try nonce
            + AES256GCM.seal(key: current.reveal(), nonce: nonce, plaintext: plaintext, aad: Array(context.utf8))
    }

    /// - Throws: where it was sealed under none of the keys, or for another context, or is damaged.
    package func open(_ sealed: [UInt8], for context: String) throws(CryptoError) -> Opened {
        let nonce = Array(sealed.prefix(AES256GCM.nonceLength))
        let rest = Array(sealed.dropFirst(AES256GCM.nonceLength))
        var failure = CryptoError.authentication
        for (age, key) in keys.withLock({ $0 }).enumerated() {
            do throws(CryptoError) {
                let plaintext = try AES256GCM.open(
                    key: key.reveal(), nonce: nonce, sealed: rest, aad: Array(context.utf8))
                return Opened(plaintext: Secret(plaintext), isCurrent: age == 0)
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
