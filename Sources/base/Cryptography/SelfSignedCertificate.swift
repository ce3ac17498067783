import CLibcrypto

/// A certificate (X.509 v3) of a new key on P-256, which the key itself has signed, as BMCs make their own.
package struct SelfSignedCertificate: Sendable {
    /// In DER.
    package let certificate: [UInt8]
    /// The private key in DER (RFC 5915). Never log it.
    package let key: [UInt8]

    /// Makes key and certificate.
    ///
    /// - Parameters:
    ///   - name: of subject and issuer; at most 64 characters.
    ///   - serial: of the certificate.
    ///   - from, until: `20200101000000Z`.
    /// - Throws: `CryptoError.library` where the host's policy does not permit the algorithms, and for a time or name that
    ///   cannot be written.
    package init(
        name: String, serial: UInt64, from: String = "20100101000000Z", until: String = "20491231235959Z"
    ) throws(CryptoError) {
        guard let key = clibcrypto_generate_p256() else { throw .fromLibrary() }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw .fromLibrary() }
        defer { X509_free(certificate) }
        guard X509_set_version(certificate, 2) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1,
            ASN1_TIME_set_string(X509_getm_notBefore(certificate), from) == 1,
            ASN1_TIME_set_string(X509_getm_notAfter(certificate), until) == 1,
            let subject = X509_get_subject_name(certificate),
            X509_NAME_add_entry_by_txt(
                subject, "CN", MBSTRING_UTF8, Array(name.utf8), Int32(clamping: name.utf8.count), -1, 0) == 1,
            X509_set_issuer_name(certificate, subject) == 1, X509_set_pubkey(certificate, key) == 1,
            X509_sign(certificate, key, EVP_sha256()) > 0,
            let certificateBytes = Self.bytes({ i2d_X509(certificate, $0) }),
            let keyBytes = Self.bytes({ i2d_PrivateKey(key, $0) })
        else { throw .fromLibrary() }
        self.certificate = certificateBytes
        self.key = keyBytes
    }

    /// What one of libcrypto's encoders writes, which first says how many bytes that are.
    private static func bytes(
        _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) -> [UInt8]? {
        let count = encode(nil)
        guard count > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var place = buffer.baseAddress
            return encode(&place)
        }
        return written == count ? bytes : nil
    }
}
