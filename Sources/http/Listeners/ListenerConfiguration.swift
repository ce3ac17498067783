import API
import NIOCore

/// Where a listener's socket comes from.
package enum ListenSource: Hashable, Sendable {
    /// - Parameter port: 0 takes a free one.
    case tcp(host: String, port: Int)
    /// - Parameter group: may connect besides the owner.
    case unix(path: String, group: String)
    /// Bound by the service manager.
    case inherited(descriptor: CInt)
}

/// How a listener identifies its callers.
package enum CallerSource: Hashable, Sendable {
    /// By the process at the other end of a Unix socket: root, the daemon's user and members of the group are
    /// administrators.
    case peerCredentials(group: String)
    /// Every client is this caller, for tests on loopback.
    case everyone(Caller)
    /// No client is known. Callers are identified by their tokens.
    case nobody
}

/// The PEM files of a listener with TLS.
package struct TLSFiles: Hashable, Sendable {
    /// The path of the certificate chain.
    package var certificate: String
    /// The path of the private key.
    package var key: String
    /// The path of the authorities of client certificates, which are optional; nil asks clients for none.
    package var clientAuthorities: String?

    package init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}

/// What one client, and all of them, may take of a listener.
package struct ConnectionLimits: Hashable, Sendable {
    /// From the first byte of a request, or the begin of the connection, to the end of the head.
    package var headTimeout: TimeAmount = .seconds(10)
    /// The longest pause within a body.
    package var bodyIdleTimeout: TimeAmount = .seconds(30)
    /// The least average rate of a body in bytes per second, once `bodyGrace` is over.
    package var bodyRate = 1024
    package var bodyGrace: TimeAmount = .seconds(10)
    /// The longest pause between two requests.
    package var keepAliveTimeout: TimeAmount = .seconds(60)
    /// How long a client may take for one piece of an answer (`Content.pieceSize`, `FileBody.pieceSize`).
    package var writeStallTimeout: TimeAmount = .seconds(30)
    /// In bytes: a client that takes so much of a piece within that time has as long for the rest.
    package var takenAtLeast: Int64 = 4096
    /// In bytes: what may come with a body besides its contents, which are sizes and extensions of chunks, and trailers.
    package var chunkPadding = 64 << 10
    /// In bytes, and for each byte of its contents.
    package var chunkPaddingForEachByte = 16
    /// How long the listener waits for the client to close, once it has closed its own half.
    package var lingerTimeout: TimeAmount = .seconds(5)
    /// The greatest length of the request line or one field, in bytes.
    package var headerFieldSize = 16 << 10
    /// The greatest length of all fields of a request, in bytes.
    package var headerSize = 64 << 10
    package var headerCount = 100
    /// In bytes: what the bodies of all requests take at one time. Half of it is for clients that have shown who they are.
    package var bodyMemory = 256 << 20
    /// How many connections are open at once. Further clients wait in the kernel's queue.
    package var connections = 256
    /// How many of these are left to newcomers: where more are open, connections that are idle go.
    var forNewcomers: Int { min(32, max(1, connections / 16)) }
    /// Of one address (an IPv6 address counts with its /64), as long as their clients have not shown who they are: with
    /// more, the one that has been idle for longest goes.
    package var anonymousForEachAddress = 64
    /// Of one node, besides those that count with their address.
    package var forEachNode = 64
    /// How long a connection is idle before it goes for another one.
    package var idlePatience: TimeAmount = .milliseconds(250)
    /// How long a client may take nothing of its answer before it counts as idle.
    package var takingPatience: TimeAmount = .seconds(5)
    /// How many streams are open at once, so that other requests find connections.
    package var streams = 64
    /// How many bytes of a refused request's body are read in order to keep the connection.
    package var refusedBodySize = 1 << 20
    /// How many bytes after the last request of a connection are read and dropped.
    package var droppedSize = 16 << 20
    /// How long requests may run on once the daemon stops.
    package var drainTimeout: TimeAmount = .seconds(5)
    /// How long the next request of a connection, or its first one, is waited for once the daemon stops.
    package var stayTimeout: TimeAmount = .seconds(1)

    package init() {}
}

/// The configuration of one listener.
package struct ListenerConfiguration: Sendable {
    /// Which listener it is.
    package var name: ListenerName
    /// Where its socket comes from.
    package var source: ListenSource
    /// How it identifies its callers.
    package var callers: CallerSource
    /// The files for TLS; nil for plain HTTP.
    package var tls: TLSFiles?
    /// What clients may take of it.
    package var limits = ConnectionLimits()

    package init(name: ListenerName, source: ListenSource, callers: CallerSource, tls: TLSFiles? = nil) {
        self.name = name
        self.source = source
        self.callers = callers
        self.tls = tls
    }
}
