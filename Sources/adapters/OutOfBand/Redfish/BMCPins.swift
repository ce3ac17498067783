import Cryptography
import Primitives
import SiteDesign
import Synchronization

/// Which certificate each BMC is known by. BMCs sign their own, so that no authority can tell.
package protocol BMCPins: Sendable {
    /// The fingerprint that is known of the BMC. Where none is, `shown` is remembered, and returned.
    ///
    /// It is called on the thread of a connection, which waits for it.
    ///
    /// - Parameter peer: `10.0.0.11:443`, `[fd00::1]:443`.
    func fingerprint(of peer: String, orRemember shown: CertificateFingerprint) -> CertificateFingerprint

    /// From now on the BMC is known by `fingerprint`, whatever was known before.
    func expect(_ fingerprint: CertificateFingerprint, of peer: String)
}

/// Forgets everything when the process ends.
package final class BMCPinsInMemory: BMCPins {
    private let known = Mutex<[String: CertificateFingerprint]>([:])

    package init() {}

    package func fingerprint(of peer: String, orRemember shown: CertificateFingerprint) -> CertificateFingerprint {
        known.withLock { known in
            if let fingerprint = known[peer] { return fingerprint }
            known[peer] = shown
            return shown
        }
    }

    package func expect(_ fingerprint: CertificateFingerprint, of peer: String) {
        known.withLock { $0[peer] = fingerprint }
    }
}

/// The SHA-256 of a certificate, as `openssl x509 -noout -fingerprint -sha256` shows it: `3A:5F:…`.
package struct CertificateFingerprint: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]

    /// - Parameter certificate: in DER.
    /// - Returns: nil where the host's policy permits no SHA-256.
    package init?(of certificate: [UInt8]) {
        bytes = Hash.sha256(certificate)
        if bytes.count != 32 { return nil }
    }

    /// As designs may write it (`RedfishParameters.digest`); nil for anything else.
    package init?(_ text: String) {
        guard let digest = RedfishParameters.digest(text) else { return nil }
        bytes = digest
    }

    /// - Parameter digest: the SHA-256 itself, 32 bytes.
    init(digest: [UInt8]) { bytes = digest }

    package var description: String { bytes.map { [$0].hex.uppercased() }.joined(separator: ":") }
}
