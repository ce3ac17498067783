import CLibcrypto

/// AES in Galois/counter mode with a 256-bit key: encrypts and authenticates (NIST SP 800-38D).
package enum AES256GCM {
    /// In bytes.
    package static let keyLength = 32
    /// In bytes.
    package static let nonceLength = 12
    /// In bytes.
    package static let tagLength = 16

    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - nonce: 12 bytes, never used twice with one key.
    ///   - plaintext: any length.
    ///   - aad: associated data, authenticated but not part of the result.
    /// - Returns: the ciphertext, as long as the plaintext, then the tag of 16 bytes.
    package static func seal(
        key: [UInt8], nonce: [UInt8], plaintext: [UInt8], aad: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        // With room for the tag.
        var output = try begin(context, key: key, nonce: nonce, plaintext, aad: aad, direction: 1)
        var rest = [UInt8](repeating: 0, count: 16)
        var written: Int32 = 0
        var tag = [UInt8](repeating: 0, count: tagLength)
        guard EVP_CipherFinal_ex(context, &rest, &written) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1
        else { throw .fromLibrary() }
        output += tag
        return output
    }

    /// The plaintext of what `seal` returned.
    ///
    /// - Throws: `CryptoError.authentication` where key, nonce, associated data or sealed bytes are not those of the
    ///   sealing; nothing of the plaintext is given out then.
    package static func open(
        key: [UInt8], nonce: [UInt8], sealed: [UInt8], aad: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        guard sealed.count >= tagLength else {
            throw .length("a sealed message has at least \(tagLength) bytes, not \(sealed.count)")
        }
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        let ciphertext = Array(sealed.dropLast(tagLength))
        var tag = Array(sealed.suffix(tagLength))
        let output = try begin(context, key: key, nonce: nonce, ciphertext, aad: aad, direction: 0)
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1 else {
            throw .fromLibrary()
        }
        var rest = [UInt8](repeating: 0, count: 16)
        var written: Int32 = 0
        guard EVP_CipherFinal_ex(context, &rest, &written) == 1 else {
            ERR_clear_error()
            throw .authentication
        }
        return output
    }

    private static func begin(
        _ context: OpaquePointer?, key: [UInt8], nonce: [UInt8], _ input: [UInt8], aad: [UInt8], direction: Int32
    ) throws(CryptoError) -> [UInt8] {
        guard key.count == keyLength else { throw .length("an AES-256 key has 32 bytes, not \(key.count)") }
        guard nonce.count == nonceLength else { throw .length("a GCM nonce has 12 bytes, not \(nonce.count)") }
        guard let length = Int32(exactly: input.count), let aadLength = Int32(exactly: aad.count) else {
            throw .length("messages of 2 GiB and more are not supported")
        }
        var written: Int32 = 0
        guard EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, direction, nil) == 1,
            aad.isEmpty || EVP_CipherUpdate(context, nil, &written, aad, aadLength) == 1
        else { throw .fromLibrary() }
        var isDone = true
        let output = [UInt8](unsafeUninitializedCapacity: input.count + tagLength) { output, count in
            isDone = input.isEmpty || EVP_CipherUpdate(context, output.baseAddress, &written, input, length) == 1
            count = isDone ? input.count : 0
        }
        guard isDone else { throw .fromLibrary() }
        return output
    }
}
