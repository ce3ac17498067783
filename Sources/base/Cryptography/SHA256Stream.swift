import CLibcrypto

/// SHA-256 of a message that arrives in pieces.
package final class SHA256Stream {
    private let context: OpaquePointer?
    private var isValid: Bool

    package init() {
        context = EVP_MD_CTX_new()
        isValid = EVP_DigestInit_ex2(context, EVP_sha256(), nil) == 1
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes the next bytes.
    package func update(_ piece: some Collection<UInt8>) {
        guard isValid else { return }
        isValid = piece.withContiguousBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1 }
    }

    /// The 32 bytes of the digest of all pieces; the stream begins anew. Empty if libcrypto failed, as in `Hash`.
    package func finalize() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let isComplete = isValid && EVP_DigestFinal_ex(context, &digest, &length) == 1 && length == 32
        isValid = EVP_DigestInit_ex2(context, EVP_sha256(), nil) == 1
        return isComplete ? digest : []
    }
}
