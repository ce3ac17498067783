import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives

/// A request had no usable response.
package struct OutboundError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    package enum Kind: Sendable, Hashable {
        /// No address of a server, or one whose port or path is impossible.
        case invalidAddress
        case unknownHost
        /// No connection, for a reason that the system gives: an `errno`, of the last address that was tried.
        case unreachable(CInt)
        case connectTimeout
        /// The time for the whole exchange is up.
        case timeout
        /// The other side closed the connection before its response was complete.
        case closed
        case tls
        /// The certificate of the other side is not the one that was expected of it.
        case certificate
        /// The body of the response is longer than the request's limit.
        case tooLarge
        /// The response redirects too often, or to where the request must not go.
        case redirect
        case other
    }

    /// What went wrong.
    package let kind: Kind
    /// A clause without a subject, such as `it did not take the connection in time`.
    package let message: String
    /// The status of the response; nil where there was none.
    package let status: Int?
    /// The error of the HTTP library; nil where there is none.
    package let cause: (any Error)?

    package init(_ kind: Kind, _ message: String, status: Int? = nil, cause: (any Error)? = nil) {
        self.kind = kind
        self.message = message
        self.status = status
        self.cause = cause
    }

    /// The stable code, such as `outbound.timeout`.
    package var code: String {
        switch kind {
        case .invalidAddress: "outbound.invalid_address"
        case .unknownHost: "outbound.unknown_host"
        case .unreachable: "outbound.unreachable"
        case .connectTimeout: "outbound.connect_timeout"
        case .timeout: "outbound.timeout"
        case .closed: "outbound.closed"
        case .tls: "outbound.tls"
        case .certificate: "outbound.certificate"
        case .tooLarge: "outbound.too_large"
        case .redirect: "outbound.redirect"
        case .other: "outbound.other"
        }
    }

    package var description: String { message }

    static let invalidAddress = OutboundError(
        .invalidAddress,
        "the address is none of http or https with a host and, where there is one, a port from 1 to 65535")
}

extension OutboundError {
    /// What the libraries below throw, in words.
    init(_ error: any Error) {
        switch error {
        case let error as OutboundError: self = error
        case let error as NIOConnectionError: self.init(connection: error)
        case let error as IOError: self.init(system: error.errnoCode, cause: error)
        case SocketAddressError.unixDomainSocketPathTooLong:
            self.init(.invalidAddress, "the path is too long for a Unix socket, which takes 107 bytes", cause: error)
        case is SocketAddressError: self.init(.unknownHost, Self.unknownHost, cause: error)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            self.init(.tls, "TLS with it failed (\(Self.tlsReason(error)))", cause: error)
        case let error as HTTPClientError: self.init(client: error)
        case HTTPParserError.invalidEOFState: self.init(client: .remoteConnectionClosed)
        case let error as HTTPParserError:
            self.init(.other, "what it answers is no HTTP (\(error.debugDescription))", cause: error)
        default: self.init(.other, "the exchange with it failed (\(error.inWords))", cause: error)
        }
    }

    private static let unknownHost = "there is no host of that name"
    private static let closed = "it closed the connection without an answer"

    private init(connection error: NIOConnectionError) {
        if let code = error.connectionErrors.lazy.compactMap({ ($0.error as? IOError)?.errnoCode }).last {
            self.init(system: code, cause: error)
        } else if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            self.init(.unknownHost, Self.unknownHost, cause: error)
        } else if error.connectionErrors.contains(where: {
            if case ChannelError.connectTimeout = $0.error { true } else { false }
        }) {
            self.init(client: .connectTimeout)
        } else {
            let last = error.connectionErrors.last?.error ?? error.dnsAError ?? error.dnsAAAAError
            let reason = last.map { " (\($0.inWords))" } ?? ""
            self.init(.other, "there was no connection to it\(reason)", cause: error)
        }
    }

    private init(system code: CInt, cause: any Error) {
        if code == ECONNRESET || code == EPIPE {
            self.init(.closed, Self.closed, cause: cause)
            return
        }
        let message =
            code == ECONNREFUSED ? "the connection is refused" : "it cannot be reached: \(systemErrorText(code))"
        self.init(.unreachable(code), message, cause: cause)
    }

    private init(client error: HTTPClientError) {
        switch error {
        case .connectTimeout:
            self.init(.connectTimeout, "it did not take the connection in time", cause: error)
        case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
            self.init(.timeout, "it did not answer in time", cause: error)
        case .remoteConnectionClosed:
            self.init(.closed, Self.closed, cause: error)
        case .invalidURL, .emptyHost, .emptyScheme: self = .invalidAddress
        case .tlsHandshakeTimeout: self.init(.tls, "TLS with it failed (the handshake timed out)", cause: error)
        case .cancelled: self.init(.other, "the exchange with it was ended from here", cause: error)
        default:
            self.init(
                .other, "the exchange with it failed (\(error.shortDescription.lowercased()))", cause: error)
        }
    }

    /// `WRONG_VERSION_NUMBER` of a text that names lines of the library.
    private static func tlsReason(_ error: any Error) -> String {
        let text = String(describing: error)
        guard let start = text.ranges(of: "OPENSSL_internal:").last?.upperBound else { return error.inWords }
        return String(text[start...].prefix { $0 != " " })
    }
}
