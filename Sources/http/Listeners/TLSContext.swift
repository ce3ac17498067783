import NIOSSL
import Primitives
import Synchronization

/// The TLS of a listener: connections that begin now have the newest one, those that stand keep theirs.
final class LiveTLS: Sendable {
    private let current: Mutex<NIOSSLContext>

    init(_ context: NIOSSLContext) { current = Mutex(context) }

    var context: NIOSSLContext { current.withLock { $0 } }

    func replace(with context: NIOSSLContext) { current.withLock { $0 = context } }
}

/// TLS of a listener, from PEM files.
enum TLSContext {
    /// Throws `BoatyardError` `tls_unusable`, with the file at fault.
    static func make(_ files: TLSFiles) throws -> NIOSSLContext {
        let chain = try load(files.certificate) { try NIOSSLCertificate.fromPEMFile(files.certificate) }
        let key = try load(files.key) { try NIOSSLPrivateKey(file: files.key, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        // Of TLS 1.2, authenticated encryption with forward secrecy (RFC 9325 §4.2): one suite for each kind of key, so that nobody can
        // choose another one. Those of TLS 1.3 are all of that kind.
        configuration.cipherSuites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
        configuration.applicationProtocols = ["http/1.1"]
        if let authorities = files.clientAuthorities {
            let roots = try load(authorities) { try NIOSSLCertificate.fromPEMFile(authorities) }
            configuration.trustRoots = .certificates(roots)
            configuration.certificateVerification = .optionalVerification
        }
        let complete = configuration
        return try load(files.certificate) { try NIOSSLContext(configuration: complete) }
    }

    private static func load<T>(_ file: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw BoatyardError(
                "tls_unusable",
                "\(file) cannot be used for TLS; it must be readable PEM, and the key must belong to "
                    + "the certificate", cause: error)
        }
    }
}
