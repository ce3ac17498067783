import Cryptography
import Primitives

/// The key by which a deployed node shows that it is the one (`docs/reference/drydock.md` §15).
enum BootActionKey {
    static func digest(_ key: Secret<[UInt8]>) -> [UInt8] { Hash.sha256(key.reveal()) }

    /// Whether `header` is the hexadecimal form of the key with this digest; compared in constant time.
    ///
    /// - Throws: `DrydockError`: `.unauthenticated` without a key, `.forbidden` for a wrong one and for one that is not
    ///   hexadecimal, which Drydock answers with 500.
    static func check(_ header: String?, digest: [UInt8]) throws(DrydockError) {
        guard let header, !header.isEmpty else { throw DrydockError(.unauthenticated, "No X-Bootaction-Key") }
        guard header.utf8.count <= 1024, let given = [UInt8](hex: header),
            constantTimeEqual(Hash.sha256(given), digest)
        else {
            throw invalid
        }
    }

    static let invalid = DrydockError(.forbidden, "Invalid X-Bootaction-Key")
}
