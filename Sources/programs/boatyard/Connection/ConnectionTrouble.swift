import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Why a daemon cannot be talked to, and what to do about it.
struct ConnectionTrouble {
    /// A path of a socket, or an address.
    var place: String
    var isSocket: Bool
    var error: any Error

    /// One sentence, and the remedy.
    var text: String { "boatyardd does not answer at \(place): " + (isSocket ? ofSocket : ofAddress) }

    private static let isRunning = "Is boatyardd running? (systemctl status boatyard)"

    private var ofSocket: String {
        switch systemError {
        case ENOENT: "there is no such socket. \(Self.isRunning)"
        case ECONNREFUSED where isNoSocket: "that is no socket. Check --socket or BOATYARD_SOCKET."
        case ECONNREFUSED: "nobody listens on the socket. \(Self.isRunning)"
        case EACCES, EPERM:
            "permission denied. Be root, or a member of the group boatyard: sudo adduser $USER boatyard, and log in again."
        default:
            error is SocketAddressError
                ? "the path is too long for a Unix socket, which takes 107 bytes. Check --socket or BOATYARD_SOCKET."
                : general
        }
    }

    private var ofAddress: String {
        switch systemError {
        case ECONNREFUSED:
            "the connection is refused. Does boatyardd run there, and is that the address of its listener api?"
        case EHOSTUNREACH, ENETUNREACH, ETIMEDOUT: "there is no way to that host. Check the address and the network."
        default:
            isUnknownHost ? "there is no host of that name. Check the spelling and the name server." : general
        }
    }

    private var isUnknownHost: Bool {
        guard let error = error as? NIOConnectionError else { return false }
        return error.connectionErrors.isEmpty && (error.dnsAError != nil || error.dnsAAAAError != nil)
    }

    private var general: String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout:
            "it did not take the connection in time. Check the address, the network and firewalls."
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            "it did not answer in time. Its log tells what it does: journalctl -u boatyard"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            "it closed the connection without an answer. Is http or https right for it?"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            "TLS with it failed (\(tlsReason)). Is https right for it, and is its certificate of an authority that this "
                + "host trusts?"
        default: "\(error)"
        }
    }

    /// `WRONG_VERSION_NUMBER` of a text that names lines of the library.
    private var tlsReason: String {
        let text = "\(error)"
        guard let start = text.ranges(of: "OPENSSL_internal:").last?.upperBound else { return text }
        return String(text[start...].prefix { $0 != " " })
    }

    /// The system's number for it, of the last address that was tried.
    private var systemError: CInt? {
        if let connection = error as? NIOConnectionError {
            return connection.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.last
        }
        return (error as? IOError)?.errnoCode
    }

    private var isNoSocket: Bool {
        var status = stat()
        return stat(place, &status) == 0 && status.st_mode & S_IFMT != S_IFSOCK
    }
}
