import CLibcrypto

/// AES in cipher block chaining mode with a 128-bit key and no padding, as IPMI's confidentiality algorithm uses it
/// (IPMI v2.0 §13.29).
package enum AES128CBC {
    /// - Parameters:
    ///   - key: 16 bytes.
    ///   - iv: 16 bytes.
    ///   - plaintext: a multiple of 16 bytes.
    package static func encrypt(key: [UInt8], iv: [UInt8], _ plaintext: [UInt8]) throws(CryptoError) -> [UInt8] {
        try transform(key: key, iv: iv, plaintext, direction: 1)
    }

    /// The reverse of `encrypt`. CBC does not authenticate: any 16 bytes decrypt to something.
    package static func decrypt(key: [UInt8], iv: [UInt8], _ ciphertext: [UInt8]) throws(CryptoError) -> [UInt8] {
        try transform(key: key, iv: iv, ciphertext, direction: 0)
    }

    private static func transform(
        key: [UInt8], iv: [UInt8], _ input: [UInt8], direction: Int32
    ) throws(CryptoError) -> [UInt8] {
        guard key.count == 16 else { throw .length("an AES-128 key has 16 bytes, not \(key.count)") }
        guard iv.count == 16 else { throw .length("an AES initialisation vector has 16 bytes, not \(iv.count)") }
        guard input.count.isMultiple(of: 16), let length = Int32(exactly: input.count) else {
            throw .length("AES-CBC without padding takes whole blocks of 16 bytes, not \(input.count) bytes")
        }
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: input.count)
        var written: Int32 = 0
        guard EVP_CipherInit_ex2(context, EVP_aes_128_cbc(), key, iv, direction, nil) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_CipherUpdate(context, &output, &written, input, length) == 1, written == length
        else { throw .fromLibrary() }
        return output
    }
}
