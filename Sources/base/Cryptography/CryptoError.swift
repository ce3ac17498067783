/// Why a cryptographic operation gave no result.
package enum CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A key, nonce, initialisation vector or message of a length that the algorithm does not take.
    case length(String)
    /// The message was not sealed with this key, nonce and associated data, or was changed since.
    case authentication
    /// libcrypto refused; its own reason.
    case library(String)

    package var description: String {
        switch self {
        case .length(let what): "wrong length: \(what)"
        case .authentication: "authentication failed: wrong key, or the message was altered"
        case .library(let reason): "libcrypto: \(reason)"
        }
    }
}
