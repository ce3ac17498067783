import CLibcrypto

/// Message digests.
///
/// libcrypto computes no digest where the host's policy disables the algorithm; the result is then
/// empty, which `constantTimeEqual` never takes for an equal.
package enum Hash {
    /// 32 bytes.
    package static func sha256(_ message: some Collection<UInt8>) -> [UInt8] { digest(EVP_sha256(), message) }

    /// 20 bytes. Only where a protocol requires it (IPMI v2.0).
    package static func sha1(_ message: some Collection<UInt8>) -> [UInt8] { digest(EVP_sha1(), message) }

    /// 16 bytes. Only where a protocol requires it (IPMI v2.0, cipher suite 12).
    package static func md5(_ message: some Collection<UInt8>) -> [UInt8] { digest(EVP_md5(), message) }

    private static func digest(_ algorithm: OpaquePointer?, _ message: some Collection<UInt8>) -> [UInt8] {
        message.withContiguousBytes { bytes in
            var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
            var length: UInt32 = 0
            guard EVP_Digest(bytes.baseAddress, bytes.count, &digest, &length, algorithm, nil) == 1 else { return [] }
            return Array(digest[..<Int(length)])
        }
    }
}

/// Keyed digests (RFC 2104). Empty where the host's policy disables the digest, as in `Hash`.
package enum HMAC {
    /// 20 bytes.
    package static func sha1(key: some Collection<UInt8>, message: some Collection<UInt8>) -> [UInt8] {
        authenticate(EVP_sha1(), key, message)
    }

    /// 32 bytes.
    package static func sha256(key: some Collection<UInt8>, message: some Collection<UInt8>) -> [UInt8] {
        authenticate(EVP_sha256(), key, message)
    }

    /// 16 bytes. Only where a protocol requires it (IPMI v2.0, cipher suites 8 and 12).
    package static func md5(key: some Collection<UInt8>, message: some Collection<UInt8>) -> [UInt8] {
        authenticate(EVP_md5(), key, message)
    }

    private static func authenticate(
        _ algorithm: OpaquePointer?, _ key: some Collection<UInt8>, _ message: some Collection<UInt8>
    ) -> [UInt8] {
        key.withContiguousBytes { key in
            message.withContiguousBytes { message in
                guard let keyLength = Int32(exactly: key.count) else { return [] }
                var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
                var length: UInt32 = 0
                guard
                    CLibcrypto.HMAC(
                        algorithm, key.baseAddress, keyLength, message.baseAddress, message.count, &code, &length)
                        != nil
                else { return [] }
                return Array(code[..<Int(length)])
            }
        }
    }
}

/// Whether both are equal and not empty, in a time that depends on their lengths only.
///
/// Empty is unequal to everything, because an absent digest proves nothing.
package func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    guard left.count == right.count, !left.isEmpty else { return false }
    return left.withContiguousBytes { left in
        right.withContiguousBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
    }
}
