import Cryptography

/// The cipher suites spoken here (IPMI v2.0 table 22-20). Those without authentication, integrity or confidentiality,
/// and those on MD5, are left out for good.
package enum CipherSuite: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    case suite3 = 3
    /// RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    case suite17 = 17

    /// The numbers of its algorithms in an Open Session Request.
    package var algorithms: SessionAlgorithms {
        switch self {
        case .suite3: SessionAlgorithms(authentication: 1, integrity: 1, confidentiality: 1)
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
        case .suite17: 16
        }
    }

    func authenticate(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        switch self {
        case .suite3: HMAC.sha1(key: key, message: message)
        case .suite17: HMAC.sha256(key: key, message: message)
        }
    }

    package var description: String { "\(rawValue)" }
}
