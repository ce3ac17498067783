import AsyncHTTPClient
import NIOCore
import NIOSSL

extension OutboundClient {
    /// Gets `10.0.0.11:443` and the certificate that is shown there, in DER, once for each connection and before anything
    /// is sent over it. Throws where nothing must be sent.
    package typealias CertificateCheck = @Sendable (_ peer: String, _ certificate: [UInt8]) throws -> Void
}

extension HTTPClient.Configuration {
    /// The library has no callback for certificates. It has one for connections whose handshake is over, and uses none for
    /// which that fails. A connection without TLS fails it, too.
    mutating func judgeCertificates(by check: @escaping OutboundClient.CertificateCheck) {
        tlsConfiguration?.certificateVerification = .none
        // Connections of HTTP/2 have another callback.
        httpVersion = .http1Only
        http1_1ConnectionDebugInitializer = { channel in
            let result = Result {
                guard let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate() else {
                    throw OutboundError(.certificate, "it shows no certificate")
                }
                try check(channel.remoteAddress?.authority ?? "", certificate.toDERBytes())
            }
            if case .failure = result {
                // Not before the library has heard of it.
                channel.eventLoop.execute { channel.close(promise: nil) }
            }
            return channel.eventLoop.makeCompletedFuture(result)
        }
    }
}

extension SocketAddress {
    fileprivate var authority: String? {
        guard let ipAddress, let port else { return nil }
        return ipAddress.utf8.contains(UInt8(ascii: ":")) ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}
