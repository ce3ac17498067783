import Glibc
import OutboundHTTP

/// Why a daemon cannot be talked to, and what to do about it.
struct ConnectionTrouble {
    /// A path of a socket, or an address.
    var place: String
    var isSocket: Bool
    var error: OutboundError
    /// Whether the request may have been carried out, and is one that changes something.
    var isOutcomeUnknown = false

    /// One sentence, and the remedy.
    var text: String {
        "boatyardd does not answer at \(place): " + (isSocket ? ofSocket : ofAddress)
            + (isOutcomeUnknown ? "\n" + Self.outcomeUnknown : "")
    }

    private static let outcomeUnknown =
        "The outcome is unknown: the daemon may have carried out the request. Look before you repeat it."

    private static let isRunning = "Is boatyardd running? (systemctl status boatyard)"

    private var ofSocket: String {
        switch error.kind {
        case .unreachable(ENOENT): "there is no such socket. \(Self.isRunning)"
        case .unreachable(ECONNREFUSED) where isNoSocket: "that is no socket. Check --socket or BOATYARD_SOCKET."
        case .unreachable(ECONNREFUSED): "nobody listens on the socket. \(Self.isRunning)"
        case .unreachable(EACCES), .unreachable(EPERM):
            "permission denied. Be root, or a member of the group boatyard: sudo adduser $USER boatyard, and log in again."
        case .invalidAddress: "\(error.message). Check --socket or BOATYARD_SOCKET."
        default: general
        }
    }

    private var ofAddress: String {
        switch error.kind {
        case .unreachable(ECONNREFUSED):
            "the connection is refused. Does boatyardd run there, and is that the address of its listener api?"
        case .unreachable(EHOSTUNREACH), .unreachable(ENETUNREACH), .unreachable(ETIMEDOUT):
            "there is no way to that host. Check the address and the network."
        case .unknownHost: "there is no host of that name. Check the spelling and the name server."
        default: general
        }
    }

    private var general: String {
        switch error.kind {
        case .connectTimeout: "\(error.message). Check the address, the network and firewalls."
        case .timeout: "\(error.message). Its log tells what it does: journalctl -u boatyard"
        case .closed: "\(error.message). Is http or https right for it?"
        case .tls:
            "\(error.message). Is https right for it, and is its certificate of an authority that this host trusts? "
                + "--cacert, or OS_CACERT, names the file of another."
        default: error.message
        }
    }

    private var isNoSocket: Bool {
        var status = stat()
        return stat(place, &status) == 0 && status.st_mode & S_IFMT != S_IFSOCK
    }
}

extension OutboundError {
    /// Whether the server may have got the request, and carried it out, although there is no usable response.
    var mayHaveReachedServer: Bool {
        switch kind {
        case .invalidAddress, .unknownHost, .unreachable, .connectTimeout, .tls, .certificate, .redirect: false
        case .timeout, .closed, .tooLarge, .other: true
        }
    }
}
