import Cryptography

/// The cipher suites spoken here (IPMI v2.0 table 22-20). Those without authentication, integrity or confidentiality, and
/// those on xRC4, are left out for good.
package enum CipherSuite: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    case suite3 = 3
    /// RAKP-HMAC-MD5, HMAC-MD5-128, AES-CBC-128.
    case suite8 = 8
    /// RAKP-HMAC-MD5, MD5-128, AES-CBC-128.
    case suite12 = 12
    /// RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    case suite17 = 17

    /// The strongest one first.
    package static let byStrength: [CipherSuite] = [.suite17, .suite3, .suite8, .suite12]

    /// The numbers of its algorithms in an Open Session Request.
    package var algorithms: SessionAlgorithms {
        switch self {
        case .suite3: SessionAlgorithms(authentication: 1, integrity: 1, confidentiality: 1)
        case .suite8: SessionAlgorithms(authentication: 2, integrity: 2, confidentiality: 1)
        case .suite12: SessionAlgorithms(authentication: 2, integrity: 3, confidentiality: 1)
        case .suite17: SessionAlgorithms(authentication: 3, integrity: 4, confidentiality: 1)
        }
    }

    package init?(algorithms: SessionAlgorithms) {
        guard let suite = Self.allCases.first(where: { $0.algorithms == algorithms }) else { return nil }
        self = suite
    }

    /// Bytes of the authentication code that ends a packet, and of RAKP 4's code.
    var codeLength: Int {
        switch self {
        case .suite3: 12
        case .suite8, .suite12, .suite17: 16
        }
    }

    /// The keyed digest of the handshake, in its whole length.
    func authenticate(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        switch self {
        case .suite3: HMAC.sha1(key: key, message: message)
        case .suite8, .suite12: HMAC.md5(key: key, message: message)
        case .suite17: HMAC.sha256(key: key, message: message)
        }
    }

    /// The authentication code that ends a packet (IPMI v2.0 §13.28.4). MD5-128 has the password, filled up to 20 bytes,
    /// before and behind what it covers.
    func integrityCode(key: [UInt8], _ covered: [UInt8]) -> [UInt8] {
        switch self {
        case .suite3, .suite8, .suite17: Array(authenticate(key: key, covered).prefix(codeLength))
        case .suite12: Hash.md5(key + covered + key)
        }
    }

    package var description: String { "\(rawValue)" }
}
